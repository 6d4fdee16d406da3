import type { MediaLimits } from '../limits.ts';
import type { Frame, Glimpse } from '../../core/frame.ts';
import type { Span } from '../../core/slide.ts';
import type { DecodeReport, DecoderTime, FrameSource, KeyframeLook, Sampler, VideoInfo } from '../../core/video.ts';
import { addedUp } from '../../core/stage-time.ts';
import { NodeAvSource } from './source.ts';

/** Samples that a segment has at least: so many frames of each process wait for their turn, with their pixels. */
const samplesEach = 8;

/** More processes than this wait for the one that looks at what they decode. */
const maxSegments = 8;

/**
 * A video decoded by several processes side by side, dealt out at key frames. Every process reads all packets, which
 * costs next to nothing, and decodes its own segments alone; the frames are joined in order of time. They are, to the
 * bit, those of one process: a key frame needs nothing of what lies before it.
 */
export class SegmentedSource implements FrameSource {
  readonly #parts: readonly NodeAvSource[];
  #report: DecodeReport | undefined;

  private constructor(parts: readonly NodeAvSource[]) {
    this.#parts = parts;
  }

  /** @throws FramesiftError `media`, `dependency` or `crash` */
  static async open(
    path: string,
    bytes: number,
    {
      segments,
      limits,
      signal,
    }: { readonly segments: number; readonly limits?: MediaLimits | undefined; readonly signal: AbortSignal },
  ): Promise<SegmentedSource> {
    const count = Math.min(segments, maxSegments);
    const opening = Array.from({ length: count }, () => {
      return NodeAvSource.open(path, bytes, { threads: 1, ahead: samplesEach + 4, limits, signal });
    });
    try {
      return new SegmentedSource(await Promise.all(opening));
    } catch (error) {
      const opened = await Promise.allSettled(opening);
      for (const one of opened) if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]();
      throw error;
    }
  }

  get info(): VideoInfo {
    return this.#parts[0]!.info;
  }

  async *frames(sampler: Sampler, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<Frame> {
    this.#report = undefined;
    const times = await this.#parts[0]!.keyTimes();
    const segments = dealOut(times, sampler, this.#parts.length);
    const passes = this.#parts.map((part, index) => {
      const others = segments.flatMap((list, other) => (other === index ? [] : list));
      return part.frames({ ...sampler, quiet: joined([...(sampler.quiet ?? []), ...others]) }, { signal });
    });
    const next: (Promise<IteratorResult<Frame, void>> | undefined)[] = passes.map((pass) => pass.next());
    for (const first of next) first?.catch(() => {});
    let last = -Infinity;
    let turn = 0;
    let twice = 0;
    try {
      for (;;) {
        signal.throwIfAborted();
        const heads = await Promise.all(next.map(async (head) => head));
        const first = earliest(heads, turn);
        const chosen = heads[first];
        if (!chosen || chosen.done) break;
        const after = passes[first]!.next();
        after.catch(() => {});
        next[first] = after;
        if (chosen.value.timeSeconds <= last) {
          twice += 1;
          chosen.value[Symbol.dispose]();
          continue;
        }
        turn = first;
        const since = last;
        last = chosen.value.timeSeconds;
        yield withGlimpsesSince(chosen.value, since);
      }
      const report = merged(this.#parts.map((part) => part.report()));
      this.#report = { ...report, framesSampled: report.framesSampled - twice };
    } finally {
      // Frames that nobody took.
      for (const head of next) {
        const left = await head?.catch(() => undefined);
        if (left && !left.done) left.value[Symbol.dispose]();
      }
      await Promise.all(passes.map((pass) => pass.return(undefined)));
    }
  }

  keyframes(
    span: { readonly fromSeconds?: number; readonly untilSeconds?: number },
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<KeyframeLook> {
    return this.#parts[0]!.keyframes(span, options);
  }

  async keyTimes(): Promise<readonly number[]> {
    return this.#parts[0]!.keyTimes();
  }

  async spent(): Promise<DecoderTime> {
    const times = await Promise.all(this.#parts.map((part) => part.spent()));
    const stages = addedUp(times.flatMap((time) => time.stages));
    return { stages, cpuMs: times.reduce((sum, { cpuMs }) => sum + cpuMs, 0) };
  }

  report(): DecodeReport {
    if (!this.#report) throw new Error('no pass over the video has finished');
    return this.#report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#parts.map((part) => part[Symbol.asyncDispose]()));
  }
}

/**
 * Deals a video out among processes, segment by segment in turn, so that all of them work near the same place. A segment
 * begins at a key frame and has `samplesEach` samples or more.
 */
function dealOut(keyTimes: readonly number[], { everySeconds, fromSeconds = 0 }: Sampler, count: number): Span[][] {
  const segments: Span[][] = Array.from({ length: count }, () => []);
  let start = -Infinity;
  let turn = 0;
  for (const time of keyTimes) {
    if (time - Math.max(start, fromSeconds) < samplesEach * everySeconds) continue;
    segments[turn % count]!.push({ start, end: time });
    turn += 1;
    start = time;
  }
  segments[turn % count]!.push({ start, end: Infinity });
  return segments;
}

/**
 * Whose frame is next; -1 where none has any. Where frames are further apart than samples, the key frame that begins a
 * segment is the first at or after the last sample of the one before too: it is taken from that one, `turn`, which has
 * looked at what lies before it.
 */
function earliest(heads: readonly (IteratorResult<Frame, void> | undefined)[], turn: number): number {
  let first = -1;
  let least = Infinity;
  for (const [index, head] of heads.entries()) {
    if (!head || head.done) continue;
    const { timeSeconds } = head.value;
    if (timeSeconds > least || (timeSeconds === least && index !== turn)) continue;
    [first, least] = [index, timeSeconds];
  }
  return first;
}

/** Spans in order of time, those that touch joined. */
function joined(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (last && span.start <= last.end) out[out.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    else out.push(span);
  }
  return out;
}

/** Without what a process met before the sample that another one gave. */
function withGlimpsesSince(frame: Frame, since: number): Frame {
  const glimpses = async (): Promise<readonly Glimpse[]> =>
    (await frame.glimpses()).filter(({ timeSeconds }) => timeSeconds > since);
  return { ...frame, glimpses, [Symbol.dispose]: () => frame[Symbol.dispose]() };
}

/** What all processes together met. Each of them read every packet, and decoded its own. */
function merged(reports: readonly DecodeReport[]): DecodeReport {
  const sum = (of: (report: DecodeReport) => number): number => reports.reduce((all, one) => all + of(one), 0);
  // One whose segments end before the sampler does may stop reading early.
  const packets = Math.max(...reports.map((report) => report.packets));
  const decodedPackets = sum(({ packets, packetsSkipped }) => packets - packetsSkipped);
  // A damaged packet is met by every process, a damaged frame by one: the most that one met is the least that there is.
  const worst = reports.reduce((a, b) => (b.damaged > a.damaged ? b : a));
  return {
    packets,
    packetsSkipped: Math.max(0, packets - decodedPackets),
    framesDecoded: sum(({ framesDecoded }) => framesDecoded),
    framesSampled: sum(({ framesSampled }) => framesSampled),
    damaged: worst.damaged,
    damagedSpans: joined(reports.flatMap(({ damagedSpans }) => damagedSpans)),
    endSeconds: Math.max(...reports.map(({ endSeconds }) => endSeconds)),
    truncated: reports.some(({ truncated }) => truncated),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    peakMemoryMb: sum(({ peakMemoryMb }) => peakMemoryMb),
  };
}
