import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Picture } from '../../../core/frame.ts';
import type { Span } from '../../../core/slide.ts';
import type { KeyframeLook } from '../../../core/video.ts';
import { QuietSpans, canBeQuiet } from './quiet-spans.ts';

const [width, height] = [384, 216];
type Mark = readonly [x: number, y: number, w: number, h: number, level: number];

function paint(...marks: readonly Mark[]): Picture {
  const data = new Uint8Array(width * height).fill(230);
  for (const [x, y, w, h, level] of marks) {
    for (let row = y; row < y + h; row += 1) data.fill(level, row * width + x, row * width + x + w);
  }
  return { data, width, height, channels: 1 };
}
const line = (row: number): Mark => [40, 30 + 20 * row, 200, 6, 20];
/** A speaker who never sits still, lower right. */
const speaker = (at: number): Mark => [300, 150, 50, 60, 40 + ((at * 37) % 90)];

/** A key frame every eight seconds. */
function spansOf(count: number, look: (at: number) => Partial<KeyframeLook>): readonly Span[] {
  const quiet = new QuietSpans(1);
  for (let at = 0; at < count; at += 1) {
    const timeSeconds = 8 * at;
    const rest = { bursts: [], telling: true, cutShort: false, luma: paint(line(1)) };
    quiet.push({ timeSeconds, endSeconds: timeSeconds + 8, last: at === count - 1, ...rest, ...look(at) });
  }
  return quiet.finish();
}
const begins = (spans: readonly Span[]): number[] => spans.map(({ start }) => start);

test('whether a search can pay is known by how far key frames stand apart', () => {
  const every = (seconds: number): number[] => Array.from({ length: 60 / seconds }, (_, at) => at * seconds);
  const minute = { start: 0, end: 60 };
  assert.equal(canBeQuiet(every(1), minute, 1), false);
  assert.equal(canBeQuiet(every(2), minute, 1), false);
  assert.equal(canBeQuiet(every(3), minute, 1), true);
  assert.equal(canBeQuiet(every(2), minute, 0.5), true);
  // One long group among short ones: too little, until only the part that it is in is looked at.
  const oneLong = every(2).filter((time) => time <= 30 || time > 36);
  assert.equal(canBeQuiet(oneLong, minute, 1), false);
  assert.equal(canBeQuiet(oneLong, { start: 24, end: 44 }, 1), true);
  assert.equal(canBeQuiet([0], minute, 1), true, 'nothing is known');
  assert.equal(canBeQuiet(every(2), { start: 0, end: Infinity }, 1), true, 'nor of a video without an end');
});

describe('quiet spans', () => {
  test('are where a slide stands still, once it is known what moves', () => {
    const spans = spansOf(10, () => ({}));
    assert.deepEqual(begins(spans), [34, 42, 50, 58, 66, 74]);
    assert.equal(spans[0]!.end, 40);
    assert.equal(spans.at(-1)!.end, Infinity);
  });

  test('what follows looks that ended early is not quiet', () => {
    const spans = spansOf(10, () => ({ last: false }));
    assert.ok(spans.every(({ end }) => end < Infinity));
  });

  test('a speaker’s inset does not disturb them', () => {
    const spans = spansOf(12, (at) => ({ luma: paint(...[0, 1, 2, 3, 4, 5, 6, 7].map(line), speaker(at)) }));
    assert.deepEqual(begins(spans).slice(0, 3), [34, 42, 50]);
  });

  test('not where a line came between two key frames', () => {
    const spans = spansOf(12, (at) => ({ luma: paint(line(1), ...(at > 7 ? [line(2)] : [])) }));
    assert.ok(!begins(spans).some((start) => start >= 56 && start < 64), 'the group at 56 s is decoded whole');
    assert.ok(begins(spans).includes(66));
  });

  test('a changed digit is looked at, a pointer that moved is not', () => {
    const digit = spansOf(12, (at) => ({ luma: paint(line(1), [350, 200, 4, 6, at > 7 ? 20 : 200]) }));
    assert.ok(!begins(digit).some((start) => start >= 56 && start < 64));
    const pointer = spansOf(12, (at) => ({ luma: paint(line(1), [at > 7 ? 200 : 100, 120, 5, 8, 0]) }));
    assert.ok(begins(pointer).includes(58));
  });

  test('after a burst it is looked on for two frames more', () => {
    const spans = spansOf(12, (at) => (at === 7 ? { bursts: [58, 59.5] } : {}));
    assert.deepEqual(
      spans.find(({ end }) => end === 64),
      { start: 61.5, end: 64 },
    );
  });

  test('a burst that led to another picture is looked at to the end, unless a scene change ended it', () => {
    const show = (at: number): Partial<KeyframeLook> => ({ luma: paint(line(at > 7 ? 2 : 1)) });
    const burst = (more: Partial<KeyframeLook>) =>
      spansOf(12, (at) => ({ ...show(at), ...(at === 7 ? { bursts: [58], ...more } : {}) }));
    assert.ok(!burst({}).some(({ end }) => end === 64));
    assert.ok(burst({ cutShort: true }).some(({ end }) => end === 64));
    assert.ok(!burst({ cutShort: true, telling: false }).some(({ end }) => end === 64));
  });

  test('a film in the whole picture gives up the search', () => {
    const quiet = new QuietSpans(1);
    for (let at = 0; at < 60 && quiet.pays; at += 1) {
      const luma = paint([0, 0, width, height, (at * 53) % 200], [10 * (at % 30), 50, 60, 80, 10]);
      quiet.push({
        timeSeconds: 8 * at,
        endSeconds: 8 * at + 8,
        bursts: [],
        telling: false,
        cutShort: false,
        last: false,
        luma,
      });
    }
    assert.equal(quiet.pays, false);
    assert.deepEqual(quiet.finish(), []);
  });
});
