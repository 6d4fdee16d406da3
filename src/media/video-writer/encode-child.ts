/** A process of its own that writes pictures as H.264 in MP4, by FFmpeg's libraries. */
import { FrameFilter } from '../node-av/filter.ts';
import {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  Log,
  NativeFrame,
  Packet,
  Rational,
  constants,
} from '../node-av/native.ts';
import { encoding } from '../video-writer.ts';
import type { Picture } from '../../core/frame.ts';
import type { FromEncoder, ToEncoder } from './messages.ts';

/** Every native object belongs to this process, which ends when the file is written: nothing is freed one by one. */
class Encoder {
  readonly #output = new FormatContext();
  readonly #encoder = new CodecContext();
  readonly #packet = new Packet();
  readonly #filter: FrameFilter;
  readonly #streamIndex: number;
  readonly #streamBase: Rational;
  /** FFmpeg has taken these over: collected by JavaScript, they would be freed twice. */
  readonly #kept: unknown[] = [];
  /** Milliseconds that a picture is shown. */
  readonly #step: bigint;
  #last = -1n;

  constructor({ path, width, height, rate }: Extract<ToEncoder, { type: 'begin' }>) {
    this.#step = BigInt(Math.round(1000 / rate));
    const colours = 'out_range=tv:out_color_matrix=bt709';
    this.#filter = new FrameFilter(() => `scale=${width}:${height}:flags=bicubic:${colours},format=yuv420p`);
    FFmpegError.throwIfError(this.#output.allocOutputContext2(null, 'mp4', path), 'output');
    const codec = Codec.findEncoderByName(constants.FF_ENCODER_LIBX264);
    if (!codec) throw new Error('this FFmpeg has no libx264');
    const encoder = this.#encoder;
    encoder.allocContext3(codec);
    encoder.width = width;
    encoder.height = height;
    encoder.pixelFormat = constants.AV_PIX_FMT_YUV420P;
    encoder.colorRange = constants.AVCOL_RANGE_MPEG;
    encoder.colorSpace = constants.AVCOL_SPC_BT709;
    encoder.timeBase = new Rational(1, 1000);
    encoder.framerate = new Rational(Math.round(rate * 1000), 1000);
    encoder.sampleAspectRatio = new Rational(1, 1);
    encoder.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
    const settings = Dictionary.fromObject({ ...encoding });
    FFmpegError.throwIfError(encoder.open2Sync(codec, settings), 'libx264');
    const stream = this.#output.newStream(codec);
    FFmpegError.throwIfError(stream.codecpar.fromContext(encoder), 'stream');
    stream.timeBase = encoder.timeBase;
    this.#streamIndex = stream.index;
    FFmpegError.throwIfError(this.#output.openOutputSync(), path);
    FFmpegError.throwIfError(this.#output.writeHeaderSync(null), path);
    this.#kept.push(codec, settings, stream);
    // The container chooses its own when the header is written.
    this.#streamBase = stream.timeBase;
    this.#packet.alloc();
  }

  write({ picture, timeSeconds }: Extract<ToEncoder, { type: 'frame' }>): void {
    using frame = new NativeFrame();
    frame.alloc();
    frame.format = constants.AV_PIX_FMT_RGB24;
    frame.width = picture.width;
    frame.height = picture.height;
    frame.colorRange = constants.AVCOL_RANGE_JPEG;
    FFmpegError.throwIfError(frame.getBuffer(), 'frame');
    copyRows(picture, frame);
    using scaled = this.#filter.apply(frame);
    const pts = BigInt(Math.round(timeSeconds * 1000));
    this.#last = pts > this.#last ? pts : this.#last + 1n;
    scaled.pts = this.#last;
    scaled.timeBase = this.#encoder.timeBase;
    scaled.pictType = constants.AV_PICTURE_TYPE_NONE;
    FFmpegError.throwIfError(this.#encoder.sendFrameSync(scaled), 'encode');
    this.#drain();
  }

  end(): void {
    FFmpegError.throwIfError(this.#encoder.sendFrameSync(null), 'encode');
    this.#drain();
    FFmpegError.throwIfError(this.#output.writeTrailerSync(), 'end of file');
    this.#output.closeOutputSync();
  }

  #drain(): void {
    while (this.#encoder.receivePacketSync(this.#packet) >= 0) {
      this.#packet.streamIndex = this.#streamIndex;
      // Without one the last picture is shown for no time at all, and players leave it out.
      this.#packet.duration = this.#step;
      this.#packet.rescaleTs(this.#encoder.timeBase, this.#streamBase);
      FFmpegError.throwIfError(this.#output.interleavedWriteFrameSync(this.#packet), 'write');
    }
  }
}

/** Row by row, for those of a frame are padded. */
function copyRows({ data, width, height }: Picture, frame: NativeFrame): void {
  const plane = frame.data?.[0];
  const stride = frame.linesize[0] ?? 0;
  if (!plane) throw new Error('frame without pixels');
  const row = width * 3;
  for (let y = 0; y < height; y += 1) plane.set(data.subarray(y * row, (y + 1) * row), y * stride);
}

Log.setLevel(constants.AV_LOG_QUIET);
let encoder: Encoder | undefined;
process.on('message', (message: ToEncoder) => {
  let answer: FromEncoder = {};
  try {
    if (message.type === 'begin') encoder = new Encoder(message);
    else if (message.type === 'frame') encoder!.write(message);
    else encoder!.end();
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(answer);
});
// Ctrl-C reaches the whole group of processes; the parent decides when this one ends.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
