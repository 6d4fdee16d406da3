import type { Glimpse } from '../../core/frame.ts';
import { FramesiftError } from '../../core/errors.ts';
import type { DecodeReport, Sampler } from '../../core/video.ts';
import { tooManyFrames } from '../limits.ts';
import { SamplingPlan } from '../sampling-plan.ts';
import type { PlannedPacket } from '../sampling-plan.ts';
import { glimpse } from './glimpse.ts';
import { NativeFrame, Packet, constants } from './native.ts';
import type { CodecContext } from './native.ts';
import { encryptedMessage, noTime } from './opened-video.ts';
import type { OpenedVideo } from './opened-video.ts';
import type { Spent } from './spent.ts';

interface Entry extends PlannedPacket {
  readonly packet: Packet;
  readonly size: number;
}

/** A group of pictures is held compressed until it is whole, up to this many bytes or packets. */
const maxGroupBytes = 24 * 2 ** 20;
const maxGroupPackets = 3000;

/** Packets without a frame after which wanted ones are taken for lost: above any decoder's delay by threads and order. */
const maxInVain = 96;

/** Glimpses between two samples: 20 MB of them. */
const maxGlimpses = 4000;

/** Codecs whose decoders skip unreferenced frames when told so in mid-stream. VP9 and AV1 do not. */
const canSkipUnreferenced = new Set<number>([
  constants.AV_CODEC_ID_H264,
  constants.AV_CODEC_ID_HEVC,
  constants.AV_CODEC_ID_MPEG4,
  constants.AV_CODEC_ID_MPEG2VIDEO,
]);

/** How long others may wait for their turn, milliseconds: requests for pictures come while the next sample is far. */
const pauseEveryMs = 10;

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
  readonly #sampler: Sampler;
  readonly #threads: number;
  readonly #spent: Spent;
  #decoder: CodecContext;
  #plan: SamplingPlan;
  readonly #frame = new NativeFrame();
  readonly #wanted: number[] = [];
  readonly #skips: boolean;
  /** Times of the packets that are flagged as key frames and were sent to the decoder. */
  readonly #keyTimes = new Set<number>();
  #planned = true;
  /** A packet flagged as a key frame was none: what was left out was needed after all. */
  #misled = false;
  /** The decoder refused something since the last sampled frame, so wanted frames may never come. */
  #lost = false;
  /** Packets sent since a frame came out. */
  #sentInVain = 0;
  #sampledUntil = -Infinity;
  /** The end of the group before was not decoded. */
  #tailMissing = false;
  #pauseAt = 0;
  #encrypted = false;
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

  constructor(video: OpenedVideo, sampler: Sampler, threads: number, spent: Spent) {
    this.#spent = spent;
    this.#video = video;
    this.#sampler = sampler;
    this.#threads = threads;
    this.#decoder = video.openDecoder(threads);
    this.#plan = new SamplingPlan(sampler);
    this.#skips = canSkipUnreferenced.has(this.#decoder.codecId);
    this.#frame.alloc();
  }

  /** Yields each sampled frame, which then belongs to the caller; undefined now and then, so that others get their turn. */
  *frames(): Generator<SampledFrame | undefined> {
    try {
      yield* this.#walk();
      // Nothing came of what was chosen, as where a stream begins without a key frame: something may come of the rest.
      if (this.#misled || (this.#framesDecoded === 0 && this.#wanted.length > 0)) {
        this.#beginAgain();
        yield* this.#walk();
      }
    } finally {
      this.#frame.free();
      this.#decoder.freeContext();
    }
    // Nothing was wanted of a video that ends before the time to begin at.
    if (this.#framesDecoded > 0 || (this.#planned && this.#packets > 0 && this.#wanted.length === 0)) return;
    if (this.#encrypted) throw new FramesiftError('media', encryptedMessage);
    throw new FramesiftError('media', 'not one frame of its video could be decoded. Check that it plays.');
  }

  /** From the first packet, decoding everything; what was sampled before is not sampled again. */
  #beginAgain(): void {
    this.#misled = false;
    this.#planned = false;
    this.#tailMissing = false;
    this.#video.rewind();
    this.#decoder.freeContext();
    this.#decoder = this.#video.openDecoder(this.#threads);
    this.#plan = new SamplingPlan(this.#sampler);
    this.#wanted.length = 0;
    this.#keyTimes.clear();
    this.#skipping = '';
    this.#glimpses = [];
    [this.#packets, this.#packetsSkipped, this.#framesDecoded, this.#damaged] = [0, 0, 0, 0];
    this.#damagedSpans = [];
  }

  *#walk(): Generator<SampledFrame | undefined> {
    let group: Entry[] = [];
    let groupBytes = 0;
    // A whole group waits for the second packet of the next one, which tells whether that one leans on it.
    let whole: Entry[] = [];
    try {
      for (const entry of this.#read()) {
        if (whole.length > 0) {
          const next = group[0]?.timeSeconds ?? 0;
          yield* this.#decodeGroup(
            whole,
            Math.min(next, entry.timeSeconds),
            !entry.keyframe && entry.timeSeconds < next ? next : undefined,
          );
          whole = [];
        }
        if (this.#misled || this.#plan.finished) {
          entry.packet.free();
          break;
        }
        if (entry.keyframe && group.length > 0) {
          whole = group;
          group = [];
          groupBytes = 0;
        }
        group.push(entry);
        groupBytes += entry.size;
        if (groupBytes > maxGroupBytes || group.length > maxGroupPackets || !this.#planned) {
          if (this.#tailMissing) group = this.#withoutLeading(group);
          this.#tailMissing = false;
          const settled = this.#planned ? this.#plan.choosePart(group) : group.length;
          yield* this.#decode(group.splice(0, settled));
          groupBytes = group.reduce((sum, { size }) => sum + size, 0);
        }
      }
      if (!this.#misled && !this.#plan.finished) {
        yield* this.#decodeGroup(whole, group[0]?.timeSeconds);
        whole = [];
        if (this.#misled) return;
        yield* this.#decodeGroup(group, this.#video.info.durationSeconds);
        group = [];
      }
      if (this.#misled) return;
      this.#decoder.sendPacketSync(null);
      yield* this.#receive();
    } finally {
      for (const { packet } of [...whole, ...group]) packet.free();
    }
  }

  report(): DecodeReport {
    const { user, system } = process.cpuUsage();
    const duration = this.#video.info.durationSeconds;
    // Of frames far apart containers give durations that reach past the end they themselves tell.
    const end = Math.max(
      this.#lastSeconds,
      Math.min(this.#endSeconds, Math.max(duration ?? Infinity, this.#lastSeconds)),
    );
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
        const status = this.#spent.time('demux', () => this.#video.format.readFrameSync(packet));
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
        if (packet.getSideData(constants.AV_PKT_DATA_ENCRYPTION_INFO)) this.#encrypted = true;
        const timeSeconds = ticks > noTime ? this.#video.seconds(ticks) : last;
        last = Math.max(last, timeSeconds);
        this.#packets += 1;
        if (this.#packets > this.#video.limits.maxFrames) throw tooManyFrames(this.#video.limits);
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

  /**
   * @param nextSeconds when the frame after the group is shown, or the video ends, where that is known
   * @param leanedOn set where the next group's first frames in presentation order build on this group's last ones (open
   *   GOP): the time of the key frame that they come before
   */
  *#decodeGroup(whole: readonly Entry[], nextSeconds?: number, leanedOn?: number): Generator<SampledFrame | undefined> {
    const group = this.#tailMissing ? this.#withoutLeading(whole) : whole;
    let needed = this.#planned ? this.#plan.chooseGroup(group, nextSeconds) : group.length - 1;
    const lost = this.#lost || this.#sentInVain > maxInVain;
    if (lost && this.#wanted.length > 0 && group.length > 0) {
      // What the group before owes is replaced by this one's first frame.
      const first = group.reduce((least, { timeSeconds }) => Math.min(least, timeSeconds), Infinity);
      needed = Math.max(
        needed,
        group.findIndex(({ timeSeconds }) => timeSeconds === first),
      );
    }
    // Frames that lean on it are left out with its tail, unless one of them is wanted.
    const tailNeeded = leanedOn !== undefined && (!this.#planned || this.#plan.nextSeconds < leanedOn || lost);
    const last = tailNeeded ? group.length - 1 : needed;
    this.#tailMissing = last < group.length - 1;
    this.#packetsSkipped += group.length - 1 - last;
    for (const { packet } of group.slice(last + 1)) packet.free();
    yield* this.#decode(group.slice(0, last + 1));
  }

  /** Without the frames before the key frame, which build on a tail that was not decoded. None of them is wanted. */
  #withoutLeading(group: readonly Entry[]): Entry[] {
    // A part of a group that was cut for its size begins anywhere.
    const begins = group[0]?.keyframe ? group[0].timeSeconds : -Infinity;
    const leads = (entry: Entry): boolean => entry.timeSeconds < begins;
    for (const { packet } of group.filter(leads)) packet.free();
    this.#packetsSkipped += group.filter(leads).length;
    return group.filter((entry) => !leads(entry));
  }

  *#decode(entries: readonly Entry[]): Generator<SampledFrame | undefined> {
    for (const entry of entries) if (entry.wanted) this.#wanted.push(entry.timeSeconds);
    this.#wanted.sort((a, b) => a - b);
    let next = 0;
    try {
      for (const entry of entries) {
        next += 1;
        if (entry.keyframe && this.#planned) this.#keyTimes.add(entry.timeSeconds);
        this.#sentInVain += 1;
        if (this.#skips) this.#skip(entry.wanted || !this.#planned ? 'default' : 'noref');
        const status = this.#spent.time('decode', () => this.#decoder.sendPacketSync(entry.packet));
        entry.packet.free();
        if (status < 0 && status !== constants.AVERROR_EOF) {
          this.#lost = true;
          this.#countDamage(entry.timeSeconds);
        }
        yield* this.#receive();
        if (this.#misled) return;
        const now = performance.now();
        if (now < this.#pauseAt) continue;
        this.#pauseAt = now + pauseEveryMs;
        yield undefined;
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

  *#receive(): Generator<SampledFrame | undefined> {
    for (let refusals = 0; refusals < 100;) {
      const status = this.#spent.time('decode', () => this.#video.receive(this.#decoder, this.#frame));
      if (status === constants.AVERROR_EAGAIN || status === constants.AVERROR_EOF) return;
      if (status < 0) {
        // With several threads what is wrong with a packet is told here, some packets later.
        refusals += 1;
        this.#lost = true;
        this.#countDamage(this.#lastSeconds);
        continue;
      }
      this.#framesDecoded += 1;
      this.#sentInVain = 0;
      const ticks = this.#frame.bestEffortTimestamp > noTime ? this.#frame.bestEffortTimestamp : this.#frame.pts;
      const timeSeconds = ticks > noTime ? this.#video.seconds(ticks) : this.#lastSeconds;
      if (this.#keyTimes.delete(timeSeconds)) {
        if (this.#planned && leansOnOthers(this.#frame)) {
          this.#misled = true;
          this.#frame.unref();
          return;
        }
        // What was met of a group after its last sample depends on where a pass began: it is not told of.
        this.#glimpses = [];
      }
      if (this.#frame.decodeErrorFlags !== 0) this.#countDamage(timeSeconds);
      this.#lastSeconds = Math.max(this.#lastSeconds, timeSeconds);
      const points = this.#spent.time('glimpses', () => glimpse(this.#frame));
      if (points) this.#glimpses.push({ timeSeconds, points });
      // Of a thousand frames a second every other one says as much.
      if (this.#glimpses.length > maxGlimpses) this.#glimpses = this.#glimpses.filter((_, index) => index % 2 === 1);
      if (this.#takes(timeSeconds)) {
        const frame = this.#frame.clone();
        const glimpses = this.#glimpses;
        this.#glimpses = [];
        this.#lost = false;
        this.#frame.unref();
        if (timeSeconds <= this.#sampledUntil) {
          frame?.free();
          continue;
        }
        this.#sampledUntil = timeSeconds;
        this.#framesSampled += 1;
        if (frame) yield { frame, timeSeconds, glimpses };
      } else {
        // Up to where it had come before it began again, glimpses were given.
        if (timeSeconds <= this.#sampledUntil) this.#glimpses = [];
        this.#frame.unref();
      }
      if (this.#misled) return;
    }
  }

  #takes(timeSeconds: number): boolean {
    if (!this.#planned) return this.#plan.takes(timeSeconds);
    const slack = this.#video.tick / 2;
    const [wanted = Infinity] = this.#wanted;
    if (timeSeconds < wanted - slack) return false;
    if (timeSeconds > wanted + slack) {
      // The wanted frame never came out: packets and frames do not tally, so planning by packets is no good here.
      this.#misled = true;
      return false;
    }
    this.#wanted.shift();
    return true;
  }

  #countDamage(timeSeconds: number): void {
    this.#damaged += 1;
    const last = this.#damagedSpans.at(-1);
    if (last && timeSeconds - last.end < 1) last.end = Math.max(last.end, timeSeconds);
    else if (this.#damagedSpans.length < 1000) this.#damagedSpans.push({ start: timeSeconds, end: timeSeconds });
  }
}

/** True for a frame that is predicted from others and does not begin anything. Some decoders do not say: then false. */
function leansOnOthers(frame: NativeFrame): boolean {
  const { pictType } = frame;
  if (pictType === constants.AV_PICTURE_TYPE_NONE || pictType === constants.AV_PICTURE_TYPE_I) return false;
  return pictType !== constants.AV_PICTURE_TYPE_SI && frame.keyFrame === 0;
}
