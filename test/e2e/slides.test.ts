import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { likeness } from '../../bench/quality/frames.ts';
import { score } from '../../bench/quality/score.ts';
import type { Decision, RunRecord } from '../../src/core/run.ts';
import type { RunEvent } from '../../src/core/run-event.ts';
import type { Slide } from '../../src/core/slide.ts';
import { readRun } from '../../src/index.ts';
import type { TalkTruth } from '../../src/media/sample-talk/script.ts';
import { framesift, startFramesift } from '../fixtures/command.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { until } from '../fixtures/processes.ts';
import { sampleTalk } from '../fixtures/sample.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const read = (...names: string[]): unknown => JSON.parse(readFileSync(at(...names), 'utf8'));
const slidesOf = (run: string): readonly Slide[] => (read(run, 'slides.json') as { slides: Slide[] }).slides;
const recordOf = (run: string): RunRecord => read(run, 'run.json') as RunRecord;
const ledgerOf = (run: string): Decision[] =>
  readFileSync(at(run, 'ledger.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Decision);

/** All that a run found, as text, for comparing two runs. */
const resultsOf = (run: string): string =>
  ['slides.json', 'shown.json', 'ledger.jsonl'].map((name) => readFileSync(at(run, name), 'utf8')).join('\n') +
  readdirSync(at(run, 'slides'))
    .sort()
    .map((name) => `${name} ${readFileSync(at(run, 'slides', name)).toString('base64')}`)
    .join('\n');

/** The half seconds of the sample talk at which a frame was looked at: all but those in quiet spans. */
const lookedAt = (): number[] => {
  const { quiet } = read('run', 'shown.json') as { quiet: { start: number; end: number }[] };
  const seconds = Array.from({ length: 122 }, (_, half) => half / 2);
  return seconds.filter((second) => !quiet.some(({ start, end }) => second >= start && second < end));
};

let talk: { path: string; truth: TalkTruth };
before(async () => {
  talk = await sampleTalk();
  const said = await framesift('slides', talk.path, '-o', at('run'));
  assert.equal(said.code, 0, said.err);
  assert.match(said.out, /6 slides in 1:01 of video[^]*Looked at \d+ of 1,525 frames[^]*report\.html/);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(said.out + said.err, /\u001b|\r/, 'piped output has no escape codes');
});

describe('slides of the sample talk', () => {
  test('are those of its truth', () => {
    const { recall, precision, final, presence, boundary, words } = score(talk.truth, { slides: slidesOf('run') });
    assert.deepEqual({ recall, precision, final }, { recall: 1, precision: 1, final: 1 });
    assert.ok(presence > 0.95, `presence ${presence}`);
    assert.ok(boundary < 0.1, `boundary ${boundary} s`);
    assert.ok(words > 0.9, `words ${words}`);
  });

  test('each JPEG is the video’s frame at its time', { skip: !hasFfmpeg && 'no ffmpeg program' }, async () => {
    for (const { timestamp, image, width, height } of slidesOf('run')) {
      assert.deepEqual([width, height], [1280, 720]);
      const decibels = await likeness(talk.path, timestamp, at('run', image), { width, height });
      assert.ok(decibels > 33, `${image} is ${decibels.toFixed(1)} dB from the frame at ${timestamp} s`);
    }
  });

  test('are read by a program', async () => {
    const { slides, record, ...others } = await readRun(at('run'));
    assert.deepEqual(slides, slidesOf('run'));
    assert.deepEqual(record, recordOf('run'));
    assert.deepEqual(Object.keys(others), ['summary']);
  });

  test('slides.json keeps its published schema', () => {
    const schema = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../docs/reference/slides.schema.json'), 'utf8'),
    ) as Parameters<typeof z.fromJSONSchema>[0];
    const type = z.fromJSONSchema(schema);
    const whole = read('run', 'slides.json') as { slides: Record<string, unknown>[] };
    assert.deepEqual(type.safeParse(whole).error?.issues, undefined);
    const [first] = whole.slides;
    assert.ok(!type.safeParse({ ...whole, slides: [{ ...first, timestamp: 'early' }] }).success);
    assert.ok(!type.safeParse({ ...whole, slides: [{ ...first, kind: 'page' }] }).success);
  });

  test('files: one image and one record a slide, whole, and nothing else', () => {
    const slides = slidesOf('run');
    const expected = slides.flatMap(({ image }) => [image, image.replace('.jpg', '.json')]);
    assert.deepEqual(
      readdirSync(at('run', 'slides')).sort(),
      expected.map((name) => name.replace('slides/', '')).sort(),
    );
    for (const slide of slides) assert.deepEqual(read('run', slide.image.replace('.jpg', '.json')), slide);
    assert.deepEqual(
      readdirSync(at('run')).sort(),
      [
        'events.jsonl',
        'ledger.jsonl',
        'memory',
        'report.html',
        'run.json',
        'run.log',
        'shown.json',
        'slides',
        'slides.json',
        'states',
        'states.json',
      ].sort(),
    );
  });

  test('the ledger has a line for each frame looked at, and each kept one is a slide’s', () => {
    const ledger = ledgerOf('run');
    assert.deepEqual(
      ledger.map(({ time }) => Math.round(2 * time) / 2),
      lookedAt(),
    );
    const kept = ledger.filter((decision) => decision.kept);
    const bySlide = kept.toSorted((a, b) => a.slide! - b.slide!).map(({ time, slide }) => [time, slide]);
    assert.deepEqual(
      bySlide,
      slidesOf('run').map(({ timestamp, index }) => [timestamp, index]),
    );
    for (const { rule, reason, figures, threshold } of ledger) {
      assert.ok(rule && reason);
      assert.ok(Object.keys(figures).length >= 2 && Object.keys(threshold).length > 0);
    }
  });

  test('run.json tells source, options, models, timings, state', () => {
    const record = recordOf('run');
    assert.equal(record.state, 'finished');
    assert.equal(record.source.bytes, statSync(talk.path).size);
    assert.equal(record.options['every'], 0.5);
    assert.ok(record.models.length > 0 && record.timings.length > 2 && record.finished);
    assert.equal(record.counts['framesLookedAt'], lookedAt().length);
    assert.ok(record.cost.cpuMs > 100 && record.cost.peakMemoryMb > 50);
  });

  test('a finished run is not done twice', async () => {
    const before = statSync(at('run', 'slides.json')).mtimeMs;
    const said = await framesift('slides', talk.path, '-o', at('run'));
    assert.match(said.out, /Already done: 6 slides \(use --force/);
    assert.equal(statSync(at('run', 'slides.json')).mtimeMs, before);
  });

  const short = ['--no-text', '--until', '20'];

  test('--json prints every event as a line', async () => {
    const said = await framesift('slides', talk.path, '-o', at('json'), '--json', ...short);
    const events = said.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    assert.equal(events[0]?.type, 'started');
    assert.equal(events.at(-1)?.type, 'finished');
    assert.equal(events.filter(({ type }) => type === 'decision').length, 40);
    assert.equal(events.filter(({ type }) => type === 'slide').length, slidesOf('json').length);
    assert.ok(events.some(({ type }) => type === 'progress'));
    assert.equal(said.err, '');
  });

  test('--force does it again with equal results; --quiet prints nothing', async () => {
    const [results, before] = [resultsOf('json'), statSync(at('json', 'slides.json')).mtimeMs];
    const said = await framesift('slides', talk.path, '-o', at('json'), ...short, '--force', '--quiet');
    assert.deepEqual(said, { code: 0, out: '', err: '' });
    assert.ok(statSync(at('json', 'slides.json')).mtimeMs > before);
    assert.equal(resultsOf('json'), results);
  });

  test('the ffmpeg program finds the same slides', { skip: !hasFfmpeg && 'no ffmpeg program' }, async () => {
    const said = await framesift('slides', talk.path, '-o', at('program'), '--no-text', '-q', '--decoder', 'ffmpeg');
    assert.equal(said.err, '');
    assert.deepEqual(score(talk.truth, { slides: slidesOf('program') }).recall, 1);
  });
});

describe('a run that is decided again', () => {
  const again = (...options: string[]): ReturnType<typeof framesift> => framesift('redecide', at('again'), ...options);
  before(() => cpSync(at('run'), at('again'), { recursive: true }));

  test('comes out the same where nothing else is asked for', async () => {
    const said = await again();
    assert.match(said.out, /^6 slides \(before: 6\) from \d+ states in \d+ ms\n.*report\.html\n$/);
    assert.equal(resultsOf('again'), resultsOf('run'));
    assert.deepEqual(recordOf('again').counts, recordOf('run').counts);
  });

  test('keeps other kinds, and merges more or less; all that is told follows', async () => {
    assert.equal((await again('--keep', 'screen')).code, 0);
    assert.deepEqual(slidesOf('again'), []);
    assert.equal(recordOf('again').counts['slides'], 0);
    assert.ok(ledgerOf('again').every(({ kept, slide }) => !kept && slide === undefined));
    assert.deepEqual(readdirSync(at('again', 'slides')), []);
    const merged = JSON.parse((await again('--merge-from', '0', '--json')).out) as { after: number; before: number };
    assert.ok(merged.before === 0 && merged.after < 6, `${merged.after} slides where all that may be one is one`);
    assert.equal(recordOf('again').counts['slides'], merged.after);
    assert.equal(ledgerOf('again').filter(({ kept }) => kept).length, merged.after);
    const { report } = JSON.parse((await again('--json')).out) as { report: string };
    assert.equal((readFileSync(report, 'utf8').match(/<article/g) ?? []).length, 6);
    assert.equal(score(talk.truth, { slides: slidesOf('again') }).presence > 0.95, true);
  });

  test('refuses what belongs to other workflows, and states that are damaged', async () => {
    const rules = await again('--rules', 'rules.yaml');
    assert.match(rules.err, /^Error: --rules has no effect on a run of slides: give --keep or --merge-from\.\n$/);
    assert.match((await again('--merge-from', '2')).err, /^Error: --merge-from: .*\n$/);
    const states = readFileSync(at('again', 'states.json'), 'utf8');
    for (const damaged of [states.slice(0, -9), states.replace('"width": 1280', '"width": "wide"')]) {
      writeFileSync(at('again', 'states.json'), damaged);
      const said = await again();
      assert.equal(said.code, 3);
      assert.match(said.err, /^Error: .*states\.json is missing, damaged or of another version .*--force\.\n$/);
    }
  });

  test('its command takes it for the run that it was only where it is', async () => {
    cpSync(at('run', 'states.json'), at('again', 'states.json'));
    await again();
    const same = await framesift('slides', talk.path, '-o', at('again'));
    assert.match(same.out, /Already done: 6 slides/);
    await again('--merge-from', '0');
    const other = await framesift('slides', talk.path, '-o', at('again'));
    assert.match(other.out, /6 slides in 1:01 of video/);
    assert.equal(resultsOf('again'), resultsOf('run'));
  });
});

describe('a run that is cut short', () => {
  test('Ctrl-C ends with 130 and leaves a run that is continued', async () => {
    const { child, said } = startFramesift('slides', talk.path, '-o', at('stopped'));
    await until(() => existsSync(at('stopped', 'states', '0001.jpg')), 'a picture was kept');
    child.kill('SIGINT');
    const { code, out, err } = await said;
    assert.equal(code, 130);
    assert.equal(out, '');
    assert.match(err, /^Interrupted\. Run the same command again to continue\.\n$/m);
    assert.equal(recordOf('stopped').state, 'interrupted');
    const again = await framesift('slides', talk.path, '-o', at('stopped'));
    assert.match(again.err, /Continuing an earlier run/);
    assert.equal(resultsOf('stopped'), resultsOf('run'));
  });

  test('killed in the middle, the same command ends as if undisturbed, no text read twice', async () => {
    const { child, said } = startFramesift('slides', talk.path, '-o', at('killed'));
    const memory = at('killed', 'memory');
    await until(
      () => existsSync(memory) && readdirSync(memory).some((name) => name.endsWith('.json')),
      'a text was read',
    );
    child.kill('SIGKILL');
    await said;
    const known = readdirSync(memory).filter((name) => name.endsWith('.json')).length;
    assert.ok(!existsSync(at('killed', 'slides.json')));
    const again = await framesift('slides', talk.path, '-o', at('killed'));
    assert.equal(again.code, 0, again.err);
    assert.equal(resultsOf('killed'), resultsOf('run'));
    assert.equal(recordOf('killed').counts['textsRead'], readdirSync(memory).length - known);
  });

  test('killed while its report was written, it ends as if undisturbed', async () => {
    cpSync(at('run'), at('unreported'), { recursive: true });
    rmSync(at('unreported', 'report.html'));
    const { decode: _, finished: __, ...record } = recordOf('run');
    const unfinished = { ...record, state: 'running', timings: [], counts: {}, figures: {}, warnings: [] };
    writeFileSync(at('unreported', 'run.json'), JSON.stringify(unfinished));
    const again = await framesift('slides', talk.path, '-o', at('unreported'));
    assert.equal(again.code, 0, again.err);
    assert.equal(resultsOf('unreported'), resultsOf('run'));
    const { state, counts, decode } = recordOf('unreported');
    assert.equal(state, 'finished');
    assert.equal(counts['slides'], recordOf('run').counts['slides']);
    assert.ok(decode);
    assert.ok(existsSync(at('unreported', 'report.html')));
  });

  test('a second process on the folder is told who holds it', async () => {
    const { child, said } = startFramesift('slides', talk.path, '-o', at('shared'), '--until', '30');
    await until(() => existsSync(at('shared', 'run.lock')), 'the folder was locked');
    const second = await framesift('slides', talk.path, '-o', at('shared'));
    assert.equal(second.code, 5);
    assert.match(
      second.err,
      new RegExp(`^Error: .*run\\.lock: another run holds this folder \\(process ${child.pid} .*\\n$`),
    );
    assert.equal((await said).code, 0);
    assert.ok(!existsSync(at('shared', 'run.lock')));
  });

  test('the folder of another video is refused', async () => {
    // An empty box at the end: it plays the same and is another file.
    writeFileSync(at('other.mp4'), Buffer.concat([readFileSync(talk.path), Buffer.from('\0\0\0\u0008free', 'latin1')]));
    const results = resultsOf('run');
    const said = await framesift('slides', at('other.mp4'), '-o', at('run'));
    assert.equal(said.code, 5);
    assert.match(
      said.err,
      /^Error: .*run: holds the results of another video \(sample\.mp4\)\. Choose another folder.*\n$/,
    );
    assert.equal(resultsOf('run'), results);
  });
});
