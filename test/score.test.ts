import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { sampleTruth } from '../src/media/sample-talk/script.ts';
import { score, type Found, type Truth } from '../bench/quality/score.ts';

const dataFolder = process.env['FRAMESIFT_DATA'] ?? join(import.meta.dirname, '../../shared/data');
const original = join(dataFolder, '../eval/score-slides.mjs');

/** The same numbers on every run (Park and Miller). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

function randomTalk(seed: number): { truth: Truth; found: Found } {
  const random = randomNumbers(seed);
  const integer = (below: number): number => Math.floor(random() * below);
  const texts = ['Größe der Welle', 'Tide table 5.48 m', 'A', 'naïve café résumé', 'one two three four', ''];
  const segments: Truth['segments'][number][] = [];
  let time = 0;
  for (let index = 0; index < 3 + integer(12); index += 1) {
    const end = time + 0.5 + random() * 9;
    const kind = ['slide', 'slide', 'slide', 'cutaway', 'transition'][integer(5)] ?? 'slide';
    const build = 1 + integer(3);
    segments.push(
      kind === 'slide' ? { kind, slide: integer(6), build, builds: 3, start: time, end } : { kind, start: time, end },
    );
    time = end;
  }
  const ids = [...new Set(segments.flatMap((segment) => segment.slide ?? []))];
  const secondsOf = (id: number): number =>
    segments.reduce((sum, { slide, start, end }) => sum + (slide === id ? end - start : 0), 0);
  const slides = ids.map((id) => ({ id, text: texts[integer(6)] ?? '', seconds: secondsOf(id) }));
  const found = Array.from({ length: integer(10) }, () => ({
    timestamp: random() * time,
    appearances: Array.from({ length: 1 + integer(3) }, () => {
      const start = random() * time;
      return { start, end: start + random() * 8 };
    }),
    text: texts[integer(6)] ?? '',
  }));
  return { truth: { video: `${seed}.mp4`, duration: time, segments, slides }, found: { slides: found } };
}

test(
  'the scorer gives the figures of the one it was ported from',
  { skip: !existsSync(original) && 'the shared scorer is not here' },
  async () => {
    const theirs = ((await import(pathToFileURL(original).href)) as { score: typeof score }).score;
    for (let seed = 1; seed <= 400; seed += 1) {
      const { truth, found } = randomTalk(seed);
      assert.deepEqual(score(truth, found), theirs(truth, found), `seed ${seed}`);
    }
  },
);

test('a perfect result has a perfect score, and each fault costs where it should', () => {
  const truth = sampleTruth('sample.mp4');
  const perfect = truth.slides.map((slide) => {
    const shown = truth.segments.filter((segment) => segment.slide === slide.id);
    return { timestamp: (shown.at(-1)?.start ?? 0) + 1, appearances: shown, text: slide.text };
  });
  const full = score(truth, { slides: perfect });
  assert.deepEqual([full.recall, full.precision, full.final, full.boundary, full.words], [1, 1, 1, 0, 1]);
  assert.ok(Math.abs(full.presence - 1) < 1e-9);
  assert.equal(score(truth, { slides: perfect.slice(1) }).recall, 5 / 6);
  assert.equal(score(truth, { slides: [...perfect, { timestamp: 22 }] }).precision, 6 / 7);
  assert.throws(() => score(truth, { slides: [{ timestamp: 500 }] }), /no such time/);
});
