import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { FramesiftError } from '../../core/errors.ts';
import type { Decision, ShownSpan } from '../../core/run.ts';
import { defined } from '../../core/defined.ts';
import { frameKinds, type FrameKind, type Slide } from '../../core/slide.ts';
import { decisionLine } from '../../store/line-schemas.ts';
import { wholeLines } from '../../store/lines.ts';
import { readShown, readSlides } from '../../store/read-slides.ts';
import { runFiles } from '../../store/run-files.ts';
import { RunFolder, readRecord } from '../../store/run-folder.ts';
import { SlidesFolder } from '../../store/slides-folder.ts';
import { decideSlides, type SlideDecisions } from './finding/decide-slides.ts';
import { rounded } from './finding/ledger-book.ts';
import { joinShown } from './finding/outcome.ts';
import { readStates } from './finding/read-states.ts';
import { slideOf } from './finding/slide-of.ts';
import type { StateRecord, StretchRecord } from './finding/state-record.ts';
import { parseOptions } from '../parse-options.ts';
import { parseSlidesOptions } from './options.ts';
import { reportSlides } from './report.ts';
import { sameThreshold } from './states/merge/merge.ts';

export interface RedecideSlidesOptions {
  /** Kinds of pictures that are kept. Default: those that the run kept. */
  readonly keep?: readonly FrameKind[];
  /** Probability from which two states of the picture are one slide, 0–1: lower merges more. Default 0.4. */
  readonly mergeFrom?: number;
}

const redecideOptions = z.strictObject({
  keep: z.array(z.enum(frameKinds)).min(1).optional(),
  mergeFrom: z.number().min(0).max(1).optional(),
});

/** Throws FramesiftError `usage` naming the option that is wrong. */
export const parseRedecideSlides = (input: object): RedecideSlidesOptions =>
  defined(parseOptions(redecideOptions, input, 'redecide'));

/** What `redecide` made of a slides run. */
export interface RedecidedSlides {
  readonly workflow: 'slides';
  readonly folder: string;
  readonly report: string;
  readonly elapsedMs: number;
  /** States of the picture that were told apart. */
  readonly states: number;
  /** Slides before and after. */
  readonly before: number;
  readonly after: number;
}

/**
 * Decides a slides run again from its stored states, without decoding a frame: which states are one slide, which picture
 * stands for it, and what is kept. What a language model wrote of a picture stays with it. The run's record says how it was
 * decided, so that its command does not take it for the one that it was.
 *
 * @throws FramesiftError `input` where the folder holds no finished slides run, `output`
 */
export async function redecideSlides(run: string, options: RedecideSlidesOptions = {}): Promise<RedecidedSlides> {
  const started = performance.now();
  const path = resolve(run);
  const record = await readRecord(path);
  if (!record) throw new FramesiftError('input', `${run}: holds no run. Give the folder of a finished run.`);
  if (record.options['redact'] !== undefined)
    throw new FramesiftError('input', `${run}: was made with --redact, which keeps no states to decide by.`);
  const keep = options.keep ?? parseSlidesOptions({ keep: record.options['keep'] }).keep;
  const mergeFrom = options.mergeFrom ?? sameThreshold;
  const { states, pictures } = await readStates(path);
  const before = await readSlides(path);
  await readShown(path);
  await using folder = await RunFolder.open(path, { source: record.source, workflow: record.workflow.id });
  await using files = new SlidesFolder(folder);
  const decided = decideSlides(pictures, mergeFrom);
  const slides = await writeSlides(files, pictures, decided, keep, before);
  const numbers = new Map(slides.map(({ state, slide }) => [state, slide.index]));
  const numberOf = (state: number): number | undefined => numbers.get(decided.pictureOf.get(state)!);
  const header = JSON.parse(await readFile(files.file(runFiles.slides), 'utf8')) as Record<string, unknown>;
  await files.writeJson(runFiles.slides, { ...header, slides: slides.map(({ slide }) => slide) });
  const shown = JSON.parse(await readFile(files.file(runFiles.shown), 'utf8')) as Record<string, unknown>;
  await files.writeJson(runFiles.shown, { ...shown, shown: shownOf(states, decided, numberOf) });
  const dropped = await writeLedger(files, { pictures, decided, numberOf });
  const stages = record.stages.map((stage) =>
    stage.id === 'slides' ? { ...stage, decides: decidesOf(stage.decides, keep, mergeFrom) } : stage,
  );
  const others = Object.entries(record.counts).filter(([name]) => !name.startsWith('dropped:'));
  const counts = { ...Object.fromEntries(others), slides: slides.length, framesKept: slides.length, ...dropped };
  const again = { ...record, stages, counts };
  await folder.writeRecord(again);
  await reportSlides(folder, again);
  return {
    workflow: 'slides',
    folder: path,
    report: folder.file(runFiles.report),
    elapsedMs: performance.now() - started,
    states: pictures.length,
    before: before.length,
    after: slides.length,
  };
}

/** What the run's own command decides by has no place for a threshold: with another one it is another run. */
function decidesOf(
  { mergeFrom: _, ...decides }: Readonly<Record<string, unknown>>,
  keep: readonly FrameKind[],
  mergeFrom: number,
): Record<string, unknown> {
  return { ...decides, keep, ...(mergeFrom === sameThreshold ? {} : { mergeFrom }) };
}

interface Kept {
  readonly state: number;
  readonly slide: Slide;
}

async function writeSlides(
  files: SlidesFolder,
  pictures: readonly StateRecord[],
  { pages }: SlideDecisions,
  keep: readonly FrameKind[],
  before: readonly Slide[],
): Promise<readonly Kept[]> {
  const contexts = new Map(before.map(({ timestamp, context }) => [timestamp, context]));
  const kept = [...pages]
    .filter(([, { kind }]) => keep.includes(kind.kind))
    .sort(([, a], [, b]) => a.appearances[0]!.start - b.appearances[0]!.start);
  const slides: Kept[] = [];
  for (const [position, [state, page]] of kept.entries()) {
    const index = position + 1;
    const image = await files.placeImage(state, index);
    const picture = pictures[state]!;
    const slide = slideOf(picture, page, { index, image }, contexts.get(picture.time));
    await files.writeSlide(slide);
    slides.push({ state, slide });
  }
  await files.removeStrayImages(new Set(slides.map(({ slide: { image } }) => image)), pictures.length);
  return slides;
}

function shownOf(
  states: readonly StretchRecord[],
  { pictureOf, pages }: SlideDecisions,
  numberOf: (state: number) => number | undefined,
): ShownSpan[] {
  return joinShown(
    states.map(({ start, end, kind, confidence, picture }) => {
      const decided = picture === undefined ? undefined : pages.get(pictureOf.get(picture)!)?.kind;
      const slide = picture === undefined ? undefined : numberOf(picture);
      return {
        start,
        end,
        kind: decided?.kind ?? kind,
        confidence: decided?.confidence ?? confidence,
        ...(slide === undefined ? {} : { slide }),
      };
    }),
  );
}

interface Decided {
  readonly pictures: readonly StateRecord[];
  readonly decided: SlideDecisions;
  readonly numberOf: (state: number) => number | undefined;
}

/** Writes the ledger anew. @returns how many frames each rule dropped, under the names of the run's counts */
async function writeLedger(files: SlidesFolder, decided: Decided): Promise<Record<string, number>> {
  const dropped: Record<string, number> = {};
  const decisions: Decision[] = [];
  for await (const { value } of wholeLines(files.file(runFiles.ledger), decisionLine)) {
    const decision = decideAgain(value, decided);
    if (!decision.kept) dropped[`dropped:${decision.rule}`] = (dropped[`dropped:${decision.rule}`] ?? 0) + 1;
    decisions.push(decision);
  }
  await files.log(decisions);
  await files.closeLedger();
  return dropped;
}

function decideAgain(old: Decision, { pictures, decided, numberOf }: Decided): Decision {
  const { state } = old;
  if (state === undefined) return old;
  const picture = decided.pictureOf.get(state);
  if (picture === undefined) return old;
  const { kind, rule: kindRule, ...of } = decided.pages.get(picture)!.kind;
  const confidence = rounded(of.confidence);
  const slide = numberOf(state);
  const { slide: _, ...rest } = old;
  if (slide === undefined) {
    const reason = `Taken for ${kind}, which is not kept.`;
    return { ...rest, kept: false, rule: `kind:${kindRule}`, reason, kind, confidence };
  }
  const its = { ...(old.slide === undefined ? rest : old), kept: false, kind, confidence, slide };
  if (picture === state && Math.abs(pictures[state]!.time - old.time) < 1e-4) {
    if (old.kept) return { ...its, kept: true, reason: renumbered(old.reason, slide) };
    return { ...its, kept: true, rule: 'image:new-slide', reason: `The clearest frame of slide ${slide}.` };
  }
  if (picture !== state)
    return { ...its, rule: 'same-text', reason: `Found to be slide ${slide} by its text and drawing.` };
  const placed = ['unchanged', 'build-superseded', 'revisit', 'same-slide'].includes(old.rule);
  if (placed) return { ...its, reason: renumbered(old.reason, slide) };
  return { ...its, rule: 'unchanged', reason: `Shows the same as its neighbours: slide ${slide}.` };
}

const renumbered = (reason: string, slide: number): string => reason.replace(/\b(slide) \d+/iu, `$1 ${slide}`);
