import type { KeyframeLook } from '../../core/video.ts';
import type { Picture } from '../../core/frame.ts';
import { findBursts } from '../packet-bursts.ts';
import type { SizedPacket } from '../packet-bursts.ts';
import { NativeFrame, Packet, constants } from './native.ts';
import type { CodecContext } from './native.ts';
import { noTime } from './opened-video.ts';
import type { OpenedVideo } from './opened-video.ts';
import type { Spent } from './spent.ts';

/** A group this much shorter than the longest so far was ended early: the encoder saw the picture change. */
const shortGroup = 0.9;

interface Group {
  readonly keySeconds: number;
  readonly keyBytes: number;
  readonly packets: SizedPacket[];
}

/**
 * Decodes the key frames alone and takes the sizes of all other packets: a tenth of what full decoding costs. Ends early
 * where key frames or times cannot be trusted; then what was told so far is all that there is.
 *
 * @param luma makes the small picture of a decoded frame
 */
export function* keyframeLooks(
  video: OpenedVideo,
  span: { readonly fromSeconds: number; readonly untilSeconds: number },
  threads: number,
  luma: (frame: NativeFrame) => Picture,
  spent: Spent,
): Generator<KeyframeLook> {
  const decoder = video.openDecoder(threads);
  // Two such pictures are compared with each other alone: the loop filter would cost a fifth and change both alike.
  decoder.setOption('skip_loop_filter', 'all');
  const frame = new NativeFrame();
  const packet = new Packet();
  frame.alloc();
  packet.alloc();
  let group: Group | undefined;
  let longest = 0;
  /** Groups whose key frame has not come out of the decoder yet. */
  const waiting: Omit<KeyframeLook, 'luma'>[] = [];
  const pictures = new Map<number, Picture>();
  const close = (endSeconds: number): void => {
    if (!group) return;
    const { times, telling } = findBursts(group.keyBytes, group.packets);
    const cutShort = group.packets.length < shortGroup * longest;
    longest = Math.max(longest, group.packets.length);
    waiting.push({ timeSeconds: group.keySeconds, endSeconds, bursts: times, telling, cutShort, last: false });
  };
  function* ready(): Generator<KeyframeLook> {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const picture = pictures.get(next.timeSeconds);
      if (!picture) return;
      waiting.shift();
      pictures.delete(next.timeSeconds);
      yield { ...next, luma: picture };
    }
  }
  try {
    let last = 0;
    for (;;) {
      const status = spent.time('demux', () => video.format.readFrameSync(packet));
      // Damage is the business of the pass that decodes; here the looks simply end.
      if (status < 0) break;
      if (packet.streamIndex !== video.streamIndex || packet.pts <= noTime) {
        const timeless = packet.streamIndex === video.streamIndex;
        packet.unref();
        if (timeless) return;
        continue;
      }
      const timeSeconds = video.seconds(packet.pts);
      const { size: bytes, isKeyframe, flags } = packet;
      last = Math.max(last, timeSeconds);
      if (isKeyframe) {
        close(timeSeconds);
        group = undefined;
        if (timeSeconds >= span.untilSeconds) break;
        // What lies before is not asked for, and so is the group in which that begins.
        if (timeSeconds < span.fromSeconds) {
          packet.unref();
          continue;
        }
        group = { keySeconds: timeSeconds, keyBytes: bytes, packets: [] };
        const sent = spent.time('key frames', () => decoder.sendPacketSync(packet));
        if (sent < 0 || !receive(decoder, frame, video, pictures, luma, spent)) return;
      } else group?.packets.push({ timeSeconds, bytes, disposable: (flags & constants.AV_PKT_FLAG_DISPOSABLE) !== 0 });
      packet.unref();
      yield* ready();
    }
    close(last);
    spent.time('key frames', () => decoder.sendPacketSync(null));
    receive(decoder, frame, video, pictures, luma, spent);
    const final = waiting.pop();
    if (final) waiting.push({ ...final, last: true });
    yield* ready();
  } finally {
    packet.free();
    frame.free();
    decoder.freeContext();
  }
}

/** @returns false where a packet that says it is a key frame was none */
function receive(
  decoder: CodecContext,
  frame: NativeFrame,
  video: OpenedVideo,
  pictures: Map<number, Picture>,
  luma: (frame: NativeFrame) => Picture,
  spent: Spent,
): boolean {
  while (spent.time('key frames', () => video.receive(decoder, frame)) >= 0) {
    const { pictType } = frame;
    const ticks = frame.pts > noTime ? frame.pts : frame.bestEffortTimestamp;
    const whole = pictType === constants.AV_PICTURE_TYPE_I || pictType === constants.AV_PICTURE_TYPE_NONE;
    if (whole && ticks > noTime) pictures.set(video.seconds(ticks), luma(frame));
    frame.unref();
    if (!whole) return false;
  }
  return true;
}

/**
 * Times of all key frames at which decoding can begin, in order; nothing is decoded: 0.1 s for ten minutes of video. None
 * but the first where frames that are shown before a key frame come after it (open GOP): they need what came before.
 */
export function keyTimes(video: OpenedVideo): number[] {
  const times: number[] = [];
  const packet = new Packet();
  packet.alloc();
  try {
    while (video.format.readFrameSync(packet) >= 0) {
      const timed = packet.streamIndex === video.streamIndex && packet.pts > noTime;
      const { isKeyframe } = packet;
      const timeSeconds = timed ? video.seconds(packet.pts) : Infinity;
      packet.unref();
      if (!timed) continue;
      if (isKeyframe) times.push(timeSeconds);
      else if (timeSeconds < (times.at(-1) ?? -Infinity)) return times.slice(0, 1);
    }
  } finally {
    packet.free();
  }
  return times.toSorted((a, b) => a - b);
}
