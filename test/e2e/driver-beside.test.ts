import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { after, before, test, type TestContext } from 'node:test';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import type { MeasuredEvent } from '../../src/core/driver-state.ts';
import type { Observation } from '../../src/core/observation.ts';
import { meterOrReason } from '../../src/vision/face/recordings.fixture.ts';
import { drawDriver } from '../fixtures/drawn-driver.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const inFolder = (...names: string[]): string => join(folder.path, ...names);
const text = (run: string, file: string): string => readFileSync(inFolder(run, file), 'utf8');
const lines = (run: string, file: string): string[] => text(run, file).trim().split('\n');

/** Calibrated after ten seconds, certain seven seconds behind what is measured: half a minute then shows all. */
const rules = `
calibrationSeconds: 10
perclosWindowSeconds: 6
perclosLeastSeconds: 6
drowsyPerclos: 1
lockoutAlarms: 100
lockoutSeconds: 3600
`;
const video = inFolder('cabin.mp4');
let missing: string | undefined;
let sequential = '';

const start = (...flags: string[]) =>
  spawn(process.execPath, [program, 'driver', video, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });

async function driver(...flags: string[]): Promise<void> {
  const child = start(...flags);
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (err += part));
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0, err);
}

const measuring = (run: string) => [
  '-o',
  inFolder(run),
  '--rules',
  inFolder('rules.yaml'),
  '--face-fps=5',
  '--no-objects',
  '--threads=1',
];
const asking = (server: SimulatedServer) => [
  '--model',
  server.openAiSpec,
  '--plan=lanes',
  '--no-cache',
  '--every=1',
  '--window=2',
  '--image-side=256',
];

/** All that a run concluded and was told, without how long it took. */
function resultsOf(run: string): string {
  const observations = lines(run, 'observations.jsonl').map((line) => {
    const { cost: _, ...rest } = JSON.parse(line) as Observation & { cost?: unknown };
    return rest;
  });
  const files = ['ledger.jsonl', 'events.json', 'spans.json', 'driver.json', 'measurements.csv'];
  return JSON.stringify([observations, ...files.map((file) => text(run, file))], undefined, 1);
}

before(async () => {
  const meter = await meterOrReason();
  if (typeof meter === 'string') missing = meter;
  else await meter[Symbol.asyncDispose]();
  if (!hasFfmpeg) missing ??= 'ffmpeg is not here';
  if (missing !== undefined) return;
  drawDriver(video);
  writeFileSync(inFolder('rules.yaml'), rules);
  // Measured to the end before the first question.
  await using server = await SimulatedServer.start({ slots: 2 });
  await driver(...measuring('sequential'));
  await driver(...measuring('sequential'), ...asking(server));
  sequential = resultsOf('sequential');
});

const skips = (t: TestContext): boolean => {
  if (missing !== undefined) t.skip(missing);
  return missing !== undefined;
};

test('questions are asked while measuring goes on, with the results of measuring first', async (t) => {
  if (skips(t)) return;
  await using server = await SimulatedServer.start({ slots: 2, speed: 40 });
  await driver(...measuring('beside'), ...asking(server));
  const measuredAt = statSync(inFolder('beside', 'measured.json')).mtimeMs;
  const meanwhile = server.served.filter(({ cameAt }) => cameAt < measuredAt);
  assert.ok(meanwhile.length >= 8, `${meanwhile.length} of ${server.served.length} questions`);
  assert.ok(meanwhile.some(({ prompt }) => prompt.startsWith('Alert verification.')));
  assert.equal(resultsOf('beside'), sequential);
  const rulesOf = lines('beside', 'ledger.jsonl').map((line) => (JSON.parse(line) as { rule: string }).rule);
  assert.ok(rulesOf.filter((rule) => rule === 'calm').length >= 3, rulesOf.join(' '));
});

test('kill -9 while both go on, run again: the same results', async (t) => {
  if (skips(t)) return;
  await using server = await SimulatedServer.start({ slots: 2, speed: 40 });
  const flags = [...measuring('killed'), ...asking(server)];
  const child = start(...flags);
  const exit = once(child, 'exit');
  while (server.answered.length < 8) await sleep(5);
  child.kill('SIGKILL');
  await exit;
  assert.ok(!existsSync(inFolder('killed', 'measured.json')), 'it was killed while it measured');
  await driver(...flags);
  assert.equal(resultsOf('killed'), sequential);
});

test('a server that refuses every question ends measuring, too', async (t) => {
  if (skips(t)) return;
  await using server = await SimulatedServer.start({ slots: 2 });
  server.faults.every(1, 'bad-request');
  // Measured so finely that measuring takes long.
  const child = start(...measuring('refused'), '--face-fps=30', ...asking(server));
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (err += part));
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 7, err);
  assert.match(err, /No question is answered/);
  assert.ok(!existsSync(inFolder('refused', 'measured.json')));
});

test('an overlay wanted of a finished run is drawn, and nothing is measured or asked for it', async (t) => {
  if (skips(t)) return;
  await using server = await SimulatedServer.start({ slots: 2 });
  await driver(...measuring('sequential'), ...asking(server), '--overlay', inFolder('drawn', 'cabin.mp4'));
  assert.ok(statSync(inFolder('drawn', 'cabin.mp4')).size > 10_000);
  assert.equal(server.served.length, 0);
  assert.equal(resultsOf('sequential'), sequential);
});

test('--redact faces shows other pictures, so that what was asked and seen before is asked and seen again', async (t) => {
  if (skips(t)) return;
  await using server = await SimulatedServer.start({ slots: 2 });
  const before = readFileSync(inFolder('sequential', 'windows', '000000-1.jpg'));
  await driver(...measuring('sequential'), ...asking(server), '--redact', 'faces');
  assert.ok(!readFileSync(inFolder('sequential', 'windows', '000000-1.jpg')).equals(before));
  const events = JSON.parse(text('sequential', 'events.json')) as MeasuredEvent[];
  const given = events.filter(({ opinion }) => opinion?.state === 'given');
  assert.ok(given.length > 0);
  assert.equal(server.served.length, lines('sequential', 'observations.jsonl').length + given.length);
});
