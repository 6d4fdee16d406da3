import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Picture } from '../../../core/frame.ts';
import { findChangeTime } from './change-time.ts';
import { gridOver, patchesOf } from './grid.ts';
import { compareViews } from './relation.ts';
import { SlideBook } from './slide-book.ts';
import { ViewTracker } from './views.ts';
import type { View } from './view.ts';
import { isSameText, textSimilarity } from '../../../detect/text-similarity.ts';

const [width, height] = [384, 216];
type Draw = (data: Uint8Array, second: number) => void;

const rectangle = (data: Uint8Array, x: number, y: number, w: number, h: number, level: number): void => {
  for (let row = y; row < y + h; row += 1) data.fill(level, row * width + x, row * width + x + w);
};

/** Lines of something like letters, other ones for each seed. */
const lines =
  (seed: number, count: number): Draw =>
  (data) => {
    let state = seed * 7919 + 1;
    for (let line = 0; line < count; line += 1) {
      for (let letter = 0; letter < 40; letter += 1) {
        state = (state * 48_271) % 2_147_483_647;
        const [x, y] = [30 + letter * 6, 30 + line * 20];
        rectangle(data, x, y, 1 + (state % 3), 5, 30);
        rectangle(data, x, y + (state % 4), 4, 1, 30);
      }
    }
  };

const pointer =
  (x: number, y: number): Draw =>
  (data) =>
    rectangle(data, x, y, 5, 8, 0);

function paint(second: number, ...draws: readonly Draw[]): Picture {
  const data = new Uint8Array(width * height).fill(240);
  for (const draw of draws) draw(data, second);
  return { data, width, height, channels: 1 };
}

/** Cuts a talk, one picture a second, into its views. */
function viewsOf(seconds: number, show: (second: number) => readonly Draw[]): View[] {
  const tracker = new ViewTracker();
  const views: (View | undefined)[] = [];
  for (let second = 0; second < seconds; second += 1) {
    views.push(tracker.push({ index: second, timeSeconds: second, luma: paint(second, ...show(second)) }));
  }
  views.push(tracker.finish());
  return views.filter((view) => view !== undefined);
}

const spansOf = (views: readonly View[]): number[][] => views.map(({ first, last }) => [first.index, last.index]);
const viewOf = (...draws: readonly Draw[]): View => viewsOf(5, () => draws)[0]!;

describe('views', () => {
  test('a cut ends one and begins another', () => {
    assert.deepEqual(spansOf(viewsOf(12, (second) => [lines(second < 6 ? 1 : 2, 6)])), [
      [0, 5],
      [6, 11],
    ]);
  });

  test('an added line begins another', () => {
    assert.deepEqual(spansOf(viewsOf(12, (second) => [lines(1, second < 6 ? 4 : 5)])), [
      [0, 5],
      [6, 11],
    ]);
  });

  test('a pointer that wanders does not', () => {
    const views = viewsOf(16, (second) => [
      lines(1, 6),
      pointer(20 + ((second * 37) % 300), 20 + ((second * 23) % 150)),
    ]);
    assert.deepEqual(spansOf(views), [[0, 15]]);
    assert.ok(views[0]!.settled);
  });

  test('pages of a second each are found one by one, and calm ones after them', () => {
    const views = viewsOf(25, (half) => [lines(half < 16 ? Math.floor(half / 2) : 20 + Math.floor(half / 5), 6)]);
    const still = views.filter(({ still: nothingMoved }) => nothingMoved);
    assert.equal(still.length, 8 + 2);
    assert.ok(still.every(({ inset }) => inset.every((cell) => cell === 0)));
  });

  test('a frame that stays on screen for long is a view of its own', () => {
    const tracker = new ViewTracker();
    const views: (View | undefined)[] = [];
    for (let index = 0; index < 3; index += 1) {
      views.push(
        tracker.push({ index, timeSeconds: 20 * index, luma: paint(index, lines(index + 1, 6)) }),
        tracker.hold(),
      );
    }
    views.push(tracker.finish());
    assert.deepEqual(spansOf(views.filter((view) => view !== undefined)), [
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  test('a noisy inset does not, and is known as one', () => {
    const noise: Draw = (data, second) => {
      let state = second * 104_729 + 13;
      for (let y = 150; y < 200; y += 1) {
        for (let x = 300; x < 370; x += 1) {
          state = (state * 48_271) % 2_147_483_647;
          data[y * width + x] = state % 256;
        }
      }
    };
    const views = viewsOf(20, () => [lines(1, 5), noise]);
    assert.deepEqual(spansOf(views), [[0, 19]]);
    const cells = views[0]!.inset.reduce((sum, cell) => sum + cell, 0);
    assert.ok(cells > 150 && cells < 700, `${cells} cells`);
  });
});

describe('how a view stands to another', () => {
  const cases: readonly [name: string, a: View, b: View, relation: string][] = [
    ['the same', viewOf(lines(1, 6)), viewOf(lines(1, 6)), 'same'],
    ['a line more', viewOf(lines(1, 4)), viewOf(lines(1, 5)), 'adds'],
    ['a line less', viewOf(lines(1, 5)), viewOf(lines(1, 4)), 'differs'],
    ['other text', viewOf(lines(1, 6)), viewOf(lines(2, 6)), 'differs'],
    [
      'another page number',
      viewOf(lines(1, 6), pointer(360, 205)),
      viewOf(lines(1, 6), (data) => rectangle(data, 358, 205, 8, 3, 0)),
      'same',
    ],
    ['a pointer came', viewOf(lines(1, 6)), viewOf(lines(1, 6), pointer(330, 100)), 'same'],
  ];
  for (const [name, a, b, relation] of cases)
    test(`${name}: ${relation}`, () => assert.equal(compareViews(a, b).relation, relation));
});

test('the book knows a slide that comes back, and its builds', () => {
  const book = new SlideBook();
  const placed = [
    viewOf(lines(1, 4)),
    viewOf(lines(1, 5)),
    viewOf(lines(2, 6)),
    viewOf(lines(1, 5)),
    viewOf(lines(3, 6)),
    viewOf(lines(2, 6)),
  ].map((view) => book.place(view));
  assert.deepEqual(
    placed.map(({ slide, what }) => [slide, what]),
    [
      [0, 'new-slide'],
      [0, 'build'],
      [1, 'new-slide'],
      [0, 'revisit'],
      [2, 'new-slide'],
      [1, 'revisit'],
    ],
  );
});

describe('the time of a change', () => {
  const glimpse = (timeSeconds: number, level: number) => ({ timeSeconds, points: new Uint8Array(100).fill(level) });
  test('of a cut is where the new picture came', () => {
    assert.deepEqual(findChangeTime([0, 0.04, 0.08, 0.12].map((time) => glimpse(time, time < 0.08 ? 20 : 200))), {
      oldEnds: 0.08,
      newBegins: 0.08,
    });
  });
  test('of a fade is where it began and where it was over', () => {
    const fade = Array.from({ length: 11 }, (_, at) =>
      glimpse(at / 10, Math.min(200, Math.max(20, 20 + (at - 2) * 30))),
    );
    assert.deepEqual(findChangeTime(fade), { oldEnds: 0.3, newBegins: 0.8 });
  });
  test('cannot be told where nothing changed', () => {
    assert.equal(findChangeTime([glimpse(0, 20), glimpse(1, 25)]), undefined);
    assert.equal(findChangeTime([]), undefined);
  });
});

test('patches are gathered across corners, with their bounds and sums', () => {
  const grid = gridOver(20, 12);
  const marked = new Uint8Array(15);
  for (const cell of [0, 6, 14]) marked[cell] = 1;
  const found = patchesOf(grid, marked, [Float32Array.from(marked, (_, cell) => cell)]);
  assert.deepEqual(
    found.map(({ cells, left, top, right, bottom, weights }) => [cells.length, left, top, right, bottom, weights[0]]),
    [
      [2, 0, 0, 8, 8, 6],
      [1, 16, 8, 20, 12, 14],
    ],
  );
});

test('texts are alike whatever their spaces; a digit makes another', () => {
  assert.equal(textSimilarity('A  tide\ntable', 'a tidetable'), 1);
  assert.equal(textSimilarity('', ''), 1);
  assert.equal(textSimilarity('abcd', 'abxd'), 0.75);
  const long = 'Reading tides from a harbour wall takes patience and a pencil';
  assert.ok(isSameText(long, long.replace('pencil', 'pencjl')));
  assert.ok(!isSameText(`${long} 5.48`, `${long} 5.43`));
  assert.ok(!isSameText(long, 'Something else'));
});
