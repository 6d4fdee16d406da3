/** A run's folder is input from outside: what it says is checked, its paths stay inside, and what is damaged is made again. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { analyzeBatch } from '../../src/app/batch/batch.ts';
import { readStatus } from '../../src/app/batch/status.ts';
import { exportRun } from '../../src/app/export.ts';
import type { BatchRecord } from '../../src/core/batch.ts';
import { FramesiftError } from '../../src/core/errors.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { ToldEvent } from '../../src/core/run-event.ts';
import type { RunRecord, RunSummary } from '../../src/core/run.ts';
import { defineWorkflow, openRun, readRun, runWorkflow } from '../../src/index.ts';
import { framesift } from '../fixtures/command.ts';
import { z } from 'zod';
import { RecordingProxy } from '../fixtures/recording-proxy.ts';
import { sampleTalk } from '../fixtures/sample.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const skip = !hasFfmpeg && 'ffmpeg is not here';

const json = (...path: string[]): unknown => JSON.parse(readFileSync(at(...path), 'utf8'));
const recordOf = (run: string): RunRecord => json(run, 'run.json') as RunRecord;
const write = (value: unknown, ...path: string[]): void => writeFileSync(at(...path), JSON.stringify(value));
const secret = 'the user’s own diary';

async function slidesOf(into: string, force = false): Promise<RunSummary> {
  const { path } = await sampleTalk();
  return last(runWorkflow('slides', path, { text: false, until: 20 }, { output: at(into), force }));
}

async function last(run: AsyncGenerator<ToldEvent, RunSummary>): Promise<RunSummary> {
  let step = await run.next();
  while (!step.done) step = await run.next();
  return step.value;
}

const oneLine =
  (code: string, says: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof FramesiftError, String((error as Error).stack));
    assert.equal(error.code, code);
    assert.match(error.message, says);
    return !error.message.includes('\n');
  };

/** A run of slides to be spoiled, made once. */
before(async () => {
  mkdirSync(at('home'));
  writeFileSync(at('home', 'diary.jpg'), secret);
  await slidesOf('pristine');
});
beforeEach(() => {
  rmSync(at('run'), { recursive: true, force: true });
  cpSync(at('pristine'), at('run'), { recursive: true });
});

describe('paths of a folder stay inside', () => {
  test('a picture that slides.json names outside, or by a link, is in no report', async () => {
    const { slides, ...rest } = json('run', 'slides.json') as { slides: { image: string }[] };
    assert.ok(slides.length > 0);
    write({ ...rest, slides: [{ ...slides[0], image: '../home/diary.jpg' }] }, 'run', 'slides.json');
    await assert.rejects(
      exportRun(at('run'), 'report', at('out.html')),
      oneLine('input', /is not a picture of this run/),
    );
    write({ ...rest, slides }, 'run', 'slides.json');
    rmSync(at('run', slides[0]!.image));
    symlinkSync(at('home', 'diary.jpg'), at('run', slides[0]!.image));
    await exportRun(at('run'), 'report', at('out.html'));
    const page = readFileSync(at('out.html'), 'utf8');
    assert.ok(!page.includes(Buffer.from(secret).toString('base64').slice(0, 20)));
    assert.match(page, /data:image\/jpeg/, 'the others are there');
  });

  test('a line of the ledger of other types is left out of the report', async () => {
    const [line = '{}'] = readFileSync(at('run', 'ledger.jsonl'), 'utf8').split('\n');
    const opinion = { use: 'gate', model: 'spoilt', confidence: 'very', decided: true };
    writeFileSync(
      at('run', 'ledger.jsonl'),
      `${JSON.stringify({ ...JSON.parse(line), opinions: [opinion] })}\n${line}\n`,
    );
    await exportRun(at('run'), 'report', at('out.html'));
    assert.ok(!readFileSync(at('out.html'), 'utf8').includes('spoilt'));
  });

  test('events.json names no picture outside', async () => {
    const record = recordOf('run');
    write({ ...record, workflow: { ...record.workflow, id: 'driver' } }, 'run', 'run.json');
    const event = {
      by: 'measurement',
      id: 'yawn-1',
      rule: 'yawn',
      title: 'Yawn',
      severity: 'info',
      start: 1,
      end: 2,
      raisedAt: 1,
      confidence: 1,
      figures: {},
      threshold: {},
      source: '',
      calibration: 'none',
    };
    write([{ ...event, image: '../home/diary.jpg' }], 'run', 'events.json');
    await assert.rejects((await openRun(at('run'))).events(), oneLine('input', /its events\.json is damaged .*image/));
    write([{ ...event, image: 'events/yawn-1.png' }], 'run', 'events.json');
    assert.equal((await (await openRun(at('run'))).events()).length, 1);
  });

  test('a batch runs in no folder outside, nor in one behind a link', async () => {
    const { path } = await sampleTalk();
    const record: BatchRecord = {
      formatVersion: 2,
      framesift: '0.1.0',
      workflow: { id: 'slides' },
      options: {},
      settings: { jobs: 1 },
      state: 'interrupted',
      started: '2026-01-01T00:00:00.000Z',
      jobs: [{ video: path, folder: '../ESCAPED', bytes: 1, state: 'waiting', attempts: 0 }],
    };
    mkdirSync(at('batch'));
    write(record, 'batch', 'batch.json');
    const said = await framesift('resume', at('batch'));
    assert.equal(said.code, 3);
    assert.match(said.err, /batch\.json: is damaged \(jobs\.0\.folder: leads outside\)/);
    write({ ...record, jobs: [{ ...record.jobs[0], folder: 'a/b.framesift' }] }, 'batch', 'batch.json');
    symlinkSync(at('home'), at('batch', 'a'));
    const order = {
      workflow: { id: 'slides' },
      videos: [path],
      options: {},
      output: at('batch'),
      settings: { jobs: 1 },
    };
    await assert.rejects(analyzeBatch(order).next(), oneLine('output', /is a link to another place/));
    assert.deepEqual(readdirSync(at('home')), ['diary.jpg']);
    assert.ok(!existsSync(at('ESCAPED')));
  });

  for (const name of ['events.jsonl', 'run.log', 'ledger.jsonl.part', 'slides', 'memory'])
    test(`nothing is written through a link: ${name}`, async () => {
      const record = recordOf('run');
      write({ ...record, state: 'interrupted', stages: [] }, 'run', 'run.json');
      rmSync(at('run', name), { recursive: true, force: true });
      symlinkSync(name.includes('.') ? at('home', 'diary.jpg') : at('home'), at('run', name));
      await assert.rejects(
        slidesOf('run'),
        oneLine('output', /is a link to another place, and nothing is written there/),
      );
      await slidesOf('run', true);
      assert.equal(readFileSync(at('home', 'diary.jpg'), 'utf8'), secret);
      assert.deepEqual(readdirSync(at('home')), ['diary.jpg']);
    });

  test('--force removes what a run wrote, and no file of the user’s', async () => {
    writeFileSync(at('run', 'slides', 'notes.txt'), 'mine');
    writeFileSync(at('run', 'slides', 'holiday.jpg'), 'mine');
    writeFileSync(at('run', 'report.html.bak'), 'mine');
    await slidesOf('run', true);
    for (const name of ['slides/notes.txt', 'slides/holiday.jpg', 'report.html.bak']) {
      assert.equal(readFileSync(at('run', name), 'utf8'), 'mine', name);
    }
  });
});

describe('addresses and outside places of a folder', () => {
  test('are used only when the user says so: nothing is sent, nothing is overwritten', async () => {
    await using server = await SimulatedServer.start();
    await using proxy = await RecordingProxy.start(server.url);
    process.env['OPENAI_API_KEY'] = 'sk-the-users-own-key';
    try {
      const record = recordOf('run');
      const foreign = { ...record, state: 'interrupted', stages: [] };
      // An address that is not loopback by its name, and would be by its number.
      const model = `openai/m@http://${proxy.host.replace('127.0.0.1', '127.0.0.1.nip.example')}/v1`;
      for (const [options, says] of [
        [{ ...record.options, text: true, context: model }, /its options name http:\/\/127\.0\.0\.1\.nip/],
        [{ ...record.options, overlay: at('home', 'diary.jpg') }, /diary\.jpg/],
        [{ ...record.options, cacheFolder: at('home') }, /home/],
        [{ ...record.options, text: true, textModel: at('home') }, /home/],
        [{ ...record.options, frameClassifier: [at('home', 'x.onnx')] }, /x\.onnx/],
        [{ ...record.options, rules: at('home', 'diary.jpg') }, /diary\.jpg/],
      ] as const) {
        write({ ...foreign, options }, 'run', 'run.json');
        const { code, err } = await framesift('resume', at('run'));
        assert.equal(code, 2, err);
        assert.match(err, says);
        assert.match(err, /^[^\n]+ --trust\n$/);
      }
      assert.equal(proxy.seen.length, 0);
      assert.equal(readFileSync(at('home', 'diary.jpg'), 'utf8'), secret);
    } finally {
      delete process.env['OPENAI_API_KEY'];
    }
  });
});

test('a folder of the user’s own needs no word: it is known by its mark', { skip }, async () => {
  await using server = await SimulatedServer.start({ slots: 2 });
  const video = makeMovingVideo(folder.path, 4, '160x120');
  const shop = join(import.meta.dirname, '../../examples/shop-counter.yaml');
  const model = `--model ${server.openAiSpec} --plan lanes --no-adaptive --every 2`;
  const asking = `ask ${video} --workflow ${shop} ${model} --cache-folder ${at('answers')} -o ${at('own')}`;
  assert.equal((await framesift(...asking.split(' '))).code, 0);
  const record = recordOf('own');
  write({ ...record, state: 'interrupted' }, 'own', 'run.json');
  assert.equal((await framesift('resume', at('own'))).code, 0);
  cpSync(at('own'), at('sent'), { recursive: true });
  const elsewhere = await framesift('resume', at('sent'));
  assert.match(elsewhere.err, /its options name .*answers\. If these results are yours: .* --trust/);
  write({ ...record, options: { ...record.options, cacheFolder: at('home') } }, 'own', 'run.json');
  assert.match((await framesift('resume', at('own'))).err, /its options name .*home\./);
});

describe('what is damaged', () => {
  test('of a finished run is made again, and not called done', async () => {
    const good = readFileSync(at('run', 'slides.json'), 'utf8');
    const spoil: Readonly<Record<string, () => void>> = {
      'slides.json torn': () => writeFileSync(at('run', 'slides.json'), good.slice(0, 200)),
      'slides.json of null': () => write(null, 'run', 'slides.json'),
      'slides.json gone': () => rmSync(at('run', 'slides.json')),
      'a picture empty': () => writeFileSync(at('run', 'slides', '0001.jpg'), ''),
      'shown.json of other types': () => write({ shown: [{ start: 'soon' }] }, 'run', 'shown.json'),
    };
    for (const [what, damage] of Object.entries(spoil)) {
      damage();
      const { alreadyDone, state } = await slidesOf('run');
      assert.deepEqual([alreadyDone, state], [false, 'finished'], what);
      assert.equal(readFileSync(at('run', 'slides.json'), 'utf8'), good, what);
    }
    assert.equal((await slidesOf('run')).alreadyDone, true);
  });

  test('is told in one line by who only reads', async () => {
    const names = ['run.json', 'slides.json', 'shown.json', 'batch.json'];
    const values = ['null', '[]', '{"slides": 7}', '{bad', '\0\0\0', '"text"', '{"formatVersion": 2, "framesift": []}'];
    for (const name of names) {
      for (const value of [...values, undefined]) {
        rmSync(at('run'), { recursive: true, force: true });
        cpSync(at('pristine'), at('run'), { recursive: true });
        rmSync(at('run', name), { force: true });
        if (value === undefined) mkdirSync(at('run', name));
        else writeFileSync(at('run', name), value);
        for (const read of [
          () => readStatus(at('run')),
          () => readRun(at('run')),
          () => exportRun(at('run'), 'report', at('out.html')),
          () => exportRun(at('run'), 'json', at('out.json')),
        ]) {
          await read().catch((error: unknown) => {
            const isOurs = error instanceof FramesiftError && !error.message.includes('\n');
            assert.ok(isOurs, `${name} = ${value}: ${(error as Error).stack}`);
          });
        }
      }
    }
  });

  test('of answers is asked again, just that; what was concluded of them is concluded again', { skip }, async () => {
    await using server = await SimulatedServer.start({ slots: 1 });
    const video = makeMovingVideo(folder.path, 8, '160x120');
    const parking = defineWorkflow({
      id: 'parking',
      version: 1,
      title: 'Car park',
      system: 'You watch a car park.',
      sample: { everySeconds: 2, window: 2 },
      questions: { places: { ask: 'How many places are free?', answer: z.object({ free: z.int().min(0).max(9) }) } },
    });
    const ask = () =>
      last(
        runWorkflow(parking, video, { model: server.openAiSpec, cache: false, plan: 'lanes' }, { output: at('asked') }),
      );
    await ask();
    const file = at('asked', 'observations.jsonl');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const first = JSON.parse(lines[0]!) as Observation;
    const asked = server.served.length;
    for (const bad of [
      '{bad',
      '\0\0\0',
      'null',
      JSON.stringify({ ...first, frames: [{ timeSeconds: 0, image: '../../home/diary.jpg' }] }),
      JSON.stringify({ ...first, confidence: 'very' }),
    ]) {
      const before = server.served.length;
      writeFileSync(file, `${[bad, ...lines.slice(1)].join('\n')}\n`);
      const { alreadyDone, counts } = await ask();
      assert.deepEqual([alreadyDone, counts['answered']], [false, lines.length], bad);
      assert.equal(server.served.length - before, 1, 'just the one whose line is damaged');
    }
    const before = server.served.length;
    writeFileSync(at('asked', 'events.json'), '[{"title":');
    await assert.rejects(
      readRun(at('asked')),
      oneLine('input', /its events\.json is damaged .* Run its command again/),
    );
    assert.equal((await ask()).alreadyDone, false);
    assert.equal(server.served.length, before);
    assert.deepEqual((await readRun(at('asked'))).events, []);
    assert.equal((await ask()).alreadyDone, true);
    assert.ok(asked > 0);
  });
});

test('what was noticed before a run could begin is told, also where it cannot begin', async () => {
  const { path } = await sampleTalk();
  const told: ToldEvent[] = [];
  const run = runWorkflow('slides', path, { text: false, hwaccel: 'auto', from: 1000 }, { output: at('early') });
  const listen = async (): Promise<void> => {
    for await (const event of run) told.push(event);
  };
  await assert.rejects(listen(), oneLine('usage', /has nothing after --from/));
  assert.ok(!existsSync(at('early')));
  assert.deepEqual(
    told.map((event) => [event.seq, event.type, event.type === 'warning' && event.message.slice(0, 20)]),
    [[0, 'warning', 'Decoding on the CPU,']],
  );
});
