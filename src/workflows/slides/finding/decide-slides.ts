import type { TextReading } from '../../../core/measurement.ts';
import type { Span } from '../../../core/slide.ts';
import { decideKind } from '../states/kind.ts';
import { mergeStates, type MergeDecision } from '../states/merge/merge.ts';
import { withWordedKind } from '../states/votes.ts';
import type { Draft } from './draft.ts';
import { statesFrom, type StateRecord } from './state-record.ts';

/** A slide that is away for no longer than this, with no other one in between, was covered and not left. Seconds. */
const coveredSeconds = 3;

/** Decides, now that all texts are known, which drafts are of one slide, which of them is its picture, and its kind. */
export async function decideSlides(
  drafts: readonly Draft[],
  records: readonly StateRecord[],
): Promise<readonly MergeDecision[]> {
  const { slides, decisions } = mergeStates(statesFrom(records));
  for (const members of slides) {
    const own = members.map((id) => drafts[id]!);
    const picture = await choosePicture(own);
    for (const draft of own) if (draft !== picture) draft.mergedInto = picture.slide;
    const spans = own.flatMap(({ appearances }) => appearances).sort((a, b) => a.start - b.start);
    const others = drafts.filter((draft) => !own.includes(draft)).flatMap(({ appearances }) => appearances);
    picture.appearances.splice(0, Infinity, ...joined(spans, others));
  }
  for (const draft of drafts) {
    const own = drafts.filter((other) => other === draft || other.mergedInto === draft.slide);
    await decideKindOf(draft, Math.max(...own.map(({ lives }) => lives?.largestLively ?? 0)));
  }
  return decisions;
}

/** The draft with most text; among equals the one that is longest on screen. */
async function choosePicture(drafts: readonly Draft[]): Promise<Draft> {
  let best: { draft: Draft; text: number; seconds: number } | undefined;
  for (const draft of drafts) {
    const text = lengthOf(await draft.portrait!.reading);
    const seconds = secondsOf(draft);
    const fuller = best && text > best.text * 1.05 + 3;
    const equal = best && text >= best.text * 0.95 - 3;
    if (!best || fuller || (equal && seconds > best.seconds)) best = { draft, text, seconds };
  }
  return best!.draft;
}

const lengthOf = (reading: TextReading | undefined): number => reading?.text.replace(/\s+/gu, '').length ?? 0;
const secondsOf = ({ appearances }: Draft): number => appearances.reduce((sum, { start, end }) => sum + end - start, 0);

/** One span of those between which nothing else was shown for long. */
function joined(spans: readonly Span[], others: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    const gap = last ? span.start - last.end : Infinity;
    const other = last && others.some(({ start, end }) => end > last.end && start < span.start);
    if (last && gap <= coveredSeconds && !other)
      all[all.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    else all.push(span);
  }
  return all;
}

/** @param largestLively of all its states: a film on a slide is known by the moment in which most of it moves */
async function decideKindOf(draft: Draft, largestLively: number): Promise<void> {
  const { figures, settled, shaky, width, height, worded, reading } = draft.portrait!;
  const text = await reading;
  const seconds = secondsOf(draft);
  const all = { ...figures, ...draft.lives, largestLively };
  draft.kind = withWordedKind(
    decideKind({ figures: all, settled, shaky, seconds, height, pictureWidth: width, ...(text ? { text } : {}) }),
    worded,
  );
}
