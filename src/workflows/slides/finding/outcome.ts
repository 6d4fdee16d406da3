import type { ShownSpan } from '../../../core/run.ts';
import type { Slide, Span, UnsureSpan } from '../../../core/slide.ts';
import type { StageTime } from '../../../core/stage-time.ts';
import type { DecodeReport, FrameSource } from '../../../core/video.ts';
import type { KindDecision } from '../states/kind.ts';
import { transitionSeconds } from './draft.ts';
import type { Draft } from './draft.ts';

/** What a finished pass found, before it becomes records and a report. */
export interface SlidesOutcome {
  readonly slides: readonly Slide[];
  readonly shown: readonly ShownSpan[];
  /** Where no frame was looked at, because key frames and packet sizes say that nothing happens there. */
  readonly quiet: readonly Span[];
  /** Time of which it could not be decided what it shows. */
  readonly unsure: readonly UnsureSpan[];
  readonly decode: DecodeReport;
  readonly framesLookedAt: number;
  readonly framesKept: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly timings: readonly StageTime[];
  readonly warnings: readonly string[];
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly textsRead: number;
}

/** A stretch of video with what it was taken for. */
export interface Stretch {
  readonly span: Span;
  readonly kind: KindDecision;
  readonly draft?: Draft;
}

/** What each stretch shows; neighbours that show the same are one. */
export function shownSpans(
  stretches: readonly Stretch[],
  numberOf: (draft: Draft) => number | undefined,
  final: (draft: Draft) => Draft,
): ShownSpan[] {
  return joinShown(
    stretches.map(({ span, kind, draft }) => {
      const decided = draft ? (final(draft).kind ?? kind) : kind;
      const slide = draft ? numberOf(draft) : undefined;
      const { kind: name, confidence } = decided;
      return { ...span, kind: name, confidence, ...(slide === undefined ? {} : { slide }) };
    }),
  );
}

/** Neighbours that show the same become one. */
export function joinShown(spans: readonly ShownSpan[]): ShownSpan[] {
  const shown: ShownSpan[] = [];
  for (const span of spans) {
    const last = shown.at(-1);
    const same = last && last.slide === span.slide && last.kind === span.kind;
    if (same && span.start - last.end <= transitionSeconds) shown[shown.length - 1] = { ...last, end: span.end };
    else shown.push(span);
  }
  return shown;
}

/** What is wrong with the recording, or odd about what was found in it. */
export function recordingWarnings(source: FrameSource, asked: number, slides: number): string[] {
  const warnings: string[] = [];
  const report = source.report();
  if (report.damaged > 0) {
    const spans = report.damagedSpans.slice(0, 5).map(({ start, end }) => `${start.toFixed(1)}–${end.toFixed(1)} s`);
    const where = spans.length > 0 ? ` around ${spans.join(', ')}` : '';
    warnings.push(
      `${report.damaged} damaged packets or frames were met${where}; pictures there may be wrong or missing.`,
    );
  }
  if (report.truncated) {
    const end = report.endSeconds.toFixed(1);
    const promised = source.info.durationSeconds?.toFixed(1);
    warnings.push(`The file ends at ${end} s although its header promises ${promised} s: it is probably cut off.`);
  }
  if (asked >= 5 && slides <= asked * 0.05) {
    warnings.push(
      `Of ${asked} pictures that stood still hardly one was taken for a slide. See the decisions, or try --keep slide,slide-with-speaker,screen.`,
    );
  }
  return warnings;
}
