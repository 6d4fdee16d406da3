import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { openVideo } from '../src/media/open-video.ts';
import { drawTalk } from '../bench/quality/drawn/draw.ts';
import { fontMissing } from '../bench/quality/drawn/fonts.ts';
import { drawnFrames } from '../bench/quality/drawn/frames.ts';
import { isFailed, judge, type FoundAndUnsure } from '../bench/quality/drawn/judge.ts';
import { axes, isHeldOut, kinds, kindsNamed, kindsOf, recipes, type Recipe } from '../bench/quality/drawn/kinds.ts';
import { missedBars } from '../bench/quality/drawn/report.ts';
import { Stage } from '../bench/quality/drawn/stage.ts';
import { talkOf } from '../bench/quality/drawn/talk.ts';
import { truthOf, type DrawnTruth } from '../bench/quality/drawn/truth.ts';

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'framesift-drawn-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const plain = Object.fromEntries(axes.map((axis) => [axis, Object.keys(kinds[axis])[0]!])) as Recipe['choices'];
/** A small talk of chosen kinds; all else is plain. */
const recipe = (choices: Partial<Recipe['choices']>, seed = 'a test'): Recipe => ({
  name: Object.values(choices).join('-') || 'plain',
  seed,
  choices: { ...plain, size: '240p', rate: 'fps5', ...choices },
});
const truth = (of: Recipe): DrawnTruth => truthOf(of, `${of.name}.mp4`, 'a test');

function digestOf(of: Recipe): string {
  const hash = createHash('sha256');
  for (const { place, rgba } of drawnFrames(of)) hash.update(`${place} ${rgba ? 'new' : 'same'}`).update(rgba ?? '');
  return hash.digest('hex');
}

/** A result that says what the truth says. */
function perfect({ segments, slides, states }: DrawnTruth): FoundAndUnsure & { states: DrawnTruth['states'] } {
  const found = slides.map(({ id, text }) => {
    const shown = segments.filter(({ slide }) => slide === id);
    const last = Math.max(...shown.map(({ build = 1 }) => build));
    const picture = shown.find(({ build }) => build === last)!;
    const appearances = shown.map(({ start, end }) => ({ start, end }));
    return { timestamp: (picture.start + picture.end) / 2, appearances, text };
  });
  return { slides: found, states };
}

test('the same seed gives the same frames, another seed others', () => {
  const kinds = { lives: 'inset-small', change: 'fade', rate: 'uneven', pace: 'hurried' } as const;
  assert.equal(digestOf(recipe(kinds)), digestOf(recipe(kinds)));
  assert.notEqual(digestOf(recipe(kinds)), digestOf(recipe(kinds, 'another test')));
  assert.deepEqual(recipes({ set: 'dev', seed: 3, count: 9 }), recipes({ set: 'dev', seed: 3, count: 9 }));
});

for (const kinds of [
  {},
  { change: 'fade' },
  { build: 'lines' },
  { build: 'fly-in', pace: 'brisk' },
  { break: 'black' },
] as const)
  test(`what is seen changes exactly when the truth says (${JSON.stringify(kinds)})`, () => {
    const of = recipe(kinds);
    const { segments, states, duration } = truth(of);
    const stage = new Stage(talkOf(of));
    let before = Buffer.from(stage.frame(0));
    for (let place = 1; place < Math.round(duration * 5); place += 1) {
      const time = place / 5;
      const frame = Buffer.from(stage.frame(time));
      const begins = segments.some(({ start }) => Math.abs(start - time) < 1e-6);
      const rests = states.some(({ start, end }) => time > start + 1e-6 && time < end - 1e-6);
      if (rests) assert.ok(frame.equals(before), `nothing may change at ${time} s`);
      if (begins) assert.ok(!frame.equals(before), `something must change at ${time} s`);
      before = frame;
    }
    let end = 0;
    for (const segment of segments) {
      assert.ok(Math.abs(segment.start - end) < 1e-6 && segment.end > segment.start, 'no gap');
      end = segment.end;
    }
    assert.ok(Math.abs(end - duration) < 1e-6);
  });

test('every kind can be drawn and has a truth', () => {
  for (const kind of kindsOf('validation')) {
    const [axis, value] = kind.split('=') as [keyof typeof kinds, string];
    if (axis === 'language' && fontMissing(value) !== undefined) continue;
    const of = recipe({ [axis]: value, ...(axis === 'size' ? {} : { size: '240p' }) }, kind);
    const { slides, segments } = truth(of);
    assert.ok(slides.length >= 2, kind);
    assert.ok(
      slides.every(({ text }) => text.length > 0),
      kind,
    );
    const stage = new Stage(talkOf(of));
    for (const { start, end } of segments.slice(0, 2)) assert.ok(stage.frame((start + end) / 2).length > 0, kind);
  }
});

test('what is held out is drawn to validate alone', () => {
  const drawn = (set: 'dev' | 'validation'): string[] =>
    recipes({ set, seed: 5, count: 150 }).flatMap(({ choices }) => axes.map((axis) => `${axis}=${choices[axis]}`));
  assert.deepEqual(drawn('dev').filter(isHeldOut), []);
  const seen = new Set(drawn('validation'));
  const held = kindsOf('validation').filter(isHeldOut);
  assert.ok(held.length >= kindsOf('validation').length / 5, `${held.length} held out`);
  for (const kind of held) assert.ok(seen.has(kind), kind);
  const seeds = new Set(recipes({ set: 'dev', seed: 5, count: 150 }).map(({ seed }) => seed));
  assert.ok(recipes({ set: 'validation', seed: 5, count: 150 }).every(({ seed }) => !seeds.has(seed)));
  assert.throws(() => kindsNamed('chalkboard', 'dev'), /no kind "chalkboard"/);
  assert.deepEqual(kindsNamed('fade', 'dev'), ['change=fade']);
});

describe('the scorer', () => {
  const of = truth(recipe({ pace: 'brisk', build: 'lines', lives: 'captions', break: 'black', change: 'dissolve' }));
  const right = perfect(of);

  test('gives a perfect result a perfect score', () => {
    const judged = judge(of, right);
    const { recall, precision, final, words, boundary } = judged.score;
    assert.deepEqual(
      [recall, precision, final, words, boundary, judged.leaked, judged.states?.recall],
      [1, 1, 1, 1, 0, 0, 1],
    );
    assert.ok(judged.score.presence > 0.999 && !isFailed(judged));
  });

  test('tells each fault', () => {
    const first = right.slides[0]!;
    const with0 = (changed: object): FoundAndUnsure => ({
      slides: [{ ...first, ...changed }, ...right.slides.slice(1)],
    });
    const score = (found: FoundAndUnsure): ReturnType<typeof judge>['score'] => judge(of, found).score;
    assert.ok(score({ slides: right.slides.slice(1) }).recall < 1);
    const transition = of.segments.find(({ kind }) => kind === 'transition')!;
    assert.ok(score({ slides: [...right.slides, { timestamp: transition.start + 0.1 }] }).precision < 1);
    assert.ok(score({ slides: [...right.slides, first] }).precision < 1);
    assert.ok(score(with0({ appearances: [{ start: 0, end: 0.5 }] })).presence < 0.999);
    const early = of.segments.find(({ build, builds }) => build === 1 && builds !== 1)!;
    const tooEarly = right.slides.map((slide, id) =>
      id === early.slide ? { ...slide, timestamp: early.start } : slide,
    );
    assert.ok(score({ slides: tooEarly }).final < 1);
    assert.ok(score(with0({ text: 'something else altogether' })).words < 1);
    const caption = of.layers[0]!.words!.join(' ');
    assert.ok(judge(of, with0({ text: `${first.text} ${caption}` })).leaked > 0.9);
    assert.ok(judge(of, { ...right, unsure: [{ start: 0, end: of.duration / 2 }] }).unsure > 0.49);
    assert.ok(isFailed(judge(of, { slides: [] })));
    assert.throws(() => score(with0({ timestamp: 5000 })), /no such time/);
  });

  test('tells a change that a cut has missed, and forgives states too many', () => {
    const resting = of.states.filter(({ start, end, slide }) => slide !== undefined && end - start >= 1);
    const gone = resting[2]!;
    const without = judge(of, { ...right, states: of.states.filter((state) => state !== gone) });
    assert.deepEqual(without.states?.missed, [gone]);
    const more = of.states.flatMap((state) => [state, { ...state, start: (state.start + state.end) / 2 }]);
    assert.equal(judge(of, { ...right, states: more }).states?.recall, 1);
    assert.deepEqual(missedBars([judge(of, { slides: [], states: more })], true), []);
    assert.match(missedBars([without], true).join(), /^recall of true changes 0\.\d+, bar 0\.999$/);
  });

  test('holds a run against the bars, and each kind by itself', () => {
    assert.deepEqual(missedBars([judge(of, right)]), []);
    const missed = missedBars([judge(of, { slides: right.slides.slice(0, 2) }, 'it failed')]);
    assert.ok(
      missed.some((line) => line.startsWith('f1 ')) && missed.some((line) => line.startsWith('lives=captions: f1 ')),
    );
    assert.equal(missed.at(-1), '1 talks without a result');
  });
});

const decoder = (() => {
  try {
    createRequire(import.meta.url).resolve('node-av');
    return true;
  } catch {
    return false;
  }
})();

for (const kinds of [
  { codec: 'h264', rate: 'on-change', pace: 'hurried' },
  { codec: 'hevc', pace: 'flick' },
  { codec: 'vp9', rate: 'fps10', pace: 'hurried' },
  { codec: 'av1', pace: 'hurried' },
  { codec: 'h264', scan: 'interlaced', pace: 'hurried' },
] as const)
  test(
    `the file shows each slide at its time (${JSON.stringify(kinds)})`,
    { skip: !decoder && 'node-av is not here' },
    async () => {
      const of = recipe({ ...kinds, size: '360p' });
      const talk = await drawTalk(of, folder, signal);
      const stage = new Stage(talkOf(of));
      const luma = (rgba: Uint8Array, at: number): number =>
        0.2126 * rgba[at]! + 0.7152 * rgba[at + 1]! + 0.0722 * rgba[at + 2]!;
      await using source = await openVideo(talk.path, { signal });
      assert.deepEqual([source.info.width, source.info.height], [640, 360]);
      const shown = talk.truth.segments.filter(({ kind }) => kind === 'slide');
      let at = 0;
      let shows = 0;
      for await (const frame of source.frames({ everySeconds: 0.2 }, { signal })) {
        using owned = frame;
        while (shown[at] && shown[at]!.end <= owned.timeSeconds + 1e-3) at += 1;
        const { data } = await owned.rgb();
        const rgba = stage.frame(owned.timeSeconds + 1e-3);
        let off = 0;
        for (let pixel = 0; pixel < 640 * 360; pixel += 7)
          off += Math.abs(
            0.2126 * data[pixel * 3]! +
              0.7152 * data[pixel * 3 + 1]! +
              0.0722 * data[pixel * 3 + 2]! -
              luma(rgba, pixel * 4),
          );
        off /= (640 * 360) / 7;
        assert.ok(off < 4, `${owned.timeSeconds} s: ${off.toFixed(1)} levels from what was drawn`);
        shows += 1;
      }
      assert.ok(shows >= shown.length, `${shows} frames`);
      assert.equal(await drawTalk(of, folder, signal).then(({ path }) => path), talk.path);
    },
  );
