import { basename } from 'node:path';
import { FramesiftError } from '../../core/errors.ts';
import type { VideoInfo } from '../../core/video.ts';
import { displaySize, rotationOf, squareWithinRounding } from '../picture-size.ts';
import { containerList, foreignContainer } from '../containers.ts';
import { checkPixels, defaultLimits, type MediaLimits } from '../limits.ts';
import type { Hwaccel } from '../hwaccel.ts';
import { bringToMemory, chooseHardware } from './hardware.ts';
import type { Hardware } from './hardware.ts';
import {
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  NativeFrame,
  Packet,
  avGetPixFmtName,
  constants,
} from './native.ts';
import type { Stream } from './native.ts';

/** Time stamps at or below this mean "none" (AV_NOPTS_VALUE). */
export const noTime = -(2n ** 62n);

/** A file opened for demuxing, with its video stream and a decoder for it. */
export class OpenedVideo implements Disposable {
  readonly info: VideoInfo;
  readonly limits: MediaLimits;
  readonly streamIndex: number;
  /** Seconds in one tick of the stream's clock. */
  readonly tick: number;
  readonly startTicks: bigint;
  readonly #path: string;
  #format: FormatContext;
  #stream: Stream;
  readonly #hardware: Hardware | undefined;

  /** @throws FramesiftError `media`, or `dependency` where hardware that was named cannot be had */
  constructor(path: string, bytes: number, hwaccel: Hwaccel = 'none', limits: MediaLimits = defaultLimits) {
    this.#path = path;
    this.limits = limits;
    const name = basename(path);
    this.#format = openFormat(path);
    this.streamIndex = this.#format.findBestStream(constants.AVMEDIA_TYPE_VIDEO);
    if (this.streamIndex < 0) {
      const audio = this.#format.findBestStream(constants.AVMEDIA_TYPE_AUDIO) >= 0;
      const what = audio ? ' (audio only)' : '';
      throw new FramesiftError('media', `${path}: has no video stream${what}. Give a file with a video track.`);
    }
    const stream = this.#takeStream();
    this.#stream = stream;
    this.tick = stream.timeBase.num / stream.timeBase.den;
    this.startTicks = stream.startTime > noTime ? stream.startTime : 0n;
    const described = this.#describe(stream, name, bytes);
    const codec = Codec.findDecoder(stream.codecpar.codecId);
    const { hardware, refused } = codec
      ? chooseHardware(hwaccel, codec, (candidate) => this.#isDecodedBy(candidate))
      : {};
    this.#hardware = hardware;
    this.info = {
      ...described,
      ...(hardware ? { hardware: hardware.kind } : {}),
      ...(refused === undefined ? {} : { hardwareRefused: refused }),
    };
  }

  get format(): FormatContext {
    return this.#format;
  }

  /** Back to the first packet. By opening it again: not every container can be sought in. */
  rewind(): void {
    this[Symbol.dispose]();
    this.#format = openFormat(this.#path);
    this.#stream = this.#takeStream();
  }

  #takeStream(): Stream {
    for (const other of this.#format.streams) {
      if (other.index !== this.streamIndex) other.discard = constants.AVDISCARD_ALL;
    }
    return this.#format.streams[this.streamIndex]!;
  }

  /** @throws FramesiftError `media` when no decoder takes the stream */
  openDecoder(threads: number, hardware = this.#hardware): CodecContext {
    const parameters = this.#stream.codecpar;
    const codec = Codec.findDecoder(parameters.codecId);
    const context = new CodecContext();
    context.allocContext3(codec);
    if (hardware) {
      context.hwDeviceCtx = hardware.device;
      context.setHardwarePixelFormat(hardware.format);
    }
    const ready =
      codec !== null &&
      context.parametersToContext(parameters) >= 0 &&
      // A device does the work itself; threads beside it only add delay.
      ((context.threadCount = hardware ? 1 : threads), (context.pktTimebase = this.#stream.timeBase), true) &&
      // A stream may change its size on the way. (As an option: a dictionary with entries crashes node-av when it is collected.)
      context.setOption('max_pixels', String(Math.min(this.limits.maxPixels, 2 ** 31 - 1))) >= 0 &&
      context.open2Sync(codec, Dictionary.fromObject({})) >= 0;
    if (!ready) {
      context.freeContext();
      throw new FramesiftError(
        'media',
        `${this.#path}: no decoder for its video (${this.info.codec}). Convert it to H.264, for example with ffmpeg.`,
      );
    }
    return context;
  }

  /** The next frame that the decoder has ready, in memory. @returns a status of FFmpeg */
  receive(decoder: CodecContext, frame: NativeFrame): number {
    const status = decoder.receiveFrameSync(frame);
    return status < 0 || !this.#hardware ? status : bringToMemory(frame);
  }

  /** Decodes the first frame to see where it lies, and goes back to the first packet. */
  #isDecodedBy(hardware: Hardware): boolean {
    using packet = new Packet();
    using frame = new NativeFrame();
    packet.alloc();
    frame.alloc();
    let decoder: CodecContext | undefined;
    try {
      decoder = this.openDecoder(1, hardware);
      for (let packets = 0; packets < 300 && this.#format.readFrameSync(packet) >= 0;) {
        const ours = packet.streamIndex === this.streamIndex;
        if (ours) packets += 1;
        const sent = ours ? decoder.sendPacketSync(packet) : 0;
        packet.unref();
        if (sent >= 0 && decoder.receiveFrameSync(frame) >= 0) return frame.isHwFrame();
      }
      return false;
    } catch {
      return false;
    } finally {
      decoder?.freeContext();
      this.rewind();
    }
  }

  /** Container time stamp to seconds from the first frame. */
  seconds(ticks: bigint): number {
    return Number(ticks - this.startTicks) * this.tick;
  }

  #describe(stream: Stream, name: string, bytes: number): VideoInfo {
    const parameters = stream.codecpar;
    const coded = { width: parameters.width, height: parameters.height };
    if (coded.width <= 0 || coded.height <= 0) {
      throw new FramesiftError(
        'media',
        `${this.#path}: its video stream has no picture size (broken header). Check that it plays, or record it again.`,
      );
    }
    checkPixels(this.#path, coded, this.limits);
    const keys = constants.AV_PKT_DATA_ENCRYPTION_INIT_INFO;
    const locked = this.format.streams.some((other) => other.codecpar.getCodedSideData(keys) !== null);
    // Where only the sound is locked, the pictures' format was found out by decoding one.
    if (locked && parameters.format < 0) throw new FramesiftError('media', `${this.#path}: ${encryptedMessage}`);
    const aspect = stream.sampleAspectRatio.num > 0 ? stream.sampleAspectRatio : parameters.sampleAspectRatio;
    const pixelAspect = squareWithinRounding(aspect.num > 0 && aspect.den > 0 ? aspect.num / aspect.den : 1);
    const rotation = rotationOf(parameters.getCodedSideData(constants.AV_PKT_DATA_DISPLAYMATRIX));
    const display = displaySize(coded, pixelAspect, rotation);
    const duration = durationSeconds(stream, this.format, this.tick);
    const rate = stream.avgFrameRate.den > 0 ? stream.avgFrameRate.num / stream.avgFrameRate.den : 0;
    return {
      path: name,
      container: this.format.iformat?.name ?? 'unknown',
      codec: Codec.findDecoder(parameters.codecId)?.name ?? `codec ${parameters.codecId}`,
      pixelFormat: avGetPixFmtName(parameters.format as Parameters<typeof avGetPixFmtName>[0]) ?? 'unknown',
      width: display.width,
      height: display.height,
      codedWidth: coded.width,
      codedHeight: coded.height,
      rotation,
      pixelAspect,
      ...(duration === undefined ? {} : { durationSeconds: duration }),
      startSeconds: Number(this.startTicks) * this.tick,
      ...(rate > 0 ? { frameRate: rate } : {}),
      bytes,
    };
  }

  [Symbol.dispose](): void {
    this.format.closeInputSync();
    this.format.freeContext();
  }
}

export const encryptedMessage = 'is encrypted. Give a file without copy protection.';

/** FFmpeg's EINVAL: what it says of a container that is not among those allowed. */
const invalidArgument = -22;

/** @throws FramesiftError `media` */
function openFormat(path: string): FormatContext {
  const format = new FormatContext();
  const within = Dictionary.fromObject({ format_whitelist: containerList, protocol_whitelist: 'file' });
  // `file:` keeps a path with a colon in it from being read as a protocol.
  const status = format.openInputSync(`file:${path}`, null, within);
  if (status === invalidArgument) throw new FramesiftError('media', `${path}: ${foreignContainer}`);
  if (status < 0) {
    throw new FramesiftError(
      'media',
      `${path}: is not a video that can be read (unknown or broken container). Check that it plays, or record it again.`,
    );
  }
  format.findStreamInfoSync();
  return format;
}

function durationSeconds(stream: Stream, format: FormatContext, tick: number): number | undefined {
  if (stream.duration > 0n) return Number(stream.duration) * tick;
  // AV_TIME_BASE: the container counts in microseconds.
  if (format.duration > 0n) return Number(format.duration) / 1e6;
  return undefined;
}
