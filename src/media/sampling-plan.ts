import type { Span } from '../core/slide.ts';
import type { Sampler } from '../core/video.ts';

/** What the plan knows of a packet before anything is decoded. Times in seconds from the first frame. */
export interface PlannedPacket {
  readonly timeSeconds: number;
  readonly keyframe: boolean;
  /** Set by the plan: this packet's frame is to be taken. */
  wanted?: boolean;
}

/** Slack for times that were rounded to a container's time base. */
const epsilonSeconds = 1e-6;

/** How many packets at the end of a cut-off group may still be overtaken by later ones in presentation order. */
const reorderDepth = 32;

/**
 * Chooses, group of pictures by group of pictures, which frames are taken (the first at or after each wanted time)
 * and so which packets must be decoded at all: nothing after the last taken frame of a group is needed.
 */
export class SamplingPlan {
  readonly #stepSeconds: number;
  readonly #untilSeconds: number;
  readonly #quiet: readonly Span[];
  #quietIndex = 0;
  #nextSeconds: number;

  constructor(sampler: Sampler) {
    this.#stepSeconds = sampler.everySeconds;
    this.#quiet = sampler.quiet ?? [];
    this.#nextSeconds = sampler.fromSeconds ?? 0;
    this.#untilSeconds = sampler.untilSeconds ?? Infinity;
  }

  /** True when no later frame can be wanted. */
  get finished(): boolean {
    return this.#nextSeconds >= this.#untilSeconds;
  }

  /** Marks `wanted` on the packets of one whole group, in any order. Returns the index of the last one needed, or −1. */
  chooseGroup(group: readonly PlannedPacket[]): number {
    this.#mark(group, Infinity);
    return group.findLastIndex((packet) => packet.wanted);
  }

  /**
   * The same for the beginning of a group that is too long to be held whole. Returns how many packets, from the
   * first, are settled; all of them must be decoded, as the rest of the group builds on them.
   */
  choosePart(part: readonly PlannedPacket[]): number {
    const settled = Math.max(0, part.length - reorderDepth);
    let horizon = Infinity;
    for (const packet of part.slice(settled)) horizon = Math.min(horizon, packet.timeSeconds);
    this.#mark(part, horizon);
    return settled;
  }

  /** For a stream without usable packet times: whether this decoded frame is to be taken. */
  takes(timeSeconds: number): boolean {
    if (timeSeconds + epsilonSeconds < this.#nextSeconds || timeSeconds >= this.#untilSeconds) return false;
    this.#advancePast(timeSeconds);
    return true;
  }

  #mark(packets: readonly PlannedPacket[], horizon: number): void {
    const shown = packets.toSorted((a, b) => a.timeSeconds - b.timeSeconds);
    for (const packet of shown) {
      if (packet.timeSeconds >= horizon || this.finished) break;
      if (this.takes(packet.timeSeconds)) packet.wanted = true;
    }
  }

  #advancePast(timeSeconds: number): void {
    const steps = Math.floor((timeSeconds - this.#nextSeconds + epsilonSeconds) / this.#stepSeconds) + 1;
    this.#nextSeconds += steps * this.#stepSeconds;
    this.#leaveQuiet();
  }

  /** On to the first wanted time that is in no quiet span: what is taken is a part of what would be without them. */
  #leaveQuiet(): void {
    for (; this.#quietIndex < this.#quiet.length; this.#quietIndex += 1) {
      const { start, end } = this.#quiet[this.#quietIndex]!;
      if (this.#nextSeconds < start) return;
      if (this.#nextSeconds >= end - epsilonSeconds) continue;
      const steps = Math.ceil((end - this.#nextSeconds - epsilonSeconds) / this.#stepSeconds);
      this.#nextSeconds = end === Infinity ? Infinity : this.#nextSeconds + steps * this.#stepSeconds;
    }
  }
}
