import { defined } from '../../../core/defined.ts';
import type { TextBlock, TextReading } from '../../../core/measurement.ts';
import type { Span } from '../../../core/slide.ts';
import { charactersOf, decideKind, type KindDecision } from '../states/kind.ts';
import { mergeStates, type MergeDecision } from '../states/merge/merge.ts';
import { lineKey, templateOf } from '../states/merge/evidence.ts';
import { withWordedKind } from '../states/votes.ts';
import { statesFrom, type StateRecord } from './state-record.ts';

/** A slide that is away for no longer than this, with no other one in between, was covered and not left. Seconds. */
const coveredSeconds = 3;

/** What became of the states, once all texts are known. */
export interface SlideDecisions {
  /** The state whose picture stands for each state; itself, where it stands for itself. By the states' numbers. */
  readonly pictureOf: ReadonlyMap<number, number>;
  /** Of the states that stand for themselves: what they show, and when that was on screen. */
  readonly pages: ReadonlyMap<number, DecidedPage>;
  readonly merged: readonly MergeDecision[];
}

export interface DecidedPage {
  readonly kind: KindDecision;
  readonly appearances: readonly Span[];
}

/**
 * Decides which states are of one slide, which of them is its picture, and its kind. Nothing but the records has a say, so
 * that the same can be decided again without decoding.
 *
 * @param threshold that two states are of one slide, 0–1; by default the merging's own
 */
export function decideSlides(records: readonly StateRecord[], threshold?: number): SlideDecisions {
  const byId = new Map(records.map((record) => [record.id, record]));
  const states = statesFrom(records);
  const template = templateOf(states);
  const own = new Map(records.map((record) => [record.id, kindOf(record, record.lives?.largestLively ?? 0, template)]));
  const { slides, decisions: merged } = mergeStates(states, threshold);
  const pictureOf = new Map<number, number>();
  const pages = new Map<number, DecidedPage>();
  for (const members of slides.flatMap((ids) => pagesApart(ids, own, byId))) {
    const its = members.map((id) => byId.get(id)!);
    const picture = choosePicture(its);
    for (const { id } of its) pictureOf.set(id, picture.id);
    const spans = its.flatMap(({ appearances }) => appearances).sort((a, b) => a.start - b.start);
    const others = records.filter((record) => !its.includes(record)).flatMap(({ appearances }) => appearances);
    const lively = Math.max(...its.map(({ lives }) => lives?.largestLively ?? 0));
    pages.set(picture.id, { kind: kindOf(picture, lively, template), appearances: joined(spans, others) });
  }
  return { pictureOf, pages, merged };
}

/** Shorter than this share of what it is merged with, a page is a moment in which the rest did not show what it is. */
const momentShare = 0.1;

/** A page in an editor's window is the same page, and no showing of it. */
function pagesApart(
  ids: readonly number[],
  kinds: ReadonlyMap<number, KindDecision>,
  states: ReadonlyMap<number, StateRecord>,
): (readonly number[])[] {
  const isPage = (id: number): boolean => ['slide', 'slide-with-speaker'].includes(kinds.get(id)!.kind);
  const lasting = (those: readonly number[]): number => those.reduce((sum, id) => sum + secondsOf(states.get(id)!), 0);
  const [pages, others] = [ids.filter(isPage), ids.filter((id) => !isPage(id))];
  if (lasting(pages) < momentShare * lasting(others)) return [ids];
  return [pages, others].filter(({ length }) => length > 0);
}

/** The state with most text; among equals the one that is longest on screen. */
function choosePicture(states: readonly StateRecord[]): StateRecord {
  let best: { state: StateRecord; text: number; seconds: number } | undefined;
  for (const state of states) {
    const text = lengthOf(state.text);
    const seconds = secondsOf(state);
    const fuller = best && text > best.text * 1.05 + 3;
    const equal = best && text >= best.text * 0.95 - 3;
    if (!best || fuller || (equal && seconds > best.seconds)) best = { state, text, seconds };
  }
  return best!.state;
}

const lengthOf = (reading: TextReading | undefined): number => (reading ? charactersOf(reading) : 0);
const secondsOf = ({ appearances }: StateRecord): number =>
  appearances.reduce((sum, { start, end }) => sum + end - start, 0);

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
function kindOf(record: StateRecord, largestLively: number, lines: ReadonlySet<string>): KindDecision {
  const { figures, lives, settled, shaky, width, height, worded, text } = record;
  // Tiles of a gallery do not all live in each of its moments.
  const more = lives && figures.lively <= lives.lively ? lives : {};
  const all = { ...figures, ...more, largestLively };
  const seconds = secondsOf(record);
  const template = ({ text: line, box: [x, y, w, h] }: TextBlock): boolean =>
    lines.has(lineKey({ text: line, x: x / width, y: y / height, width: w / width, height: h / height }));
  const of = { figures: all, settled, shaky, seconds, height, pictureWidth: width, template };
  return withWordedKind(decideKind({ ...of, ...defined({ text }) }), worded);
}
