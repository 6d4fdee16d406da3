import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import type { Observation } from '../../src/core/observation.ts';
import { toldEventSchema } from '../../src/core/run-event-schema.ts';
import type { ToldEvent } from '../../src/core/run-event.ts';
import type { RunRecord } from '../../src/core/run.ts';
import { defineWorkflow, FramesiftError, isFramesiftError, openRun, readRun, runWorkflow } from '../../src/index.ts';
import { meterOrReason } from '../../src/vision/face/recordings.fixture.ts';
import { framesift, startFramesift } from '../fixtures/command.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { until } from '../fixtures/processes.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const skip = hasFfmpeg ? false : 'ffmpeg is not here';
const at = (...names: string[]): string => join(folder.path, ...names);
const video = hasFfmpeg ? makeMovingVideo(folder.path, 8) : '';
const recordOf = (run: string): RunRecord => JSON.parse(readFileSync(at(run, 'run.json'), 'utf8')) as RunRecord;
const eventsOf = (text: string): ToldEvent[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ToldEvent);
const told = (run: string): ToldEvent[] => eventsOf(readFileSync(at(run, 'events.jsonl'), 'utf8'));
const observationsOf = (run: string): Observation[] =>
  readFileSync(at(run, 'observations.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Observation);
const shop = fileURLToPath(new URL('../../examples/shop-counter.yaml', import.meta.url));
const asking = (server: SimulatedServer, run: string, ...flags: string[]): string[] => {
  const what = `ask ${video} --workflow ${shop} --model ${server.openAiSpec} -o ${at(run)}`;
  return [...`${what} --plan lanes --no-adaptive --every 2 --no-cache`.split(' '), ...flags];
};
const oneLine = (text: string): void => assert.equal(text.trim().split('\n').length, 1, text);

describe('one folder', { skip }, () => {
  test('belongs to one video under one workflow, and says so in one line', async () => {
    await using server = await SimulatedServer.start({ slots: 2 });
    assert.equal((await framesift(...asking(server, 'mine'))).code, 0);
    const before = readFileSync(at('mine', 'run.json'), 'utf8');
    for (const command of [
      ['slides', video],
      ['driver', video],
    ]) {
      const said = await framesift(...command, '-o', at('mine'));
      assert.equal(said.code, 5, said.err);
      assert.match(said.err, /holds the results of another workflow \(shop-counter\)/);
      oneLine(said.err);
    }
    assert.equal(readFileSync(at('mine', 'run.json'), 'utf8'), before);
  });

  test('names workflow, definition, stages and what decides them', () => {
    const { formatVersion, workflow, stages, state } = recordOf('mine');
    assert.deepEqual([formatVersion, workflow.id, state], [2, 'shop-counter', 'finished']);
    assert.deepEqual(
      stages.map(({ id, state: is }) => [id, is]),
      [['ask', 'finished']],
    );
    const { questions } = workflow.definition as { questions: { id: string; ask: string }[] };
    assert.ok(questions.length > 1 && questions.every(({ ask }) => ask !== ''));
    assert.equal(stages[0]?.decides['threads'], undefined);
  });

  test('is the same run whatever decides nothing, and another one where something does', async () => {
    await using server = await SimulatedServer.start({ slots: 2 });
    const same = await framesift(...asking(server, 'mine', '--threads', '1', '--log-level', 'debug'));
    assert.match(same.out, /Already done: 12 answers/);
    assert.equal(server.served.length, 0);
    const other = await framesift(...asking(server, 'mine', '--temperature', '1'));
    assert.match(other.out, /^✓ 12 answers/);
    assert.equal(server.served.length, 12);
  });

  test('of an older form is refused in one line that says what to do, and replaced by --force', async () => {
    await using server = await SimulatedServer.start({ slots: 2 });
    cpSync(at('mine'), at('old'), { recursive: true });
    const { formatVersion: _, ...old } = recordOf('old');
    writeFileSync(at('old', 'run.json'), JSON.stringify({ ...old, workflow: 'shop-counter', key: 'x' }));
    const said = await framesift(...asking(server, 'old'));
    assert.equal(said.code, 5);
    assert.match(said.err, /wrote in another form\. Choose another folder with -o\. Or do it again with --force\./);
    oneLine(said.err);
    assert.equal((await framesift(...asking(server, 'old', '--force'))).code, 0);
    assert.equal(recordOf('old').formatVersion, 2);
  });
});

describe('one stream of events', { skip }, () => {
  test('is the same on --json, in events.jsonl and to a second process, and keeps its schema', async () => {
    await using server = await SimulatedServer.start({ slots: 2, speed: 30 });
    const { child, said } = startFramesift(...asking(server, 'told', '--json'));
    await until(() => existsSync(at('told', 'events.jsonl')) && server.answered.length > 1, 'a run goes on');
    const followed = framesift('follow', at('told'), '--json');
    const { code, out } = await said;
    assert.equal(code, 0);
    assert.ok(child.pid);
    const events = eventsOf(out);
    assert.deepEqual(told('told'), events);
    assert.deepEqual(eventsOf((await followed).out), events);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index),
    );
    assert.deepEqual([events[0]?.type, events.at(-1)?.type], ['started', 'finished']);
    const type = z.fromJSONSchema(
      JSON.parse(
        readFileSync(new URL('../../docs/reference/run-events.schema.json', import.meta.url), 'utf8'),
      ) as Parameters<typeof z.fromJSONSchema>[0],
    );
    for (const event of events) {
      assert.deepEqual(toldEventSchema.safeParse(event).error?.issues, undefined, JSON.stringify(event));
      assert.deepEqual(type.safeParse(event).error?.issues, undefined, event.type);
    }
    assert.ok(!type.safeParse({ ...events[0], seq: 'first' }).success);
    const replayed = await framesift('follow', at('told'), '--replay');
    assert.match(replayed.out, /✓ 12 answers/);
  });

  test('that nobody reads to its end stops the run in order', async () => {
    await using server = await SimulatedServer.start({ slots: 1, speed: 20 });
    const { child, said } = startFramesift(...asking(server, 'unread', '--json'));
    child.stdout!.once('data', () => child.stdout!.destroy());
    const { code, err } = await said;
    assert.equal(code, 130, err);
    assert.match(err, /^Interrupted\. Run the same command again to continue\.\n$/);
    assert.equal(recordOf('unread').state, 'interrupted');
    assert.equal(told('unread').at(-1)?.type, 'ended');
  });

  test('of a batch is the same with the name of its job on each', async () => {
    await using server = await SimulatedServer.start({ slots: 2 });
    const { out, code } = await framesift(...asking(server, 'batch', '--json', '--jobs', '1'));
    assert.equal(code, 0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; job?: string });
    assert.deepEqual([lines[0]?.type, lines.at(-1)?.type], ['batch-started', 'batch-finished']);
    const [first] = lines.flatMap(({ job }) => job ?? []);
    const own = lines.filter((line) => 'seq' in line).map(({ job, ...event }) => [job, event]);
    assert.deepEqual(
      own,
      told(join('batch', first!)).map((event) => [first, event]),
    );
  });

  test('a torn or damaged line costs that line', async () => {
    appendFileSync(at('told', 'events.jsonl'), '\0\0\0\n{"v":1,"type":"warn');
    const events: ToldEvent[] = [];
    for await (const event of (await openRun(at('told'))).follow()) events.push(event);
    assert.equal(events.at(-1)?.type, 'finished');
  });
});

describe('what failed', { skip }, () => {
  test('is said first, has its exit code, and is asked again by the same command, it alone', async () => {
    await using server = await SimulatedServer.start({ slots: 1 });
    server.faults.add('bad-request');
    const first = await framesift(...asking(server, 'gaps'));
    assert.equal(first.code, 10, first.err);
    const failed = observationsOf('gaps').filter(({ state }) => state === 'failed').length;
    assert.ok(failed >= 1 && failed < 6, `${failed}`);
    assert.match(first.out, new RegExp(`^! \\d+ of 12 answers.*; ${failed} questions? failed\\. Run the same command`));
    const skipped = observationsOf('gaps').filter(({ state }) => state === 'skipped').length;
    const record = recordOf('gaps');
    assert.deepEqual(
      [record.state, record.stages[0]?.state, record.stages[0]?.failed],
      ['incomplete', 'incomplete', failed + skipped],
    );
    const status = await framesift('status', at('gaps'));
    assert.match(status.out, /incomplete[^]*framesift resume/);

    const before = server.served.length;
    const again = await framesift(...asking(server, 'gaps'));
    assert.equal(again.code, 0, again.err);
    assert.match(again.err, /Continuing an earlier run\.\n\d+ answers are kept of the earlier run\./);
    assert.equal(server.served.length - before, failed + skipped, 'nothing else is asked');
    assert.ok(observationsOf('gaps').every(({ state }) => state === 'answered'));
    assert.equal(recordOf('gaps').state, 'finished');
    assert.equal(recordOf('gaps').cost.modelCalls, server.served.length, 'every request is counted, of both parts');
    assert.match((await framesift(...asking(server, 'gaps'))).out, /✓ Already done: 12 answers/);
  });

  test('a line that is torn or damaged is asked for again; who only reads changes nothing', async () => {
    await using server = await SimulatedServer.start({ slots: 1 });
    assert.equal((await framesift(...asking(server, 'torn'))).code, 0);
    const file = at('torn', 'observations.jsonl');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const damaged = [...lines.slice(0, 3), '{bad', '\0\0\0', ...lines.slice(4), lines[3]!.slice(0, 40)].join('\n');
    writeFileSync(file, damaged);
    const record = recordOf('torn');
    const stages = record.stages.map((stage) => ({ ...stage, state: 'running' as const }));
    writeFileSync(at('torn', 'run.json'), JSON.stringify({ ...record, state: 'interrupted', stages }));
    assert.equal((await (await openRun(at('torn'))).observations()).length, 11);
    assert.equal(readFileSync(file, 'utf8'), damaged);
    const before = server.served.length;
    const again = await framesift(...asking(server, 'torn'));
    assert.equal(again.code, 0, again.err);
    assert.equal(server.served.length - before, 1, 'just the one whose line is gone');
    assert.equal(observationsOf('torn').length, 12);
  });

  test('resume of somebody else’s folder sends nothing to their server and writes nowhere', async () => {
    cpSync(at('gaps'), at('foreign'), { recursive: true });
    const record = recordOf('foreign');
    const options = { ...record.options, model: 'openai/m@http://evil.example/v1' };
    writeFileSync(at('foreign', 'run.json'), JSON.stringify({ ...record, state: 'interrupted', options }));
    const said = await framesift('resume', at('foreign'));
    assert.equal(said.code, 2);
    assert.match(said.err, /its options name http:\/\/evil\.example\/v1\. If these results are yours: .* --trust/);
    oneLine(said.err);
  });

  test('resume asks for it too, also of a workflow whose file is gone', async () => {
    await using server = await SimulatedServer.start({ slots: 1 });
    const yaml = at('gone.yaml');
    cpSync(shop, yaml);
    server.faults.add('bad-request');
    const flags = asking(server, 'resumed').with(3, yaml);
    assert.equal((await framesift(...flags)).code, 10);
    writeFileSync(yaml, 'nothing');
    const before = server.served.length;
    const again = await framesift('resume', at('resumed'));
    assert.equal(again.code, 0, again.err);
    assert.ok(server.served.length - before < 6, `${server.served.length - before} requests`);
  });
});

describe('a workflow of one’s own', { skip }, () => {
  const parking = defineWorkflow({
    id: 'parking',
    version: 3,
    title: 'Car park',
    system: 'You watch a car park.',
    sample: { everySeconds: 4, window: 2 },
    questions: { places: { ask: 'How many places are free?', answer: z.object({ free: z.int().min(0).max(9) }) } },
  });

  test('runs from a program, is opened again and exported', async () => {
    await using server = await SimulatedServer.start({ slots: 2 });
    const output = at('parking');
    const types = new Set<string>();
    const options = { model: server.openAiSpec, cache: false };
    for await (const { type } of runWorkflow(parking, video, options, { output })) types.add(type);
    for (const type of ['started', 'stage', 'observation', 'window', 'finished']) assert.ok(types.has(type), type);
    const run = await openRun(output);
    assert.deepEqual(
      [run.record.workflow.id, run.record.workflow.version, run.summary.state],
      ['parking', 3, 'finished'],
    );
    const observations = await run.observations();
    assert.equal(observations.length, 2);
    assert.deepEqual(await readRun(output), { record: run.record, summary: run.summary, observations, events: [] });
    const csv = await framesift('export', output, '--to', 'csv');
    assert.equal(csv.code, 0, csv.err);
    assert.match(
      readFileSync(at('parking', 'answers.csv'), 'utf8'),
      /^start,end,question,state,free,[^]*\r\n0,4,places,answered,\d/,
    );
    for (const form of ['json', 'parquet', 'report']) {
      const said = await framesift('export', output, '--to', form, '-o', at(`out.${form}`));
      assert.equal(said.code, 0, said.err);
      assert.ok(statSync(at(`out.${form}`)).size > 200, form);
    }
    const again = { type: '' };
    for await (const event of runWorkflow(parking, video, options, { output })) again.type = event.type;
    assert.equal(again.type, 'finished', 'an export makes no run stale');
    assert.equal(server.served.length, 2);
  });

  test('a reader that breaks off leaves a run that the next call continues', async () => {
    await using server = await SimulatedServer.start({ slots: 1, speed: 30 });
    const options = { model: server.openAiSpec, cache: false };
    const output = at('left');
    for await (const event of runWorkflow(parking, video, options, { output })) if (event.type === 'observation') break;
    assert.equal(recordOf('left').state, 'interrupted');
    assert.deepEqual(Object.keys(await readRun(output)), ['record', 'summary'], 'nothing that is not whole');
    const events: ToldEvent[] = [];
    for await (const event of runWorkflow(parking, video, options, { output })) events.push(event);
    assert.ok(events[0]?.type === 'started' && events[0].resumed);
    assert.ok(events[0].seq > 0, 'the stream goes on where it was');
    assert.equal(recordOf('left').state, 'finished');
  });

  test('a folder without a run cannot be read as one', async () => {
    await assert.rejects(readRun(folder.path), (error) => isFramesiftError(error) && error.code === 'input');
  });

  test('errors are known by their mark, whichever copy of the package raised them', async () => {
    const run = runWorkflow(parking, at('none.mp4'), { model: 'openai/x@http://127.0.0.1:9/v1' });
    await assert.rejects(run.next(), (error) => isFramesiftError(error) && error.code === 'input');
    const copy = new URL('../../src/core/errors.ts?copy', import.meta.url).href;
    const { FramesiftError: Copy } = (await import(copy)) as { FramesiftError: typeof FramesiftError };
    const foreign = new Copy('usage', 'x');
    assert.ok(isFramesiftError(foreign) && !(foreign instanceof FramesiftError));
    assert.ok(!isFramesiftError(new Error('x')) && !isFramesiftError(null));
  });
});

describe('stages', { skip }, () => {
  test('a driver who was measured is not measured again for a model, nor asked again without one', async (t) => {
    const meter = await meterOrReason();
    if (typeof meter === 'string') return t.skip(meter);
    await meter[Symbol.asyncDispose]();
    await using server = await SimulatedServer.start({ slots: 2 });
    const measuring = ['driver', video, '-o', at('driver'), '--face-fps', '2', '--no-objects'];
    const model = ['--model', server.openAiSpec, '--plan', 'lanes', '--no-cache', '--every', '4'];
    const run = async (...flags: string[]) => {
      const said = await framesift(...flags);
      assert.equal(said.code, 0, said.err);
      return said;
    };
    await run(...measuring);
    const read = await readRun(at('driver'));
    assert.deepEqual(Object.keys(read), ['record', 'summary', 'events']);
    assert.deepEqual(read.events, JSON.parse(readFileSync(at('driver', 'events.json'), 'utf8')));
    const measuredAt = statSync(at('driver', 'measurements.csv')).mtimeMs;
    assert.match((await run(...measuring, ...model)).out, /✓ 10 answers/);
    assert.equal((await readRun(at('driver'))).observations?.length, 10);
    assert.equal(statSync(at('driver', 'measurements.csv')).mtimeMs, measuredAt, 'measured once');
    const asked = server.served.length;
    assert.match((await run(...measuring)).out, /Already done: 10 answers/);
    assert.match((await run(...measuring, ...model)).out, /Already done: 10 answers/);
    assert.equal(server.served.length, asked, 'asked once');
    assert.deepEqual(
      recordOf('driver').stages.map(({ id, state }) => [id, state]),
      ['measure', 'conclude', 'ask'].map((id) => [id, 'finished']),
    );

    // Something more is wanted of what was measured: the answers stay, and the report shows both.
    const drawn = await run(...measuring, '--overlay', at('overlay.mp4'));
    assert.match(drawn.out, /✓ 10 answers/);
    assert.equal(server.served.length, asked);
    const { models, cost } = recordOf('driver');
    assert.ok(models.some(({ use }) => use === 'questions'));
    assert.equal(cost.modelCalls, asked);
    assert.match(readFileSync(at('driver', 'report.html'), 'utf8'), /asked of openai\/[^]*Measured on this device/);
    assert.match((await run(...measuring, ...model)).out, /Already done: 10 answers/);

    // Measured another way, the answers are those of another run: calm stretches were judged by the old measurements.
    const other = await run(...measuring.with(5, '4'));
    assert.doesNotMatch(other.out, /answers/);
    assert.ok(!existsSync(at('driver', 'observations.jsonl')));
    assert.equal(recordOf('driver').stages.length, 2);
    assert.ok(statSync(at('driver', 'measurements.csv')).mtimeMs > measuredAt);
  });
});
