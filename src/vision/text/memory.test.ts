import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '../../core/frame.ts';
import { drawnWidth, drawText, withNoise } from './lettering.fixture.ts';
import type { ReadLine } from './line.ts';
import { createLineMemory } from './memory.ts';

const before = 'THE ELEVEN MONTHS COST 1238 AND ALSO 3310 MORE';
const end = 40 + drawnWidth(before, 2);
const box = { x0: 36, y0: 34, x1: end + 4, y1: 60, slope: 0 };
const line: ReadLine = { ...box, text: 'known', confidence: 0.9 };

/** A long line of small text, 14 pixels high. */
const page = (text: string): Picture => drawText(800, 100, [{ text, x: 40, y: 40, size: 2 }]);

function recalls(now: Picture, at = box): boolean {
  const memory = createLineMemory<ReadLine>();
  memory.remember(page(before), line);
  return memory.recall(now, at) === line;
}

test('the same line is known again, also compressed, brighter, or found a pixel to the side', () => {
  assert.ok(recalls(page(before)));
  assert.ok(recalls(withNoise(page(before), 12)));
  const brighter = page(before);
  assert.ok(recalls({ ...brighter, data: brighter.data.map((value) => Math.min(255, value + 8)) }));
  assert.ok(recalls(page(before), { ...box, x0: box.x0 + 2, y0: box.y0 - 1, x1: box.x1 - 3 }));
});

test('one digit changed is never taken for the same', () => {
  for (const after of [
    before.replace('3310', '8310'),
    before.replace('1238', '1233'),
    before.replace('3310', '3318'),
  ]) {
    assert.notEqual(after, before);
    assert.ok(!recalls(page(after)), after);
    assert.ok(!recalls(withNoise(page(after), 12)), after);
  }
  assert.ok(!recalls(page(before.replace('3310', '3316'))));
  assert.ok(!recalls(page(before.replace('COST', 'COSI'))));
});

test('one digit changed in pale grey text is seen as well', () => {
  const pale = (text: string): Picture =>
    drawText(800, 100, [{ text, x: 40, y: 40, size: 2 }], { paper: 240, ink: 190 });
  const memory = createLineMemory();
  memory.remember(pale(before), line);
  assert.equal(memory.recall(pale(before.replace('3310', '8310')), box), undefined);
  assert.equal(memory.recall(withNoise(pale(before), 4), box), line);
});

test('a character typed onto the end is seen', () => {
  const memory = createLineMemory();
  const short = { ...line, x1: end };
  memory.remember(page(before), short);
  assert.equal(memory.recall(page(`${before}1`), { ...short, x1: short.x1 + 5 }), undefined);
});

test('another place, another size of picture: not known', () => {
  assert.ok(!recalls(page(before), { ...box, y0: 60, y1: 86 }));
  assert.ok(!recalls(drawText(820, 100, [{ text: before, x: 40, y: 40, size: 2 }])));
});

test('two slides in turn are both remembered, and the oldest lines are forgotten', () => {
  const memory = createLineMemory<ReadLine>(2);
  const pages = ['ONE LINE', 'TWO LINES', 'THREE LINES'].map(page);
  const lines = pages.map((_, i): ReadLine => ({ ...line, text: `${i}` }));
  memory.remember(pages[0]!, lines[0]!);
  memory.remember(pages[1]!, lines[1]!);
  assert.equal(memory.recall(pages[0]!, box)?.text, '0');
  assert.equal(memory.recall(pages[1]!, box)?.text, '1');
  memory.recall(pages[0]!, box);
  memory.remember(pages[2]!, lines[2]!);
  assert.equal(memory.recall(pages[1]!, box), undefined);
  assert.equal(memory.recall(pages[0]!, box)?.text, '0');
});

test('a line found in pieces is the line it was, a longer one is not', () => {
  const memory = createLineMemory();
  memory.remember(page(before), line);
  assert.equal(memory.recall(page(before), { ...box, x1: 300 }), line);
  assert.equal(memory.recall(page(before), { ...box, x0: 310 }), line);
  assert.equal(memory.recall(page(before), { ...box, x1: box.x1 + 60 }), undefined);
});
