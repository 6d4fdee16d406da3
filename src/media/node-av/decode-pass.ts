import type { Glimpse } from '../../core/frame.ts';
import { FramesiftError } from '../../core/errors.ts';
import type { DecodeReport, Sampler } from '../../core/video.ts';
import { SamplingPlan } from '../sampling-plan.ts';
import type { PlannedPacket } from '../sampling-plan.ts';
import { glimpse } from './glimpse.ts';
import { CodecContext, NativeFrame, Packet, constants } from './native.ts';
import { noTime } from './opened-video.ts';
import type { OpenedVideo } from './opened-video.ts';

interface Entry extends PlannedPacket {
  readonly packet: Packet;
  readonly size: number;
}

/** A group of pictures is held compressed until it is whole, up to this many bytes or packets. */
const maxGroupBytes = 24 * 2 ** 20;
const maxGroupPackets = 3000;

/** Codecs whose decoders skip unreferenced frames when told so in mid-stream. VP9 and AV1 do not. */
const canSkipUnreferenced = new Set<number>([
  constants.AV_CODEC_ID_H264,
  constants.AV_CODEC_ID_HEVC,
  constants.AV_CODEC_ID_MPEG4,
  constants.AV_CODEC_ID_MPEG2VIDEO,
]);

export interface SampledFrame {
  readonly frame: NativeFrame;
  readonly timeSeconds: number;
  readonly glimpses: readonly Glimpse[];
}

/**
 * One pass over a video that decodes only what the sampler needs: the rest of a group of pictures after its last
 * wanted frame is never decoded, nor are unreferenced frames in between. Bit-exact against full decoding, as every
 * frame that a wanted one builds on is decoded.
 */
export class DecodePass {
  readonly #video: OpenedVideo;
  readonly #decoder: CodecContext;
  readonly #plan: SamplingPlan;
  readonly #frame = new NativeFrame();
  readonly #wanted: number[] = [];
  readonly #skips: boolean;
  #planned = true;
  #skipping = '';
  #glimpses: Glimpse[] = [];
  #packets = 0;
  #packetsSkipped = 0;
  #framesDecoded = 0;
  #framesSampled = 0;
  #damaged = 0;
  #damagedSpans: { start: number; end: number }[] = [];
  #lastSeconds = 0;
  #endSeconds = 0;

  constructor(video: OpenedVideo, sampler: Sampler, threads: number) {
    this.#video = video;
    this.#decoder = video.openDecoder(threads);
    this.#plan = new SamplingPlan(sampler);
    this.#skips = canSkipUnreferenced.has(this.#decoder.codecId);
    this.#frame.alloc();
  }

  /** Yields each sampled frame, which then belongs to the caller. */
  *frames(): Generator<SampledFrame> {
    let group: Entry[] = [];
    let groupBytes = 0;
    // A whole group waits for the second packet of the next one, which tells whether that one leans on it.
    let whole: Entry[] = [];
    try {
      for (const entry of this.#read()) {
        if (whole.length > 0) {
          const open = !entry.keyframe && entry.timeSeconds < (group[0]?.timeSeconds ?? 0);
          yield* this.#decodeGroup(whole, open);
          whole = [];
          if (this.#plan.finished) break;
        }
        if (entry.keyframe && group.length > 0) {
          whole = group;
          group = [];
          groupBytes = 0;
        }
        group.push(entry);
        groupBytes += entry.size;
        if (groupBytes > maxGroupBytes || group.length > maxGroupPackets || !this.#planned) {
          const settled = this.#planned ? this.#plan.choosePart(group) : group.length;
          yield* this.#decode(group.splice(0, settled));
          groupBytes = group.reduce((sum, { size }) => sum + size, 0);
        }
      }
      if (!this.#plan.finished) {
        yield* this.#decodeGroup(whole, false);
        whole = [];
        yield* this.#decodeGroup(group, false);
        group = [];
      }
      this.#decoder.sendPacketSync(null);
      yield* this.#receive();
    } finally {
      for (const { packet } of [...whole, ...group]) packet.free();
      this.#frame.free();
      this.#decoder.freeContext();
    }
    if (this.#framesDecoded === 0) {
      throw new FramesiftError('media', 'not one frame of its video could be decoded. Check that it plays.');
    }
  }

  report(): DecodeReport {
    const { user, system } = process.cpuUsage();
    const duration = this.#video.info.durationSeconds;
    const end = Math.max(this.#endSeconds, this.#lastSeconds);
    return {
      packets: this.#packets,
      packetsSkipped: this.#packetsSkipped,
      framesDecoded: this.#framesDecoded,
      framesSampled: this.#framesSampled,
      damaged: this.#damaged,
      damagedSpans: this.#damagedSpans,
      endSeconds: end,
      // A container may round its duration; two seconds and a twentieth are beyond that.
      truncated: !this.#plan.finished && duration !== undefined && end < duration - Math.max(2, duration / 20),
      cpuMs: (user + system) / 1000,
      peakMemoryMb: process.resourceUsage().maxRSS / 1024,
    };
  }

  *#read(): Generator<Entry> {
    const packet = new Packet();
    packet.alloc();
    let last = -1;
    try {
      for (let failures = 0; failures < 100;) {
        const status = this.#video.format.readFrameSync(packet);
        if (status === constants.AVERROR_EOF) break;
        if (status < 0) {
          // A damaged stretch: the demuxer finds its way again, or meets the end.
          failures += 1;
          this.#countDamage(Math.max(0, last));
          continue;
        }
        if (packet.streamIndex !== this.#video.streamIndex) {
          packet.unref();
          continue;
        }
        const ticks = packet.pts > noTime ? packet.pts : packet.dts;
        if (ticks <= noTime) this.#planned = false;
        const timeSeconds = ticks > noTime ? this.#video.seconds(ticks) : last;
        last = Math.max(last, timeSeconds);
        this.#packets += 1;
        this.#endSeconds = Math.max(
          this.#endSeconds,
          timeSeconds + Number(packet.duration > 0n ? packet.duration : 0n) * this.#video.tick,
        );
        const copy = packet.clone();
        const entry = { packet: copy!, size: packet.size, timeSeconds, keyframe: packet.isKeyframe };
        packet.unref();
        if (copy) yield entry;
      }
    } finally {
      packet.free();
    }
  }

  /** @param leanedOn the next group's first frames in presentation order build on this group's last ones (open GOP) */
  *#decodeGroup(group: Entry[], leanedOn: boolean): Generator<SampledFrame> {
    const needed = this.#planned ? this.#plan.chooseGroup(group) : group.length - 1;
    const last = leanedOn ? group.length - 1 : needed;
    this.#packetsSkipped += group.length - 1 - last;
    for (const { packet } of group.slice(last + 1)) packet.free();
    yield* this.#decode(group.slice(0, last + 1));
  }

  *#decode(entries: readonly Entry[]): Generator<SampledFrame> {
    for (const entry of entries) if (entry.wanted) this.#wanted.push(entry.timeSeconds);
    this.#wanted.sort((a, b) => a - b);
    let next = 0;
    try {
      for (const entry of entries) {
        next += 1;
        if (this.#skips) this.#skip(entry.wanted || !this.#planned ? 'default' : 'noref');
        const status = this.#decoder.sendPacketSync(entry.packet);
        entry.packet.free();
        if (status < 0 && status !== constants.AVERROR_EOF) this.#countDamage(entry.timeSeconds);
        yield* this.#receive();
      }
    } finally {
      for (const { packet } of entries.slice(next)) packet.free();
    }
  }

  #skip(what: 'default' | 'noref'): void {
    if (what === this.#skipping) return;
    this.#skipping = what;
    this.#decoder.setOption('skip_frame', what);
  }

  *#receive(): Generator<SampledFrame> {
    for (;;) {
      const status = this.#decoder.receiveFrameSync(this.#frame);
      if (status < 0) return;
      this.#framesDecoded += 1;
      const ticks = this.#frame.bestEffortTimestamp > noTime ? this.#frame.bestEffortTimestamp : this.#frame.pts;
      const timeSeconds = ticks > noTime ? this.#video.seconds(ticks) : this.#lastSeconds;
      if (this.#frame.decodeErrorFlags !== 0) this.#countDamage(timeSeconds);
      this.#lastSeconds = Math.max(this.#lastSeconds, timeSeconds);
      const points = glimpse(this.#frame);
      if (points) this.#glimpses.push({ timeSeconds, points });
      if (this.#takes(timeSeconds)) {
        const frame = this.#frame.clone();
        const glimpses = this.#glimpses;
        this.#glimpses = [];
        this.#framesSampled += 1;
        this.#frame.unref();
        if (frame) yield { frame, timeSeconds, glimpses };
      } else this.#frame.unref();
    }
  }

  #takes(timeSeconds: number): boolean {
    if (!this.#planned) return this.#plan.takes(timeSeconds);
    // A wanted frame that never came out of the decoder is replaced by the first one after it.
    let taken = false;
    while (this.#wanted.length > 0 && timeSeconds >= this.#wanted[0]! - this.#video.tick / 2) {
      this.#wanted.shift();
      taken = true;
    }
    return taken;
  }

  #countDamage(timeSeconds: number): void {
    this.#damaged += 1;
    const last = this.#damagedSpans.at(-1);
    if (last && timeSeconds - last.end < 1) last.end = Math.max(last.end, timeSeconds);
    else if (this.#damagedSpans.length < 1000) this.#damagedSpans.push({ start: timeSeconds, end: timeSeconds });
  }
}
