import { Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Packet, Rational, constants } from './native.ts';
import type { NativeFrame } from './native.ts';

export interface H264FileOptions {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Pictures a second. */
  readonly rate: number;
  /** Units of a picture's time in a second. */
  readonly timeUnits: number;
  /** libx264's. */
  readonly options: Readonly<Record<string, string>>;
  /** Said of the colours where they are known: BT.709 in the range of television. */
  readonly bt709?: boolean;
}

/** Pictures as H.264 in an MP4, for processes that end when the file is written: nothing native is freed one by one. */
export class H264File {
  readonly timeBase: Rational;
  readonly #path: string;
  readonly #output = new FormatContext();
  readonly #encoder = new CodecContext();
  readonly #packet = new Packet();
  readonly #streamIndex: number;
  readonly #streamBase: Rational;
  /** Time units that a picture is shown. Without one the last is shown for no time at all, and players leave it out. */
  readonly #step: bigint;
  /** FFmpeg has taken these over: collected by JavaScript, they would be freed twice. */
  readonly #kept: unknown[] = [];

  constructor({ path, width, height, rate, timeUnits, options, bt709 = false }: H264FileOptions) {
    this.#path = path;
    this.#step = BigInt(Math.round(timeUnits / rate));
    FFmpegError.throwIfError(this.#output.allocOutputContext2(null, 'mp4', path), 'output');
    const codec = Codec.findEncoderByName(constants.FF_ENCODER_LIBX264);
    if (!codec) throw new Error('this FFmpeg has no libx264');
    const encoder = this.#encoder;
    encoder.allocContext3(codec);
    encoder.width = width;
    encoder.height = height;
    encoder.pixelFormat = constants.AV_PIX_FMT_YUV420P;
    if (bt709) {
      encoder.colorRange = constants.AVCOL_RANGE_MPEG;
      encoder.colorSpace = constants.AVCOL_SPC_BT709;
    }
    this.timeBase = new Rational(1, timeUnits);
    encoder.timeBase = this.timeBase;
    encoder.framerate = new Rational(Math.round(rate * 1000), 1000);
    encoder.sampleAspectRatio = new Rational(1, 1);
    encoder.gopSize = 250;
    encoder.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
    const settings = Dictionary.fromObject({ ...options });
    FFmpegError.throwIfError(encoder.open2Sync(codec, settings), 'libx264');
    const stream = this.#output.newStream(codec);
    FFmpegError.throwIfError(stream.codecpar.fromContext(encoder), 'stream');
    stream.timeBase = encoder.timeBase;
    FFmpegError.throwIfError(this.#output.openOutputSync(), path);
    FFmpegError.throwIfError(this.#output.writeHeaderSync(null), path);
    this.#kept.push(codec, settings, stream);
    this.#streamIndex = stream.index;
    // The container chooses its own when the header is written.
    this.#streamBase = stream.timeBase;
    this.#packet.alloc();
  }

  /** @param pts in time units, above that of the picture before. The frame is borrowed. */
  write(frame: NativeFrame, pts: bigint): void {
    frame.pts = pts;
    frame.timeBase = this.timeBase;
    frame.pictType = constants.AV_PICTURE_TYPE_NONE;
    FFmpegError.throwIfError(this.#encoder.sendFrameSync(frame), 'encode');
    this.#drain();
  }

  end(): void {
    FFmpegError.throwIfError(this.#encoder.sendFrameSync(null), 'encode');
    this.#drain();
    FFmpegError.throwIfError(this.#output.writeTrailerSync(), this.#path);
    this.#output.closeOutputSync();
  }

  #drain(): void {
    while (this.#encoder.receivePacketSync(this.#packet) >= 0) {
      this.#packet.streamIndex = this.#streamIndex;
      this.#packet.duration = this.#step;
      this.#packet.rescaleTs(this.timeBase, this.#streamBase);
      FFmpegError.throwIfError(this.#output.interleavedWriteFrameSync(this.#packet), this.#path);
    }
  }
}
