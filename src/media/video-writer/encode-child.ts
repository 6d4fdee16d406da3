/** A process of its own that writes pictures as H.264 in MP4, by FFmpeg's libraries. */
import { FrameFilter } from '../node-av/filter.ts';
import { H264File } from '../node-av/h264-file.ts';
import { FFmpegError, Log, NativeFrame, constants } from '../node-av/native.ts';
import { encoding } from '../video-writer.ts';
import type { Picture } from '../../core/frame.ts';
import type { FromEncoder, ToEncoder } from './messages.ts';

/** Time units of a second: milliseconds, as pictures may come at any time. */
const timeUnits = 1000;

class Encoder {
  readonly #file: H264File;
  readonly #filter: FrameFilter;
  #last = -1n;

  constructor({ path, width, height, rate }: Extract<ToEncoder, { type: 'begin' }>) {
    const colours = 'out_range=tv:out_color_matrix=bt709';
    this.#filter = new FrameFilter(() => `scale=${width}:${height}:flags=bicubic:${colours},format=yuv420p`);
    this.#file = new H264File({ path, width, height, rate, timeUnits, options: encoding, bt709: true });
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
