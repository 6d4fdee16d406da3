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
 * Chooses, group of pictures by group of pictures, which frames are taken and so which packets must be decoded at all:
 * nothing after the last taken frame of a group is needed. Taken is the first frame at or after each wanted time, and
 * each frame that stays on screen for a step or longer: recorders that write a frame only when the screen changes show
 * in it what is seen at wanted times.
 */
export class SamplingPlan {
  readonly #stepSeconds: number;
  readonly #untilSeconds: number;
  readonly #quiet: readonly Span[];
  readonly #fromSeconds: number;
  #quietIndex = 0;
  /** Wanted times are counted: sums of fractions would drift apart, depending on which were left out. */
  #next = 0;

  constructor(sampler: Sampler) {
    this.#stepSeconds = sampler.everySeconds;
    this.#quiet = sampler.quiet ?? [];
    this.#fromSeconds = sampler.fromSeconds ?? 0;
    this.#untilSeconds = sampler.untilSeconds ?? Infinity;
    this.#leaveQuiet();
  }

  /** True when no later frame can be wanted. */
  get finished(): boolean {
    return this.#untilSeconds < Infinity && this.nextSeconds >= this.#untilSeconds;
  }

  /** The next wanted time: no frame before it can be wanted. */
  get nextSeconds(): number {
    return this.#fromSeconds + this.#next * this.#stepSeconds;
  }

  /**
   * Marks `wanted` on the packets of one whole group, in any order. Returns the index of the last one needed, or −1.
   *
   * @param nextSeconds when the frame after the group is shown, or the video ends; undefined where that is not known
   */
  chooseGroup(group: readonly PlannedPacket[], nextSeconds?: number): number {
    this.#mark(group, Infinity, nextSeconds);
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
    if (timeSeconds + epsilonSeconds < this.nextSeconds || timeSeconds >= this.#untilSeconds) return false;
    this.#advancePast(timeSeconds);
    return true;
  }

  #mark(packets: readonly PlannedPacket[], horizon: number, nextSeconds = -Infinity): void {
    const shown = packets.toSorted((a, b) => a.timeSeconds - b.timeSeconds);
    for (const [index, packet] of shown.entries()) {
      if (packet.timeSeconds >= horizon || this.finished) break;
      const until = shown[index + 1]?.timeSeconds ?? nextSeconds;
      const held = until - packet.timeSeconds >= this.#stepSeconds - epsilonSeconds;
      const within = held && this.#isWithin(packet.timeSeconds);
      if (this.takes(packet.timeSeconds) || within) packet.wanted = true;
    }
  }

  /** Whether a frame at this time may be taken although no wanted time asks for it. */
  #isWithin(timeSeconds: number): boolean {
    return (
      timeSeconds >= this.#fromSeconds - epsilonSeconds &&
      timeSeconds < this.#untilSeconds &&
      !this.#quiet.some(({ start, end }) => timeSeconds >= start - epsilonSeconds && timeSeconds < end - epsilonSeconds)
    );
  }

  #advancePast(timeSeconds: number): void {
    this.#next = Math.floor((timeSeconds - this.#fromSeconds + epsilonSeconds) / this.#stepSeconds) + 1;
    this.#leaveQuiet();
  }

  /** On to the first wanted time that is in no quiet span: what is taken is a part of what would be without them. */
  #leaveQuiet(): void {
    for (; this.#quietIndex < this.#quiet.length; this.#quietIndex += 1) {
      const { start, end } = this.#quiet[this.#quietIndex]!;
      if (this.nextSeconds < start - epsilonSeconds) return;
      if (this.nextSeconds >= end - epsilonSeconds) continue;
      this.#next = Math.ceil((end - this.#fromSeconds - epsilonSeconds) / this.#stepSeconds);
    }
  }
}
