import { FrameFilter } from '../../../src/media/node-av/filter.ts';
import {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  NativeFrame,
  Packet,
  Rational,
  constants,
} from '../../../src/media/node-av/native.ts';
import { endingOf } from './endings.ts';
import type { Choices } from './kinds.ts';

/** How a talk is coded. */
export interface Coding {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Frames a second; times are given in frames. */
  readonly rate: number;
  /** Frames from one key frame to the next, at most. */
  readonly keyFrames: number;
  readonly codec: Choices['codec'];
  /** As x264 understands it; for other codecs a value of about the same look. */
  readonly crf: number;
  readonly interlaced: boolean;
}

const encoders = {
  h264: 'libx264',
  hevc: 'libx265',
  vp9: 'libvpx-vp9',
  av1: 'libsvtav1',
} as const;

function optionsOf({ codec, crf, interlaced }: Coding): Record<string, string> {
  switch (codec) {
    case 'h264': {
      const fields = interlaced ? { flags: '+ildct+ilme', 'x264-params': 'tff=1' } : {};
      return { preset: 'veryfast', crf: String(crf), threads: '1', ...fields };
    }
    case 'hevc':
      return { preset: 'ultrafast', crf: String(crf + 2), 'x265-params': 'log-level=none:pools=1:frame-threads=1' };
    case 'vp9':
      return { deadline: 'realtime', 'cpu-used': '8', crf: String(Math.round(crf * 1.3)), threads: '1' };
    case 'av1':
    default:
      return { preset: '12', crf: String(Math.round(crf * 1.4)), 'svtav1-params': 'lp=1' };
  }
}

/** Writes RGBA pictures into a file; for a process that ends when it is written: nothing native is freed one by one. */
export class CodedFile {
  readonly #coding: Coding;
  readonly #filter: FrameFilter;
  readonly #output = new FormatContext();
  readonly #encoder = new CodecContext();
  readonly #packet = new Packet();
  readonly #timeBase: Rational;
  readonly #streamBase: Rational;
  /** FFmpeg has taken these over: collected by JavaScript, they would be freed twice. */
  readonly #kept: unknown[] = [];
  #converted: NativeFrame | undefined;

  constructor(coding: Coding) {
    this.#coding = coding;
    const { path, width, height, rate } = coding;
    const lines = coding.interlaced ? ':interl=1' : '';
    this.#filter = new FrameFilter(
      () => `scale=${width}:${height}:out_range=tv:out_color_matrix=bt709${lines},format=yuv420p`,
    );
    FFmpegError.throwIfError(this.#output.allocOutputContext2(null, endingOf(coding.codec), path), 'output');
    const codec = Codec.findEncoderByName(encoders[coding.codec] as Parameters<typeof Codec.findEncoderByName>[0]);
    if (!codec) throw new Error(`this FFmpeg has no ${encoders[coding.codec]}`);
    const encoder = this.#encoder;
    encoder.allocContext3(codec);
    encoder.width = width;
    encoder.height = height;
    encoder.pixelFormat = constants.AV_PIX_FMT_YUV420P;
    encoder.colorRange = constants.AVCOL_RANGE_MPEG;
    encoder.colorSpace = constants.AVCOL_SPC_BT709;
    this.#timeBase = new Rational(1, rate);
    encoder.timeBase = this.#timeBase;
    encoder.framerate = new Rational(rate, 1);
    encoder.sampleAspectRatio = new Rational(1, 1);
    encoder.gopSize = coding.keyFrames;
    encoder.bitRate = 0n;
    encoder.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
    const settings = Dictionary.fromObject(optionsOf(coding));
    FFmpegError.throwIfError(encoder.open2Sync(codec, settings), encoders[coding.codec]);
    const stream = this.#output.newStream(codec);
    FFmpegError.throwIfError(stream.codecpar.fromContext(encoder), 'stream');
    stream.timeBase = encoder.timeBase;
    FFmpegError.throwIfError(this.#output.openOutputSync(), path);
    FFmpegError.throwIfError(this.#output.writeHeaderSync(null), path);
    this.#kept.push(codec, settings, stream);
    this.#streamBase = stream.timeBase;
    this.#packet.alloc();
  }

  /** @param rgba the picture at a frame, or undefined where it is the one before once more */
  write(rgba: Uint8Array | undefined, place: number): void {
    if (rgba) this.#convert(rgba);
    const frame = this.#converted!;
    frame.pts = BigInt(place);
    frame.timeBase = this.#timeBase;
    frame.pictType = constants.AV_PICTURE_TYPE_NONE;
    FFmpegError.throwIfError(this.#encoder.sendFrameSync(frame), 'encode');
    this.#drain();
  }

  end(): void {
    FFmpegError.throwIfError(this.#encoder.sendFrameSync(null), 'encode');
    this.#drain();
    FFmpegError.throwIfError(this.#output.writeTrailerSync(), this.#coding.path);
    this.#output.closeOutputSync();
  }

  #convert(rgba: Uint8Array): void {
    const { width, height } = this.#coding;
    using frame = new NativeFrame();
    frame.alloc();
    frame.format = constants.AV_PIX_FMT_RGBA;
    frame.width = width;
    frame.height = height;
    frame.colorRange = constants.AVCOL_RANGE_JPEG;
    FFmpegError.throwIfError(frame.getBuffer(), 'frame');
    const plane = frame.data?.[0];
    const stride = frame.linesize[0] ?? 0;
    if (!plane) throw new Error('frame without pixels');
    if (stride === width * 4) plane.set(rgba);
    else for (let y = 0; y < height; y += 1) plane.set(rgba.subarray(y * width * 4, (y + 1) * width * 4), y * stride);
    this.#converted?.free();
    this.#converted = this.#filter.apply(frame);
  }

  #drain(): void {
    while (this.#encoder.receivePacketSync(this.#packet) >= 0) {
      this.#packet.streamIndex = 0;
      this.#packet.duration = 1n;
      this.#packet.rescaleTs(this.#timeBase, this.#streamBase);
      FFmpegError.throwIfError(this.#output.interleavedWriteFrameSync(this.#packet), this.#coding.path);
    }
  }
}
