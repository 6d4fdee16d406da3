/** Names of files, folders, answers and errors of others reach a terminal as text: they move no cursor and hide nothing. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import type { RunRecord } from '../../src/core/run.ts';
import { framesift } from '../fixtures/command.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { RecordingProxy } from '../fixtures/recording-proxy.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const program = join(import.meta.dirname, '../../src/cli/main.ts');
const terminal = join(import.meta.dirname, '../fixtures/terminal.py');
const shop = join(import.meta.dirname, '../../examples/shop-counter.yaml');
const skip = !hasFfmpeg
  ? 'ffmpeg is not here'
  : spawnSync('python3', ['-c', 'import pty']).status !== 0 && 'no python3 with terminals is here';

/** Red, a bell, back to the line's start, the window's title, C1, right to left. */
const evil = '\u001b[31mA\u0007B\rC\u001b]0;owned\u0007D\u009b2JE\u202egpj.F';

/** Colours and what the progress bar moves by; nothing else of a terminal's commands is ours. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const ours = /\u001b\[(?:[0-9]{1,2}m|2K|\d+A|J)|\r/g;

/** What is left of the control characters when ours are taken out. */
function rawControls(text: string): string[] {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return text.replaceAll(ours, '').match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g) ?? [];
}

async function onTerminal(...args: string[]): Promise<string> {
  const child = spawn('python3', [terminal, '60', process.execPath, program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: folder.path,
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  await once(child, 'close');
  return Buffer.concat(parts).toString('utf8');
}

async function assertPlain(says: RegExp, ...args: string[]): Promise<void> {
  const said = await onTerminal(...args);
  assert.match(said, says);
  assert.deepEqual(rawControls(said), [], JSON.stringify(said));
}

describe('no raw control byte reaches a terminal', { skip }, () => {
  const video = skip ? '' : makeMovingVideo(folder.path, 4, '160x120');

  test('of the names of files, of folders and of what was mistyped', async () => {
    const name = at(`${evil.replaceAll('/', '')}.mp4`);
    cpSync(video, name);
    mkdirSync(at(`in${evil}`));
    cpSync(video, at(`in${evil}`, `x${evil}.mp4`));
    writeFileSync(at(`in${evil}`, `z${evil}.mp4`), 'text');
    await assertPlain(/0 slides/, 'slides', name, '--no-text');
    await assertPlain(/1 of 2 videos/, 'slides', at(`in${evil}`), '--no-text', '-o', at('batch'));
    await assertPlain(/no such file/, 'slides', at(`gone${evil}.mp4`.replace('[', '').replace(']', '')));
    await assertPlain(/no such command/, evil);
    await assertPlain(/Unknown option/, 'slides', `--${evil}`);
    await assertPlain(/x .*finished/, 'status', at('batch'));
  });

  test('of the keys of a YAML file', async () => {
    const key = `"${evil.replaceAll('\u001b', '\\e').replaceAll('\r', '\\r')}": 1\n`;
    writeFileSync(at('keys.yaml'), key + readFileSync(shop, 'utf8'));
    writeFileSync(at('rules.yaml'), key);
    await assertPlain(/nothing is named/, 'ask', video, '--workflow', at('keys.yaml'));
    await assertPlain(/no setting is called/, 'driver', video, '--rules', at('rules.yaml'));
  });

  test('of the answers and errors of a server, and of a folder of somebody else’s', async () => {
    await using server = await SimulatedServer.start({ slots: 2 });
    await using proxy = await RecordingProxy.start(server.url, ({ body }) =>
      body === '' ? undefined : JSON.stringify({ error: evil }),
    );
    const model = `openai/${server.model}@${proxy.host}/v1`;
    await assertPlain(/\[31mA/, 'ask', video, '--workflow', shop, '--model', model, '--no-cache', '-o', at('asked'));

    assert.equal((await framesift('slides', video, '--no-text', '-q', '-o', at('run'))).code, 0);
    const record = JSON.parse(readFileSync(at('run', 'run.json'), 'utf8')) as RunRecord;
    const error = { code: evil, message: evil };
    const foreign = { ...record, state: 'failed', error, source: { ...record.source, name: evil }, warnings: [evil] };
    writeFileSync(at('run', 'run.json'), JSON.stringify(foreign));
    const event = { v: 1, seq: 0, at: '2026-01-01T00:00:00.000Z' };
    const events = [
      { ...event, type: 'warning', message: evil },
      { ...event, type: 'progress', stage: evil, seconds: 1 },
      { ...event, type: 'server-away', address: evil, reason: evil },
      { ...event, type: 'ended', state: 'failed', error },
    ];
    writeFileSync(at('run', 'events.jsonl'), events.map((one) => `${JSON.stringify(one)}\n`).join(''));
    await assertPlain(/failed/, 'status', at('run'));
    await assertPlain(/The run failed/, 'follow', at('run'));
    await assertPlain(/"type":"warning"/, 'follow', at('run'), '--json');
    const since = new Date().toISOString();
    writeFileSync(at('run', 'run.lock'), JSON.stringify({ pid: 1, host: `${evil}${hostname()}`, since, token: 'x' }));
    await assertPlain(/another run holds this folder/, 'slides', video, '--no-text', '-o', at('run'), '--force');
  });
});
