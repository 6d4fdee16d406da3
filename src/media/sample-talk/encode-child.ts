/** A process of its own that runs a filter graph without inputs through x264 into a file, by FFmpeg's libraries. */
import {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  Filter,
  FilterGraph,
  FilterInOut,
  FormatContext,
  Log,
  NativeFrame,
  Packet,
  Rational,
  constants,
} from '../node-av/native.ts';

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

  const output = new FormatContext();
  FFmpegError.throwIfError(output.allocOutputContext2(null, 'mp4', path), 'output');
  const codec = Codec.findEncoderByName(constants.FF_ENCODER_LIBX264);
  if (!codec) throw new Error('this FFmpeg has no libx264');
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = frame.width;
  encoder.height = frame.height;
  encoder.pixelFormat = constants.AV_PIX_FMT_YUV420P;
  encoder.timeBase = new Rational(1, rate);
  encoder.framerate = new Rational(rate, 1);
  encoder.sampleAspectRatio = new Rational(1, 1);
  encoder.gopSize = 250;
  encoder.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
  FFmpegError.throwIfError(encoder.open2Sync(codec, Dictionary.fromObject({ ...options })), 'libx264');
  const stream = output.newStream(codec);
  FFmpegError.throwIfError(stream.codecpar.fromContext(encoder), 'stream');
  stream.timeBase = encoder.timeBase;
  FFmpegError.throwIfError(output.openOutputSync(), path);
  FFmpegError.throwIfError(output.writeHeaderSync(null), path);

  const packet = new Packet();
  packet.alloc();
  const drain = (): void => {
    while (encoder.receivePacketSync(packet) >= 0) {
      packet.streamIndex = stream.index;
      packet.duration = 1n;
      packet.rescaleTs(encoder.timeBase, stream.timeBase);
      FFmpegError.throwIfError(output.interleavedWriteFrameSync(packet), path);
    }
  };
  for (let number = 0n; ; number += 1n) {
    frame.pts = number;
    frame.timeBase = encoder.timeBase;
    frame.pictType = constants.AV_PICTURE_TYPE_NONE;
    FFmpegError.throwIfError(encoder.sendFrameSync(frame), 'encode');
    drain();
    frame.unref();
    if (sink.buffersinkGetFrameSync(frame) < 0) break;
  }
  FFmpegError.throwIfError(encoder.sendFrameSync(null), 'encode');
  drain();
  FFmpegError.throwIfError(output.writeTrailerSync(), path);
  output.closeOutputSync();
}

process.once('message', (order: Order) => {
  Log.setLevel(constants.AV_LOG_QUIET);
  try {
    encode(order);
    process.send?.({ done: true });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
  process.disconnect();
});
