import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadLine } from './line.ts';
import { inReadingOrder } from './order.ts';
import { chooseTitle } from './title.ts';

function line(text: string, x0: number, y0: number, width: number, height = 30): ReadLine {
  return { text, x0, y0, x1: x0 + width, y1: y0 + height, slope: 0, confidence: 0.9 };
}

const textsOf = (lines: readonly ReadLine[]): string[] => inReadingOrder(lines.toReversed()).map((each) => each.text);

test('rows of a table are read from left to right', () => {
  const cells = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => line(`${row}${column}`, column * 200, row * 50 + column, 60)),
  );
  assert.deepEqual(textsOf(cells), ['00', '01', '02', '10', '11', '12', '20', '21', '22']);
});

test('columns of text are read one after the other, between title and footer', () => {
  const lines = [
    line('title', 100, 0, 800, 60),
    line('left one', 50, 120, 380),
    line('left two', 50, 170, 350),
    line('left three', 50, 220, 380),
    line('right one', 520, 121, 380),
    line('right two', 520, 172, 360),
    line('footer', 300, 500, 500, 20),
  ];
  assert.deepEqual(textsOf(lines), ['title', 'left one', 'left two', 'left three', 'right one', 'right two', 'footer']);
});

test('close lines whose boxes overlap keep their order', () => {
  assert.deepEqual(textsOf([line('one', 0, 0, 300, 40), line('two', 20, 32, 300, 40), line('three', 0, 64, 300, 40)]), [
    'one',
    'two',
    'three',
  ]);
});

test('no lines have no order and no title', () => {
  assert.deepEqual(textsOf([]), []);
  assert.equal(chooseTitle([], 720), undefined);
});

test('the title is tall and far up', () => {
  const lines = [
    line('Results', 100, 40, 300, 60),
    line('a point', 100, 150, 400),
    line('another point', 100, 190, 420),
    line('17', 900, 690, 40, 20),
  ];
  assert.equal(chooseTitle(lines, 720), 'Results');
});

test('a title over two lines is joined, running text is not', () => {
  const two = [line('Five kinds of', 100, 40, 500, 60), line('database', 100, 105, 300, 60), line('me', 100, 300, 90)];
  assert.equal(chooseTitle(two, 720), 'Five kinds of database');
  const running = ['line a', 'line b', 'line c', 'line d', 'line e'].map((text, i) =>
    line(text, 100, 40 + i * 35, 500),
  );
  assert.equal(chooseTitle(running, 720), 'line a');
});

test('a formula, high by its superscripts, is no title', () => {
  const lines = [line('VC DIMENSION', 100, 40, 300, 40), line('h(x)² = {0, 1}', 100, 100, 300, 70)];
  assert.equal(chooseTitle(lines, 720), 'VC DIMENSION');
});

test('a large footer or page number is no title', () => {
  assert.equal(chooseTitle([line('Heading', 100, 100, 300, 30), line('Brand', 100, 650, 300, 60)], 720), 'Heading');
  assert.equal(chooseTitle([line('42', 100, 10, 300, 90), line('Heading', 100, 200, 300, 30)], 720), 'Heading');
});
