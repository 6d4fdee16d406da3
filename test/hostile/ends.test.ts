/** Ends that nobody plans: a reader that leaves, a full disk behind standard output, a shell that allows too little. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { RunRecord } from '../../src/core/run.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const skip = !hasFfmpeg ? 'ffmpeg is not here' : !existsSync('/dev/full') && 'this system has no /dev/full';
const video = skip ? '' : makeMovingVideo(folder.path, 12, '160x120');
const stateOf = (run: string) => (JSON.parse(readFileSync(at(run, 'run.json'), 'utf8')) as RunRecord).state;

/** Runs a line of the shell in which `framesift` is the program as it is installed. */
function shell(line: string) {
  const bin = join(import.meta.dirname, '../../bin/framesift.js');
  const script = `framesift() { "${process.execPath}" "${bin}" "$@"; }; ${line}`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { cwd: folder.path, encoding: 'utf8' });
  return { out: stdout, err: stderr, code: status };
}

describe('ends', { skip }, () => {
  test('a reader that takes one line leaves a run that was interrupted and can be continued', () => {
    const { out, err } = shell(
      `framesift slides "${video}" --no-text --exact --every 0.1 --json -o head | head -1; echo "\${PIPESTATUS[0]}"`,
    );
    assert.match(out, /^\{"v":1,"seq":0[^\n]*\n130\n$/);
    assert.equal(err, 'Interrupted. Run the same command again to continue.\n');
    assert.equal(stateOf('head'), 'interrupted');
    assert.equal(shell(`framesift resume head -q`).code, 0);
    assert.equal(stateOf('head'), 'finished');
  });

  test('a full disk behind standard output is told in one line, whatever is printed', () => {
    const says = /^Error: standard output: cannot be written \(no room left on the disk\)\.[^\n]*\n$/;
    for (const args of [`slides "${video}" --no-text --json -o full`, 'status head', '--help', 'status head --json']) {
      const { err, code } = shell(`framesift ${args} >/dev/full`);
      assert.match(err, says, args);
      assert.equal(code, 5, args);
    }
    assert.ok(['interrupted', 'finished'].includes(stateOf('full')));
    const silent = shell(`framesift status head 2>/dev/full`);
    assert.deepEqual([silent.code, silent.err], [0, '']);
    assert.equal(shell('framesift status nowhere 2>/dev/full').code, 3);
  });

  test('a shell that allows too few files or too little memory is told so before anything begins', () => {
    const few = shell('ulimit -n 32; framesift slides x.mp4');
    assert.deepEqual(
      [few.code, few.err],
      [2, 'Error: this shell allows 32 open files; framesift needs 64. Allow more: ulimit -n 1024\n'],
    );
    const little = shell('ulimit -v 2000000; framesift slides x.mp4');
    assert.deepEqual(
      [little.code, little.err],
      [2, 'Error: this shell allows less than 4 GB of address space. Allow more: ulimit -v unlimited\n'],
    );
    assert.equal(shell(`ulimit -n 64; framesift slides "${video}" --no-text -q -o enough`).code, 0);
  });
});
