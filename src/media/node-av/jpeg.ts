import { quantiserScale } from '../jpeg-quality.ts';
import { Codec, CodecContext, FFmpegError, Packet, Rational, constants } from './native.ts';
import type { NativeFrame } from './native.ts';

/** Encodes frames that are already full-range 4:2:0 into JPEGs, all of one size and quality. */
export class JpegEncoder implements Disposable {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #quality: number;
  #count = 0n;

  constructor(size: { readonly width: number; readonly height: number }, quality: number) {
    const codec = Codec.findEncoder(constants.AV_CODEC_ID_MJPEG);
    this.#context.allocContext3(codec);
    this.#context.width = size.width;
    this.#context.height = size.height;
    this.#context.pixelFormat = constants.AV_PIX_FMT_YUV420P;
    this.#context.colorRange = constants.AVCOL_RANGE_JPEG;
    this.#context.timeBase = new Rational(1, 25);
    this.#context.threadCount = 1;
    this.#context.qMin = 1;
    this.#context.setFlags(constants.AV_CODEC_FLAG_QSCALE);
    this.#quality = quantiserScale(quality) * constants.FF_QP2LAMBDA;
    this.#context.globalQuality = this.#quality;
    FFmpegError.throwIfError(this.#context.open2Sync(codec, null), 'JPEG encoder');
    this.#packet.alloc();
  }

  encode(frame: NativeFrame): Uint8Array {
    frame.quality = this.#quality;
    frame.pts = this.#count;
    this.#count += 1n;
    // A picture type left over from the video would be taken as a request.
    frame.pictType = constants.AV_PICTURE_TYPE_NONE;
    FFmpegError.throwIfError(this.#context.sendFrameSync(frame), 'JPEG');
    FFmpegError.throwIfError(this.#context.receivePacketSync(this.#packet), 'JPEG');
    const bytes = Uint8Array.from(this.#packet.data ?? []);
    this.#packet.unref();
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#packet.free();
    this.#context.freeContext();
  }
}
