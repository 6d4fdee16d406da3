/**
 * The decoding process. FFmpeg's native code runs here alone, so that a crash in it costs one video; pixels at full
 * resolution stay here too, and only what is asked for crosses to the parent.
 */
import type { Glimpse, Picture } from '../../core/frame.ts';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { Sampler } from '../../core/video.ts';
import type { FromDecoder, ToDecoder } from '../protocol.ts';
import { DecodePass } from './decode-pass.ts';
import { keyframeLooks, keyTimes } from './keyframe-pass.ts';
import { Log, constants } from './native.ts';
import type { NativeFrame } from './native.ts';
import { OpenedVideo } from './opened-video.ts';
import { Spent } from './spent.ts';
import { Stills } from './still.ts';

interface Held {
  readonly frame: NativeFrame;
  readonly glimpses: readonly Glimpse[];
}

Log.setLevel(constants.AV_LOG_QUIET);

const held = new Map<number, Held>();
const spent = new Spent();
let video: OpenedVideo | undefined;
let stills: Stills | undefined;
let path = '';
let threads = 0;
let read = false;
let credit = 0;
/** Frames are numbered through all passes, for those of an earlier pass may still be held. */
let frameCount = 0;
let stoppedPass = 0;
let passes: Promise<void> = Promise.resolve();
let wake = (): void => {};

function tell(message: FromDecoder): void {
  // The parent may be gone already; then `disconnect` ends this process.
  if (process.connected) process.send?.(message);
}

function fail(error: unknown): void {
  const code = error instanceof FramesiftError ? error.code : 'media';
  const text = messageOf(error);
  tell({ type: 'failed', code, message: text.startsWith(path) ? text : `${path}: ${text}` });
}

const luma = (frame: NativeFrame): Picture => spent.time('small pictures', () => stills!.luma(frame));

/** Whatever reads packets begins with this: another pass may have read some. */
function fromFirstPacket(): void {
  if (read) video!.rewind();
  read = true;
}

async function decode(pass: number, sampler: Sampler, allowed: number): Promise<void> {
  fromFirstPacket();
  credit = allowed;
  const stopped = (): boolean => stoppedPass >= pass;
  const decoding = new DecodePass(video!, sampler, threads, spent);
  for (const sampled of decoding.frames()) {
    if (!sampled) {
      await new Promise(setImmediate);
      if (stopped()) break;
      continue;
    }
    const frame = frameCount;
    frameCount += 1;
    held.set(frame, sampled);
    tell({ type: 'frame', pass, frame, timeSeconds: sampled.timeSeconds, luma: luma(sampled.frame) });
    await turn(stopped);
    if (stopped()) break;
  }
  tell({ type: 'ended', pass, report: decoding.report() });
}

/** Requests for pixels and releases are served between two frames, and while waiting for credit. */
async function turn(stopped: () => boolean): Promise<void> {
  credit -= 1;
  await new Promise(setImmediate);
  if (credit > 0 || stopped()) return;
  await spent.idle(async () => {
    while (credit <= 0 && !stopped()) await new Promise<void>((resolve) => (wake = resolve));
  });
}

async function look({ pass, credit: allowed, ...span }: Extract<ToDecoder, { type: 'look' }>): Promise<void> {
  fromFirstPacket();
  credit = allowed;
  const stopped = (): boolean => stoppedPass >= pass;
  for (const seen of keyframeLooks(video!, span, threads, luma, spent)) {
    tell({ type: 'look', pass, look: seen });
    await turn(stopped);
    if (stopped()) break;
  }
  tell({ type: 'looked', pass });
}

function answer(request: number, frame: number, make: (held: Held) => FromDecoder): void {
  try {
    const found = held.get(frame);
    if (!found || !stills) throw new Error('the frame was released already');
    tell(make(found));
  } catch (error) {
    tell({ type: 'refused', request, message: messageOf(error) });
  }
}

function obey(message: ToDecoder): void {
  switch (message.type) {
    case 'open':
      path = message.path;
      threads = message.threads;
      video = new OpenedVideo(path, message.bytes, message.hwaccel, message.limits);
      stills = new Stills(video.info, video.info.rotation);
      tell({ type: 'opened', info: video.info });
      return;
    case 'decode':
      passes = passes.then(() => decode(message.pass, message.sampler, message.credit)).catch(fail);
      return;
    case 'look':
      passes = passes.then(() => look(message)).catch(fail);
      return;
    case 'key-times':
      passes = passes.then(() => {
        fromFirstPacket();
        tell({ type: 'key-times', request: message.request, times: keyTimes(video!) });
      });
      passes = passes.catch(fail);
      return;
    case 'credit':
      credit += message.frames;
      wake();
      return;
    case 'rgb':
      answer(message.request, message.frame, ({ frame }) => {
        return {
          type: 'picture',
          request: message.request,
          picture: spent.time('full pictures', () => stills!.rgb(frame, message.longestSide)),
        };
      });
      return;
    case 'jpeg':
      answer(message.request, message.frame, ({ frame }) => {
        return {
          type: 'bytes',
          request: message.request,
          bytes: spent.time('JPEG', () => stills!.jpeg(frame, message.options)),
        };
      });
      return;
    case 'glimpses':
      answer(message.request, message.frame, ({ glimpses }) => {
        return { type: 'glimpsed', request: message.request, glimpses };
      });
      return;
    case 'spent':
      tell({ type: 'spent', request: message.request, time: spent.report() });
      return;
    case 'release':
      held.get(message.frame)?.frame.free();
      held.delete(message.frame);
      return;
    case 'stop':
      stoppedPass = message.pass;
      wake();
  }
}

process.on('message', (message: ToDecoder) => {
  try {
    obey(message);
  } catch (error) {
    fail(error);
  }
});
// Ctrl-C reaches the whole group of processes; the parent decides when this one ends.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
