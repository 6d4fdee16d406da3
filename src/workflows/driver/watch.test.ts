import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Calibration, MeasuredEvent } from '../../core/driver-state.ts';
import { meterOrReason, recording } from '../../vision/face/recordings.fixture.ts';
import type { ToldEvent } from '../../core/run-event.ts';
import { drawDriver, drawnDriver } from '../../../test/fixtures/drawn-driver.ts';
import { hasFfmpeg } from '../../../test/fixtures/pictures.ts';
import { redecide } from '../../app/redecide.ts';
import { runWorkflow } from '../../app/run.ts';
import { flatOptions, parseDriverOptions } from './options.ts';
import { parseDriverRules } from './rules-file.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'framesift-driver-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('a run of the on-device engine', () => {
  test('finds closed eyes, stores what it measured, and decides again without the video', async (t) => {
    const recorded = recording('driver/phone_eyes_closed_1080p.mp4');
    const clip = recorded ?? path.join(folder, 'drawn.mp4');
    const [from, until] = recorded ? [4.3, 8.8] : [drawnDriver.closedFrom, drawnDriver.closedUntil];
    const meter = await meterOrReason();
    if (!hasFfmpeg) return t.skip('ffmpeg is not here');
    if (recorded === undefined) drawDriver(clip);
    if (typeof meter === 'string') return t.skip(meter);
    await meter[Symbol.asyncDispose]();

    const output = path.join(folder, 'run');
    const told: ToldEvent[] = [];
    for await (const event of runWorkflow('driver', clip, { redact: 'faces' }, { output })) told.push(event);
    assert.equal(told[0]?.type, 'started');
    assert.equal(told.at(-1)?.type, 'finished');
    const read = async <T>(name: string): Promise<T> =>
      JSON.parse(await readFile(path.join(output, name), 'utf8')) as T;
    const events = await read<MeasuredEvent[]>('events.json');
    assert.deepEqual(
      events.map(({ rule }) => rule),
      ['sleep'],
    );
    assert.ok(
      Math.abs(events[0]!.start - from) < 0.4 && Math.abs(events[0]!.end - until) < 0.4,
      JSON.stringify(events),
    );
    assert.deepEqual(await readdir(path.join(output, 'events')), ['sleep-1.png']);
    assert.match(await readFile(path.join(output, 'report.html'), 'utf8'), /Sleep: eyes closed/);

    // The same options again: nothing is done.
    const again: ToldEvent[] = [];
    for await (const event of runWorkflow('driver', clip, { redact: 'faces' }, { output })) again.push(event);
    assert.deepEqual(
      again.map(({ type }) => type),
      ['finished'],
    );

    // The same rules give the same events, picture included; others give others.
    await redecide(output);
    assert.deepEqual(await read('events.json'), events);
    const rules = path.join(folder, 'rules.yaml');
    await writeFile(rules, 'sleepSeconds: 5\nunresponsiveSeconds: 8\n');
    const { before: had, after: has } = await redecide(output, { rules });
    assert.deepEqual([had, has], [1, 1]);
    assert.deepEqual(
      (await read<MeasuredEvent[]>('events.json')).map(({ rule }) => rule),
      ['microsleep'],
    );

    // A calibration that was taken over stays that of the run, until another one is named.
    const other = path.join(folder, 'other.json');
    const { calibration, ...rest } = await read<{ calibration: Calibration }>('driver.json');
    await writeFile(other, JSON.stringify({ ...rest, calibration: { ...calibration, yaw: 7 } }));
    const used = async () => (await read<{ calibration: Calibration }>('driver.json')).calibration;
    await redecide(output, { calibration: other });
    await redecide(output);
    assert.deepEqual(await used(), { ...calibration, yaw: 7, stored: true });
    await writeFile(other, JSON.stringify({ ...rest, calibration: { ...calibration, state: 'none' } }));
    await assert.rejects(redecide(output, { calibration: other }), { code: 'input', message: /holds no calibration/ });

    const beyond = runWorkflow('driver', clip, { from: 99 }, { output: path.join(folder, 'beyond') });
    await assert.rejects(beyond.next(), { code: 'usage', message: /has nothing after --from 99 s/ });
  });

  test('a folder without a run is told of', async () => {
    await assert.rejects(redecide(folder), { code: 'input', message: /holds no run/ });
  });
});

describe('rules in YAML', () => {
  test('override by name and keep the rest', () => {
    const rules = parseDriverRules('longDistractionSeconds: 6\n', 'my.yaml');
    assert.equal(rules.longDistractionSeconds, 6);
    assert.equal(rules.sleepSeconds, 3);
    assert.equal(parseDriverRules('', 'empty.yaml').sleepSeconds, 3);
  });

  test('a wrong table says what is wrong with it', () => {
    const refused = (text: string, message: RegExp): void =>
      assert.throws(() => parseDriverRules(text, 'my.yaml'), { code: 'usage', message });
    refused('longDistraction: 6', /no setting is called longDistraction/);
    refused('sleepSeconds: long', /sleepSeconds/);
    refused('sleepSeconds: -1', /sleepSeconds/);
    refused('microsleepSeconds: 4', /microsleepSeconds \(4\) must not be above sleepSeconds \(3\)/);
    refused('a: [', /not a YAML table of rules: line 1/);
  });
});

test('options are checked with a message that names them', () => {
  assert.equal(parseDriverOptions({}).measure?.faceFps, 10);
  assert.equal(parseDriverOptions({}).ask, undefined);
  const refused = (input: object, message: RegExp): void =>
    assert.throws(() => parseDriverOptions(input), { code: 'usage', message }, JSON.stringify(input));
  refused({ faceFps: 0 }, /--face-fps/);
  refused({ seat: [0, 0, 2, 1] }, /--seat: must be 0–1/);
  refused({ seat: [0, 0, 1] }, /--seat: takes four/);
  refused({ from: 5, until: 5 }, /--until/);
  refused({ facefps: 5 }, /unknown option facefps/);
  refused({ plan: 'lanes' }, /--plan has no effect here: it needs --model or --preset/);
  refused({ model: 'm', measure: false, rules: 'x' }, /--rules has no effect here: it needs measuring/);
  refused({ model: 'm', measure: false, calmGap: 3 }, /--calm-gap has no effect here/);
  refused({ measure: false }, /--no-measure leaves nothing to do/);
  refused({ model: 'm', reuseAtMost: 5 }, /--reuse-at-most has no effect here: it needs --reuse-similar/);
});

test('options as a run records them can be given again', () => {
  for (const input of [{}, { model: 'm' }, { model: 'm', measure: false }, { preset: 'fast', faceFps: 5 }] as const) {
    const options = parseDriverOptions(input);
    assert.deepEqual(parseDriverOptions(flatOptions(options)), options, JSON.stringify(input));
  }
});
