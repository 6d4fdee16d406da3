import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignLines } from './foreign.ts';
import type { ReadLine } from './line.ts';
import { shareOf, withMarks } from './refine.ts';

const read = (text: string, confidence = 0.98) => ({ text, confidence });

test('marks come from the second reading, letters from the first where they differ', () => {
  assert.equal(withMarks(read('Kuste und Hafen'), read('Küste und Häfen')).text, 'Küste und Häfen');
  assert.equal(withMarks(read('StraBe am FluB'), read('Straße am Fluß')).text, 'Straße am Fluß');
  assert.equal(withMarks(read('Kuste measured'), read('Küste rneosurecl', 0.7)).text, 'Küste measured');
  // Where the first was not sure of itself, the second is taken.
  assert.equal(withMarks(read('Ku5tc mcosured', 0.7), read('Küste gemessen', 0.8)).text, 'Küste gemessen');
  assert.equal(withMarks(read('', 0), read('Öl', 0.9)).text, 'Öl');
  // Other words: one of the two is wrong.
  assert.equal(withMarks(read('Kuste und Hafen'), read('Kü ste und Häfen', 0.7)).text, 'Kuste und Hafen');
});

test('how much of a text is of a script', () => {
  assert.equal(shareOf('Cyrillic', 'Мост 12'), 1);
  assert.equal(shareOf('Cyrillic', 'Мост bridge'), 0.4);
  assert.equal(shareOf('Latin', '123'), 0);
});

test('lines of a script that the weights do not know are told by what they come out as', () => {
  const line = (text: string, confidence: number, y0: number): ReadLine => {
    return { text, confidence, x0: 0, x1: 300, y0, y1: y0 + 30, slope: 0 };
  };
  // As PP-OCRv4 reads Наука долина общество, Измерение источник долина and Весна остров область.
  const russian = [
    line('Hayka μonNHa 06LeCTBO', 0.841, 0),
    line('V3MepeHne NCTOYHNK AOnNHa', 0.792, 40),
    line('BeCHa OCTpoB 06nacTb', 0.859, 80),
  ];
  const english = [line('Sample station source 64.2', 0.989, 120), line('for (const item of queue) {', 0.97, 160)];
  const [unread, ...more] = foreignLines(russian);
  assert.deepEqual([unread?.script, unread?.lines, more], ['Cyrillic', russian, []]);
  assert.deepEqual(foreignLines(english), []);
  assert.deepEqual(foreignLines([line('Наука долина', 0.9, 0)]), [], 'it was read by weights that know it');
  assert.deepEqual(
    foreignLines([line('用维', 0.1, 0), line('一', 0.38, 40), line('REP', 0.33, 80)]),
    [],
    'too little to tell',
  );
  assert.deepEqual(foreignLines([]), []);
});
