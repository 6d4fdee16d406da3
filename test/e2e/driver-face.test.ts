import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test, type TestContext } from 'node:test';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import type { MeasuredEvent } from '../../src/core/driver-state.ts';
import type { Event } from '../../src/core/event.ts';
import type { WindowDecision } from '../../src/core/observation.ts';
import { openVideo } from '../../src/media/open-video.ts';
import { meterOrReason, recording } from '../../src/vision/face/recordings.fixture.ts';
import { drawDriver } from '../fixtures/drawn-driver.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const inFolder = (...names: string[]): string => join(folder.path, ...names);
const start = (...flags: string[]) =>
  spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });

async function framesift(...flags: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = start(...flags);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

const text = (run: string, file: string): string => readFileSync(inFolder(run, file), 'utf8');
const json = (run: string, file: string): unknown => JSON.parse(text(run, file));

let missing: string | undefined;
before(async () => {
  const meter = await meterOrReason();
  if (typeof meter === 'string') missing = meter;
  else await meter[Symbol.asyncDispose]();
  if (!hasFfmpeg) missing ??= 'ffmpeg is not here';
});

/** The recording's path, or that of the drawn driver; undefined, and the test skipped, where a package is not there. */
function clip(t: TestContext, name: string): string | undefined {
  if (missing !== undefined) {
    t.skip(missing);
    return undefined;
  }
  const path = recording(`driver/${name}`) ?? inFolder('drawn-driver.mp4');
  if (!existsSync(path)) drawDriver(path);
  return path;
}

describe('driver on this device alone', () => {
  test('kill -9 in the middle, run again: it goes on where it was, and the result is the same', async (t) => {
    const video = clip(t, 'phone_nod_and_turn_540p.mp4');
    if (video === undefined) return;
    const flags = (run: string): string[] => ['driver', video, '-o', inFolder(run), '--face-fps', '5'];
    const calm = await framesift(...flags('undisturbed'));
    assert.equal(calm.code, 0, calm.err);
    const child = start(...flags('killed'));
    const exit = once(child, 'exit');
    const log = inFolder('killed', 'measurements.csv.part');
    // Past the first ten seconds, which are not measured again.
    while (!existsSync(log) || readFileSync(log, 'utf8').split('\n').length < 60) await sleep(20);
    child.kill('SIGKILL');
    await exit;
    assert.ok(!existsSync(inFolder('killed', 'measurements.csv')));
    // As a power cut leaves it: the last line torn.
    writeFileSync(log, readFileSync(log).subarray(0, -7));
    const again = await framesift(...flags('killed'));
    assert.equal(again.code, 0, again.err);
    assert.match(again.err, /Continuing an earlier run\.\n\d+ frames are measured of the earlier run\./);
    for (const file of ['measurements.csv', 'spans.json', 'events.json', 'driver.json']) {
      assert.equal(text('killed', file), text('undisturbed', file), file);
    }
    assert.ok(!existsSync(log));
  });
});

describe('the overlay', () => {
  test('is a video of what was measured; another one is drawn without measuring again', async (t) => {
    const video = clip(t, 'normal_eye_blink.mp4');
    if (video === undefined) return;
    const flags = ['driver', video, '-o', inFolder('drawn'), '--overlay', inFolder('drawn.mp4')];
    const { code, err } = await framesift(...flags);
    assert.equal(code, 0, err);
    const measured = statSync(inFolder('drawn', 'measurements.csv')).mtimeMs;
    // Its folder is made.
    const again = await framesift(...flags, '--redact', 'faces', '--overlay', inFolder('new', 'blurred.mp4'));
    assert.equal(again.code, 0, again.err);
    assert.equal(statSync(inFolder('drawn', 'measurements.csv')).mtimeMs, measured);
    const { signal } = new AbortController();
    const rows = text('drawn', 'measurements.csv').trim().split('\n').length - 1;
    for (const name of ['drawn.mp4', 'new/blurred.mp4']) {
      await using source = await openVideo(inFolder(name), { signal });
      let frames = 0;
      for await (using _ of source.frames({ everySeconds: 0.01 }, { signal })) frames += 1;
      assert.equal(frames, rows, name);
    }
  });
});

describe('driver on this device and with a model', () => {
  test('measured events are shown to the model, what is calm is not asked, and both stay apart', async (t) => {
    const video = clip(t, 'phone_eyes_closed_1080p.mp4');
    if (video === undefined) return;
    await using server = await SimulatedServer.start({ slots: 2 });
    const model = ['--model', server.openAiSpec, '--plan=lanes', `--cache-folder=${inFolder('cache')}`];
    const flags = ['driver', video, '-o', inFolder('both'), '--every=0.5', '--window=2', ...model];
    const { code, out, err } = await framesift(...flags);
    assert.equal(code, 0, err);
    assert.match(
      out,
      /Sleep: eyes closed \(alarm, \d+ %\)\n +(seen by the model too|not seen by the model|the model cannot tell)/,
    );
    assert.match(out, /measured as calm/);

    const events = json('both', 'events.json') as (MeasuredEvent | (Event & { by: 'model' }))[];
    const measured = events.filter((event) => event.by === 'measurement');
    assert.deepEqual(
      measured.map(({ rule }) => rule),
      ['sleep'],
    );
    const [{ start: from, end, opinion }] = measured as [MeasuredEvent];
    assert.ok(opinion?.state === 'given');
    assert.equal(opinion.frames.length, 2);
    for (const { timeSeconds, image } of opinion.frames) {
      assert.ok(timeSeconds >= from && timeSeconds < end, `${timeSeconds}`);
      assert.ok(image !== undefined && existsSync(inFolder('both', image)));
    }
    const asked = server.served.filter(({ prompt }) => prompt.startsWith('Alert verification.'));
    assert.equal(asked.length, 1);

    const decisions = text('both', 'ledger.jsonl').trim().split('\n');
    const calm = decisions.map((line) => JSON.parse(line) as WindowDecision).filter(({ rule }) => rule === 'calm');
    assert.ok(calm.length > 0 && calm.every(({ asked: wasAsked }) => !wasAsked));
    assert.ok(calm.every(({ span }) => span.end <= from || span.start >= end));
    assert.match(text('both', 'report.html'), /Measured on this device[^]*<p class="opinion">/);

    // Decided again: the same event keeps its opinion; of another span nothing was said.
    await framesift('redecide', inFolder('both'));
    assert.deepEqual(json('both', 'events.json'), events);
    writeFileSync(inFolder('rules.yaml'), 'sleepSeconds: 5\nunresponsiveSeconds: 8\n');
    await framesift('redecide', inFolder('both'), '--rules', inFolder('rules.yaml'));
    const others = (json('both', 'events.json') as MeasuredEvent[]).filter(({ by }) => by === 'measurement');
    assert.deepEqual(
      others.map(({ rule, opinion: said }) => [rule, said]),
      [['microsleep', undefined]],
    );
  });

  test('--no-measure asks and measures nothing', async (t) => {
    const video = clip(t, 'normal_eye_blink.mp4');
    if (video === undefined) return;
    await using server = await SimulatedServer.start({ slots: 2 });
    const model = ['--model', server.openAiSpec, '--plan=lanes', '--no-cache', '--no-measure'];
    const { code, err } = await framesift('driver', video, '-o', inFolder('asked'), ...model);
    assert.equal(code, 0, err);
    assert.ok(!existsSync(inFolder('asked', 'measurements.csv')));
  });
});
