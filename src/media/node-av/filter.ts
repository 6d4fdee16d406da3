import { FFmpegError, Filter, FilterGraph, FilterInOut, NativeFrame, constants } from './native.ts';
import type { FilterContext } from './native.ts';

interface Pipe {
  readonly key: string;
  readonly graph: FilterGraph;
  readonly source: FilterContext;
  readonly sink: FilterContext;
}

/** An FFmpeg filter chain over single frames; built again when the frames' own shape or colours change. */
export class FrameFilter implements Disposable {
  readonly #describe: (frame: NativeFrame) => string;
  #pipe: Pipe | undefined;

  /** @param describe gives the chain, such as `scale=384:216:flags=area,format=gray`, for the frame at hand */
  constructor(describe: (frame: NativeFrame) => string) {
    this.#describe = describe;
  }

  /** @returns a new frame, owned by the caller. Throws FFmpegError. */
  apply(frame: NativeFrame): NativeFrame {
    const pipe = this.#pipeFor(frame);
    FFmpegError.throwIfError(
      pipe.source.buffersrcAddFrameSync(frame, constants.AV_BUFFERSRC_FLAG_KEEP_REF),
      'filter in',
    );
    const out = new NativeFrame();
    out.alloc();
    const status = pipe.sink.buffersinkGetFrameSync(out);
    if (status < 0) out.free();
    FFmpegError.throwIfError(status, 'filter out');
    return out;
  }

  #pipeFor(frame: NativeFrame): Pipe {
    const chain = this.#describe(frame);
    const key = `${frame.width}x${frame.height} ${frame.format} ${frame.colorSpace} ${frame.colorRange} ${chain}`;
    if (this.#pipe?.key !== key) {
      this[Symbol.dispose]();
      this.#pipe = { key, ...build(frame, chain) };
    }
    return this.#pipe;
  }

  [Symbol.dispose](): void {
    this.#pipe?.graph.free();
    this.#pipe = undefined;
  }
}

function build(frame: NativeFrame, chain: string): Omit<Pipe, 'key'> {
  const graph = new FilterGraph();
  graph.alloc();
  graph.nbThreads = 1;
  const source = graph.allocFilter(Filter.getByName('buffer')!, 'in');
  const sink = graph.createFilter(Filter.getByName('buffersink')!, 'out', null);
  if (!source || !sink) throw new Error('no filter graph');
  FFmpegError.throwIfError(
    source.buffersrcParametersSet({
      width: frame.width,
      height: frame.height,
      format: frame.format,
      // Times are not used: frames go through one by one.
      timeBase: { num: 1, den: 1000 },
      sampleAspectRatio: { num: 1, den: 1 },
      colorRange: frame.colorRange,
      colorSpace: frame.colorSpace,
    }),
    'filter source',
  );
  FFmpegError.throwIfError(source.init(null), 'filter source');
  const from = FilterInOut.createList([{ name: 'in', filterCtx: source, padIdx: 0 }]);
  const to = FilterInOut.createList([{ name: 'out', filterCtx: sink, padIdx: 0 }]);
  FFmpegError.throwIfError(graph.parsePtr(chain, to, from), 'filter chain');
  FFmpegError.throwIfError(graph.configSync(), 'filter graph');
  return { graph, source, sink };
}

/** The filters that turn a decoded frame upright. */
export function uprightChain(rotation: number): string {
  switch (rotation) {
    case 90:
      return ',transpose=clock';
    case 180:
      return ',hflip,vflip';
    case 270:
      return ',transpose=cclock';
    default:
      return '';
  }
}

/** Copies one plane of packed rows out of native memory, without the padding at the end of each row. */
export function packedRows(frame: NativeFrame, bytesPerPixel: number): Uint8Array {
  const plane = frame.data?.[0];
  const stride = frame.linesize[0] ?? 0;
  if (!plane) throw new Error('frame without pixels');
  const row = frame.width * bytesPerPixel;
  const out = new Uint8Array(row * frame.height);
  for (let y = 0; y < frame.height; y += 1) out.set(plane.subarray(y * stride, y * stride + row), y * row);
  return out;
}
