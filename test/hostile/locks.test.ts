/** Of several processes that find the lock of a dead one, one takes it; no lock of nobody's holds a folder for ever. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lockRun } from '../../src/store/run-lock.ts';
import { hasProc } from '../fixtures/processes.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const path = join(folder.path, 'run.lock');
const lock = (pid: number): void =>
  writeFileSync(path, JSON.stringify({ pid, host: hostname(), since: 'noon', token: 'x' }));

test('several starts at once on a lock whose process is gone', async () => {
  for (let round = 0; round < 2; round += 1) {
    lock(2 ** 22 + 1);
    const entry = join(import.meta.dirname, '../fixtures/hold-lock.ts');
    const children = Array.from({ length: 5 }, () => fork(entry, [path], { execArgv: ['--no-warnings'] }));
    await Promise.all(children.map((child) => once(child, 'message')));
    const said = Promise.all(children.map((child) => once(child, 'message')));
    // All of them at the same moment.
    for (const child of children) child.send('go');
    const words = (await said).map(([word]) => String(word));
    assert.equal(words.filter((word) => word === 'held').length, 1, words.join(' '));
    for (const child of children) child.kill('SIGKILL');
  }
});

test('the number of a living process that is not the holder’s', { skip: !hasProc && 'no /proc is here' }, async () => {
  for (const pid of [1, process.ppid]) {
    lock(pid);
    utimesSync(path, Date.now() / 1000 - 120, Date.now() / 1000 - 120);
    await (await lockRun(path))[Symbol.asyncDispose]();
  }
});
