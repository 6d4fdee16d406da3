import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findBursts } from './packet-bursts.ts';
import type { SizedPacket } from './packet-bursts.ts';

/** A group at 25 frames a second: every fourth packet an anchor, the others disposable, with sizes a little apart. */
function group(size: (second: number, anchor: boolean) => number): SizedPacket[] {
  const shown = Array.from({ length: 200 }, (_, at) => ({ at, anchor: at % 4 === 3 }));
  const packets = shown.map(({ at, anchor }) => {
    const timeSeconds = (at + 1) / 25;
    return {
      timeSeconds,
      bytes: Math.round(size(timeSeconds, anchor) * (1 + ((at * 7) % 5) / 50)),
      disposable: !anchor,
    };
  });
  // In decoding order an anchor comes before the frames that are shown before it.
  return packets.flatMap((_, at) => (at % 4 === 0 ? [packets[at + 3]!, ...packets.slice(at, at + 3)] : []));
}

describe('packets that are larger than their like', () => {
  test('none where nothing happens', () => {
    const { times, telling } = findBursts(
      30_000,
      group((_, anchor) => (anchor ? 320 : 60)),
    );
    assert.deepEqual(times, []);
    assert.ok(telling);
  });
  test('are found at the time of a change, however small beside the key frame', () => {
    const { times } = findBursts(
      30_000,
      group((second, anchor) => (anchor ? 320 : 60) + (second === 4 && anchor ? 500 : 0)),
    );
    assert.deepEqual(times, [4]);
  });
  test('are not told of where a moving person fills the packets', () => {
    const restless = findBursts(
      30_000,
      group((second, anchor) => (anchor ? 4000 : 800) * (1 + Math.sin(second * 40) ** 2)),
    );
    assert.equal(restless.telling, false);
  });
  test('too few packets say nothing', () => {
    assert.equal(findBursts(30_000, group(() => 100).slice(0, 5)).telling, false);
    assert.equal(findBursts(30_000, []).telling, true);
  });
});
