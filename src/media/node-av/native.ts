/**
 * The only file that touches node-av. Its native part is FFmpeg built as GPLv3 (see docs/licences.md), and misuse of it
 * ends the process, so it is imported by the decoding process alone.
 */
export {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  Filter,
  FilterGraph,
  FilterInOut,
  FormatContext,
  HardwareDeviceContext,
  Frame as NativeFrame,
  Log,
  Packet,
  Rational,
} from 'node-av/lib';
export type { FilterContext, Stream } from 'node-av/lib';
export * as constants from 'node-av/constants';
export { avGetPixFmtName } from 'node-av/lib';
