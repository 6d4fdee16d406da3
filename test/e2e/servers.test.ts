import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { modes, type ModeName } from '../../bench/simulated-server/modes.ts';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { framesift } from '../fixtures/command.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const skip = hasFfmpeg ? false : 'ffmpeg is not here';
const video = hasFfmpeg ? makeMovingVideo(folder.path, 24, '160x120') : '';

async function ask(mode: ModeName, ...flags: string[]) {
  await using server = await SimulatedServer.start({ ...modes[mode].options, speed: 400 });
  const output = ['-o', join(folder.path, mode), '--no-cache', '--no-adaptive', '--threads=1'];
  const said = await framesift('driver', video, '--no-measure', `--model=${server.openAiSpec}`, ...output, ...flags);
  return { ...said, requests: server.served.length };
}

test('a server that answers whole, takes no schema or thinks is asked to the right end', { skip }, async () => {
  for (const mode of ['whole', 'no-schema', 'thinks'] as const) {
    const { code, out, err } = await ask(mode, '--until=6');
    assert.equal(code, 0, `${mode}: ${err}`);
    assert.match(out, /✓ 15 answers/, mode);
  }
});

test('a server that brings nothing ends the run in one line, after a few windows', { skip }, async () => {
  for (const [mode, says] of [
    ['brackets', /No question is answered: .*did not end after \d+ letters/],
    ['fails', /No question is answered: .*the server answered 500/],
    ['two-pictures', /takes 2 pictures in a message, and 4 are shown\. Give --window 2\./],
  ] as const) {
    const { code, out, err, requests } = await ask(mode);
    assert.equal(code, 7, `${mode}: ${err}`);
    assert.match(err, says);
    assert.doesNotMatch(out, /✓/);
    const lines = err.split('\n').filter((line) => /Error:/.test(line));
    assert.equal(lines.length, 1, err);
    assert.ok(requests < 150, `${mode}: ${requests} requests`);
  }
});
