/** A process of its own that runs a filter graph without inputs through x264 into a file, by FFmpeg's libraries. */
import { H264File } from '../node-av/h264-file.ts';
import { FFmpegError, Filter, FilterGraph, FilterInOut, Log, NativeFrame, constants } from '../node-av/native.ts';
import { serve, type Method } from '../../stream/rpc.ts';

export interface TalkEncoderMethods {
  readonly encode: Method<Order>;
}

interface Order {
  readonly graph: string;
  readonly path: string;
  readonly rate: number;
  readonly options: Readonly<Record<string, string>>;
}

/** Every native object belongs to this process, which ends when the file is written: nothing is freed one by one. */
function encode({ graph: description, path, rate, options }: Order): void {
  const graph = new FilterGraph();
  graph.alloc();
  const sink = graph.createFilter(Filter.getByName('buffersink')!, 'out', null);
  if (!sink) throw new Error('no filter graph');
  const open = FilterInOut.createList([{ name: 'out', filterCtx: sink, padIdx: 0 }]);
  FFmpegError.throwIfError(graph.parsePtr(`${description}[out]`, open, null), 'filter graph');
  FFmpegError.throwIfError(graph.configSync(), 'filter graph');

  const frame = new NativeFrame();
  frame.alloc();
  FFmpegError.throwIfError(sink.buffersinkGetFrameSync(frame), 'first frame');

  const { width, height } = frame;
  const file = new H264File({ path, width, height, rate, timeUnits: rate, options });
  for (let number = 0n; ; number += 1n) {
    file.write(frame, number);
    frame.unref();
    if (sink.buffersinkGetFrameSync(frame) < 0) break;
  }
  file.end();
}

Log.setLevel(constants.AV_LOG_QUIET);
serve<TalkEncoderMethods>({ encode });
