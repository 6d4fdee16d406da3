import type { Decision, Opinion } from '../../../core/run.ts';
import type { FrameKind } from '../../../core/slide.ts';
import { kindSettings } from '../states/kind.ts';
import type { KindDecision } from '../states/kind.ts';
import { relationSettings } from '../states/relation.ts';
import type { Evidence } from '../states/merge/evidence.ts';
import { sameThreshold, type MergeDecision } from '../states/merge/merge.ts';
import type { Placement } from '../states/slide-book.ts';
import { viewSettings } from '../states/view.ts';
import type { SampleFigures, View } from '../states/view.ts';
import type { Draft } from './draft.ts';

interface Entry {
  readonly samples: readonly SampleFigures[];
  readonly best: number;
  readonly rule: string;
  readonly kind: KindDecision;
  readonly placement: Placement | undefined;
  readonly draft: Draft | undefined;
  readonly shaky: boolean;
  readonly opinions: readonly Opinion[];
}

/** Collects why each looked-at frame was kept or dropped: a few numbers a frame, written out when all is decided. */
export class LedgerBook {
  readonly #entries: Entry[] = [];

  add(
    view: View,
    rule: string,
    kind: KindDecision,
    opinions: readonly Opinion[],
    placement?: Placement,
    draft?: Draft,
  ): void {
    const { samples, best, shaky } = view;
    this.#entries.push({ samples, best: best.index, rule, kind, placement, draft, shaky, opinions });
  }

  /**
   * @param numberOf the slide's final number, undefined where it is not kept
   * @param merged what was decided about each draft once all texts were known
   */
  decisions(
    numberOf: (draft: Draft) => number | undefined,
    final: (draft: Draft) => Draft,
    keep: readonly FrameKind[],
    merged: readonly MergeDecision[],
  ): Decision[] {
    const decisions = new Map<number, Decision>();
    const mergeOf = new Map(merged.map((decision) => [decision.state, decision]));
    for (const entry of this.#entries) {
      const slide = entry.draft ? numberOf(entry.draft) : undefined;
      for (const sample of entry.samples) {
        const kept = slide !== undefined && final(entry.draft!).portrait?.index === sample.index;
        decisions.set(
          sample.index,
          decide(entry, sample, kept, slide, keep, final, entry.draft && mergeOf.get(entry.draft.slide)),
        );
      }
    }
    return [...decisions.entries()].sort(([a], [b]) => a - b).map(([, decision]) => decision);
  }
}

/** As the ledger holds figures. */
export const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;

function decide(
  entry: Entry,
  sample: SampleFigures,
  kept: boolean,
  slide: number | undefined,
  keep: readonly FrameKind[],
  final: (draft: Draft) => Draft,
  merge: MergeDecision | undefined,
): Decision {
  const { placement, draft } = entry;
  const kind = draft ? (final(draft).kind ?? entry.kind) : entry.kind;
  const comparison = placement?.comparison;
  const threshold = {
    changePixels: viewSettings.changePixels,
    ...(placement
      ? {
          lostShare: entry.shaky ? relationSettings.lostShareShaky : relationSettings.lostShare,
          replacedPixels: entry.shaky ? relationSettings.replacedPixelsShaky : relationSettings.replacedPixels,
        }
      : { even: kindSettings.filmedEven, moving: kindSettings.filmedMoving, settledShare: viewSettings.settledShare }),
  };
  const { rule, reason } = explain(entry, sample, kept, slide, kind, keep, final);
  return {
    time: rounded(sample.timeSeconds),
    kept,
    rule,
    reason,
    figures: {
      motion: rounded(sample.motion),
      change: rounded(sample.change),
      ...(comparison
        ? {
            erased: comparison.erased,
            redrawn: comparison.redrawn,
            drawn: comparison.drawn,
            details: comparison.details,
          }
        : {}),
      ...(merge?.evidence ? { probability: rounded(merge.probability), ...toldOf(merge.evidence) } : {}),
    },
    threshold: merge?.evidence ? { ...threshold, probability: sameThreshold } : threshold,
    kind: kind.kind,
    confidence: rounded(kind.confidence),
    ...(slide === undefined ? {} : { slide }),
    ...(draft ? { state: draft.slide } : {}),
    ...(entry.opinions.length === 0
      ? {}
      : { opinions: entry.opinions.map((each) => ({ ...each, confidence: rounded(each.confidence) })) }),
  };
}

/** Of the evidence what people can check. */
const toldOf = (evidence: Evidence): Record<string, number> =>
  Object.fromEntries(told.map((name) => [name, rounded(evidence[name])]));
const told = [
  'keptBefore',
  'keptAfter',
  'removed',
  'added',
  'changed',
  'numbersChanged',
  'lost',
  'correlation',
] as const;

function explain(
  entry: Entry,
  sample: SampleFigures,
  kept: boolean,
  slide: number | undefined,
  kind: KindDecision,
  keep: readonly FrameKind[],
  final: (draft: Draft) => Draft,
): { rule: string; reason: string } {
  const { placement, draft } = entry;
  if (kept) {
    const rule = placement?.comparison?.rule ?? 'first-view';
    return {
      rule: `image:${placement?.what ?? 'new-slide'}`,
      reason: `The clearest frame of slide ${slide} (${rule}).`,
    };
  }
  if (!draft && kind.rule === 'gate') {
    const votes = entry.opinions.filter(({ use, decided }) => use === 'gate' && decided);
    const said = votes.map(({ model, label }) => `${model} says ${label}`).join(', ');
    return { rule: 'gate', reason: `Refused by the frame classifiers: ${said}.` };
  }
  if (!draft || !keep.includes(kind.kind)) {
    return { rule: `kind:${kind.rule}`, reason: `Taken for ${kind.kind}, which is not kept.` };
  }
  if (draft.mergedInto !== undefined)
    return { rule: 'same-text', reason: `Found to be slide ${slide} by its text and drawing.` };
  if (sample.index !== entry.best)
    return { rule: 'unchanged', reason: `Shows the same as its neighbours: slide ${slide}.` };
  const chosen = final(draft).portrait?.timeSeconds.toFixed(2);
  const how = placement?.comparison?.rule;
  if (placement?.what === 'revisit') return { rule: 'revisit', reason: `Slide ${slide} again (${how}).` };
  if (placement?.what === 'same-slide') return { rule: 'same-slide', reason: `Still slide ${slide} (${how}).` };
  return { rule: 'build-superseded', reason: `Slide ${slide} is shown fuller or clearer at ${chosen} s.` };
}
