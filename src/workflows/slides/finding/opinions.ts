import type { Frame } from '../../../core/frame.ts';
import type { Measure } from '../../../core/measurement.ts';
import type { Opinion } from '../../../core/run.ts';
import type { FrameKind } from '../../../core/slide.ts';
import type { Look } from '../states/likeness.ts';
import { gateVerdict, overrules, refuses, type GateVerdict, type GateVote, type WordedKind } from '../states/votes.ts';

/** A model of pictures as the engine uses it: `id` is how the ledger calls it. */
interface Model<T> {
  readonly id: string;
  readonly measure: Measure<T>;
}

/** Models that are asked about each view's clearest frame, in this order: the gate, the kinds, the embedder. */
export interface SlideModels {
  readonly gate?: readonly (Model<{ readonly label: string; readonly kept: number }> & {
    readonly threshold?: number;
  })[];
  readonly kinds?: Model<readonly number[]> & {
    readonly labels: readonly { readonly label: string; readonly kind: FrameKind }[];
    readonly threshold?: number;
  };
  readonly embedder?: Model<Float32Array> & { readonly thresholds?: NonNullable<Look['thresholds']> };
}

/** What the models say of a view. */
export interface ViewOpinions {
  readonly gate?: GateVerdict & { readonly votes: readonly GateVote[] };
  readonly kinds?: WordedKind;
}

/** Asks the models, and keeps count of the gate so that one that lets nothing, or everything, through is noticed. */
export class Opinions {
  readonly #models: SlideModels;
  readonly #signal: AbortSignal;
  readonly #counts = { views: 0, frames: 0, refusedFrames: 0, wouldRefuse: 0 };

  constructor(models: SlideModels, signal: AbortSignal) {
    this.#models = models;
    this.#signal = signal;
  }

  /** The gate first: a view that it refuses is not shown to the kinds. `samples`: frames that the view stands for. */
  async of(frame: Frame, samples: number): Promise<ViewOpinions> {
    const { gate, kinds } = this.#models;
    const votes: GateVote[] = [];
    for (const { id, measure, threshold } of gate ?? []) {
      const [said] = await measure.of([frame], { signal: this.#signal });
      const { label, kept } = said!;
      votes.push({ model: id, label, kept, ...(threshold === undefined ? {} : { threshold }) });
    }
    const verdict = votes.length > 0 ? { ...gateVerdict(votes), votes } : undefined;
    this.#counts.views += 1;
    this.#counts.frames += samples;
    if (verdict?.refused) this.#counts.refusedFrames += samples;
    if (votes.length > 0 && votes.filter(refuses).length * 2 > votes.length) this.#counts.wouldRefuse += samples;
    const worded = kinds && !verdict?.refused ? await this.#wordedKind(frame) : undefined;
    return { ...(verdict ? { gate: verdict } : {}), ...(worded ? { kinds: worded } : {}) };
  }

  /** The view's vector, where there is an embedder. */
  async look(frame: Frame): Promise<Look | undefined> {
    const { embedder } = this.#models;
    if (!embedder) return undefined;
    const [vector] = await embedder.measure.of([frame], { signal: this.#signal });
    return { vector: vector!, ...(embedder.thresholds ? { thresholds: embedder.thresholds } : {}) };
  }

  get embedderId(): string {
    return this.#models.embedder?.id ?? '';
  }

  async #wordedKind(frame: Frame): Promise<WordedKind> {
    const { id, measure, labels, threshold } = this.#models.kinds!;
    const [shares] = await measure.of([frame], { signal: this.#signal });
    const byKind = new Map<FrameKind, number>();
    let best = 0;
    for (const [index, share] of shares!.entries()) {
      const { kind } = labels[index]!;
      byKind.set(kind, (byKind.get(kind) ?? 0) + share);
      if (share > shares![best]!) best = index;
    }
    const [kind, confidence] = [...byKind].reduce((most, each) => (each[1] > most[1] ? each : most));
    // The likeliest label of the likeliest kind, which need not be the likeliest of all.
    const own = shares!.map((share, index) => (labels[index]!.kind === kind ? share : -1));
    const { label } = labels[own.indexOf(Math.max(...own))]!;
    return {
      model: id,
      label,
      kind,
      confidence: Math.min(1, confidence),
      ...(threshold === undefined ? {} : { threshold }),
    };
  }

  /** What is wrong with the gate over the whole video, each with what to try. */
  warnings(): string[] {
    const { gate = [] } = this.#models;
    const { views, frames, refusedFrames, wouldRefuse } = this.#counts;
    if (gate.length === 0 || views < leastViews) return [];
    const names = gate.map(({ id }) => id).join(', ');
    const warnings: string[] = [];
    const idle = gate.length === 1 && gate[0]!.threshold === undefined;
    if (wouldRefuse > mostRefused * frames) {
      const done = refusedFrames > mostRefused * frames;
      warnings.push(
        `THE GATE ${done ? 'REFUSED' : 'WOULD REFUSE'} ${Math.round((wouldRefuse / frames) * 100)} % of ${frames} frames (${names}). ` +
          'Is the classifier made for such recordings? Check mean, std, layout and labels in its .yaml, try it without the gate, ' +
          'or find its threshold with: framesift calibrate --frame-classifier FILE TALKS',
      );
    } else if (wouldRefuse === 0) {
      warnings.push(
        `THE GATE PASSED EVERYTHING: all ${frames} frames (${names}). It decides nothing on this recording. If there is more in it than slides, ` +
          'check labels and keep in its .yaml, raise its threshold, or find one with: framesift calibrate --frame-classifier FILE TALKS',
      );
    }
    if (idle) {
      warnings.push(
        `${names} has no threshold, so it decides nothing by itself: its opinion is in the ledger. ` +
          'Set threshold in its .yaml, find it with framesift calibrate --frame-classifier FILE TALKS, or give a second classifier.',
      );
    }
    return warnings;
  }
}

/** Over so few views nothing can be said of a gate. */
const leastViews = 3;
/** Share of frames from which a gate is taken for broken. */
const mostRefused = 0.95;

/** The models' words for the ledger: what each said, how sure it was, what was held against that, whether it decided. */
export function opinionsOf({ gate, kinds }: ViewOpinions): Opinion[] {
  return [
    ...(gate?.votes ?? []).map((vote): Opinion => {
      const { model, label, kept, threshold } = vote;
      return {
        use: 'gate',
        model,
        label,
        confidence: kept,
        ...(threshold === undefined ? {} : { threshold }),
        decided: gate!.refused && refuses(vote),
      };
    }),
    ...(kinds === undefined
      ? []
      : [
          {
            use: 'kinds' as const,
            model: kinds.model,
            label: `${kinds.label} (${kinds.kind})`,
            confidence: kinds.confidence,
            ...(kinds.threshold === undefined ? {} : { threshold: kinds.threshold }),
            decided: overrules(kinds),
          },
        ]),
  ];
}
