/** A process of its own that writes pictures as H.264 in MP4, by FFmpeg's libraries. */
import { FrameFilter } from '../node-av/filter.ts';
import { H264File } from '../node-av/h264-file.ts';
import { FFmpegError, Log, NativeFrame, constants } from '../node-av/native.ts';
import { encoding } from '../video-writer.ts';
import type { Picture } from '../../core/frame.ts';
import { serve } from '../../stream/rpc.ts';
import type { EncoderMethods, TimedPicture, VideoFile } from './messages.ts';

/** Time units of a second: milliseconds, as pictures may come at any time. */
const timeUnits = 1000;

class Encoder {
  readonly #file: H264File;
  readonly #filter: FrameFilter;
  #last = -1n;

  constructor({ path, width, height, rate }: VideoFile) {
    const colours = 'out_range=tv:out_color_matrix=bt709';
    this.#filter = new FrameFilter(() => `scale=${width}:${height}:flags=bicubic:${colours},format=yuv420p`);
    this.#file = new H264File({ path, width, height, rate, timeUnits, options: encoding, bt709: true });
  }

  write({ picture, timeSeconds }: TimedPicture): void {
    using frame = new NativeFrame();
    frame.alloc();
    frame.format = constants.AV_PIX_FMT_RGB24;
    frame.width = picture.width;
    frame.height = picture.height;
    frame.colorRange = constants.AVCOL_RANGE_JPEG;
    FFmpegError.throwIfError(frame.getBuffer(), 'frame');
    copyRows(picture, frame);
    using scaled = this.#filter.apply(frame);
    const pts = BigInt(Math.round(timeSeconds * timeUnits));
    this.#last = pts > this.#last ? pts : this.#last + 1n;
    this.#file.write(scaled, this.#last);
  }

  end(): void {
    this.#file.end();
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
serve<EncoderMethods>({
  begin: (file) => {
    encoder = new Encoder(file);
  },
  write: (picture) => encoder!.write(picture),
  end: () => encoder!.end(),
});
// Ctrl-C reaches the whole group of processes; the parent decides when this one ends.
process.on('SIGINT', () => {});
