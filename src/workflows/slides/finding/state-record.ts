import type { TextReading } from '../../../core/measurement.ts';
import type { FrameKind, Span } from '../../../core/slide.ts';
import type { MergeState } from '../states/merge/evidence.ts';
import { placedLines } from '../states/merge/lines.ts';
import type { ComparableView } from '../states/relation.ts';
import { StoredView, type PackedView } from '../states/stored-view.ts';
import type { Draft, Portrait } from './draft.ts';
import type { Stretch } from './outcome.ts';

/** A state of the picture as `states.json` holds it. */
export interface StateRecord {
  readonly id: number;
  readonly appearances: readonly Span[];
  readonly builds: number;
  readonly time: number;
  readonly frame: number;
  readonly width: number;
  readonly height: number;
  readonly hidden: number;
  readonly settled: boolean;
  readonly shaky: boolean;
  readonly still: boolean;
  readonly figures: Portrait['figures'];
  readonly lives: Draft['lives'];
  readonly worded?: Portrait['worded'];
  readonly text?: TextReading;
  readonly view: PackedView;
}

/** A stretch of the video as `states.json` holds it: what it was taken for, and the picture of it where there is one. */
export interface StretchRecord extends Span {
  readonly kind: FrameKind;
  readonly confidence: number;
  readonly picture?: number;
}

export const recordStretch = ({ span, kind: { kind, confidence }, draft }: Stretch): StretchRecord => ({
  ...span,
  kind,
  confidence,
  ...(draft ? { picture: draft.slide } : {}),
});

/** Everything that `decideSlides` decides by, to be written down: with it the same can be decided again without decoding. */
export async function recordStates(drafts: readonly Draft[]): Promise<readonly StateRecord[]> {
  const records: StateRecord[] = [];
  for (const draft of drafts) {
    const { portrait, slide: id, appearances, builds, lives } = draft;
    const { stored, figures, settled, shaky, still, hidden, index, timeSeconds, width, height, worded, reading } =
      portrait!;
    const text = await reading;
    records.push({
      id,
      appearances: [...appearances],
      builds,
      time: timeSeconds,
      frame: index,
      width,
      height,
      hidden,
      settled,
      shaky,
      still,
      figures,
      lives,
      ...(worded ? { worded } : {}),
      ...(text ? { text } : {}),
      view: stored.pack(),
    });
  }
  return records;
}

/** States as merging looks at them, in order of their first showing. */
export function statesFrom(records: readonly StateRecord[]): MergeState[] {
  const unpacked = new Unpacked();
  return records
    .toSorted((a, b) => a.appearances[0]!.start - b.appearances[0]!.start)
    .map((record, position): MergeState => {
      const { id, appearances: spans, text, width, height, still } = record;
      const stored = StoredView.from(record.view);
      return {
        id,
        spans,
        get view() {
          return unpacked.of(stored);
        },
        fingerprint: stored.fingerprint,
        ...(text ? { textState: text.state } : {}),
        lines: text ? placedLines(text.blocks, width, height) : [],
        still,
        position,
      };
    });
}

/** Unpacks what is asked for and keeps the last few: unpacked, an hour's states would fill the memory. */
class Unpacked {
  readonly #kept = new Map<StoredView, ComparableView>();

  of(stored: Portrait['stored']): ComparableView {
    const view = this.#kept.get(stored) ?? stored.unpack();
    this.#kept.delete(stored);
    this.#kept.set(stored, view);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostUnpacked && oldest) this.#kept.delete(oldest);
    return view;
  }
}
const mostUnpacked = 96;
