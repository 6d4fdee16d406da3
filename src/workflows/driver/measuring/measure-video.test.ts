import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FaceMeasurement } from '../../../core/face.ts';
import type { Frame } from '../../../core/frame.ts';
import type { Measure } from '../../../core/measurement.ts';
import type { FrameSource } from '../../../core/video.ts';
import { measureVideo } from './measure-video.ts';

/** A source of empty frames that counts those alive. */
function source(count: number): FrameSource & { alive: number; most: number } {
  const luma = { data: new Uint8Array(1), width: 1, height: 1, channels: 1 } as const;
  const own = {
    alive: 0,
    most: 0,
    info: {} as FrameSource['info'],
    async *frames() {
      for (let index = 0; index < count; index++) {
        own.alive += 1;
        own.most = Math.max(own.most, own.alive);
        const frame: Frame = {
          timeSeconds: index / 10,
          luma,
          glimpses: async () => [],
          rgb: async () => luma,
          jpeg: async () => new Uint8Array(),
          [Symbol.dispose]: () => void (own.alive -= 1),
        };
        yield frame;
      }
    },
    report: (): never => assert.fail('not asked for'),
    [Symbol.asyncDispose]: async () => {},
  };
  return own;
}

/** Takes longer for every second frame, so that answers would come in the wrong order if they were not awaited in turn. */
function slow(failAt = Infinity): Measure<FaceMeasurement> {
  return {
    id: 'slow',
    async of([frame]) {
      const { timeSeconds } = frame!;
      await new Promise((resolve) => setTimeout(resolve, Math.round(timeSeconds * 10) % 2 === 0 ? 8 : 1));
      if (timeSeconds >= failAt) throw new Error('the network broke');
      return [
        {
          timeSeconds,
          picture: { brightness: 0, contrast: 0, detail: 0 },
          faces: 0,
          lookedForPhone: false,
          lookedForHands: false,
        },
      ];
    },
  };
}

const { signal } = new AbortController();

describe('measuring a video', () => {
  test('measurements come in the order of time, and few frames are alive at once', async () => {
    const frames = source(20);
    const times: number[] = [];
    for await (const { timeSeconds } of measureVideo({ source: frames, measure: slow(), everySeconds: 0.1, signal })) {
      times.push(timeSeconds);
    }
    assert.deepEqual(
      times,
      Array.from({ length: 20 }, (_, index) => index / 10),
    );
    assert.equal(frames.alive, 0);
    assert.ok(frames.most <= 6, `${frames.most}`);
  });

  test('broken off, it leaves no frame alive', async () => {
    const frames = source(20);
    for await (const _ of measureVideo({ source: frames, measure: slow(), everySeconds: 0.1, signal })) break;
    assert.equal(frames.alive, 0);
  });

  test('a failing measure ends it, and leaves no frame alive', async () => {
    const frames = source(20);
    const all = async (): Promise<void> => {
      for await (const _ of measureVideo({ source: frames, measure: slow(0.5), everySeconds: 0.1, signal }));
    };
    await assert.rejects(all(), /the network broke/);
    assert.equal(frames.alive, 0);
  });
});
