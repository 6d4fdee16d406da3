import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { RunRecord } from '../../core/run.ts';
import { FramesiftError } from '../../core/errors.ts';
import { RunFolder } from '../../store/run-folder.ts';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import { RunJournal, type RunBeginning } from './journal.ts';

const source = { path: '/talk.mp4', name: 'talk.mp4', bytes: 1, modified: '2026-01-01T00:00:00.000Z', identity: 'a' };
const stages = [{ id: 'slides', state: 'waiting', decides: { every: 1 } }];
const workflow = { id: 'slides', version: 1, definition: {} };
const beginning = { workflow, source, video: {}, options: {}, models: [], stages } as unknown as RunBeginning;
const decode = { cpuMs: 500, peakMemoryMb: 100 } as NonNullable<RunRecord['decode']>;

async function withJournal(
  work: (at: { journal: RunJournal; run: RunFolder; read: () => RunRecord; path: string }) => Promise<void>,
) {
  using folder = temporaryFolder();
  const path = join(folder.path, 'run');
  await using run = await RunFolder.open(path, { source, workflow: 'slides' });
  const read = (): RunRecord => JSON.parse(readFileSync(join(path, 'run.json'), 'utf8')) as RunRecord;
  using journal = new RunJournal();
  await work({ journal, run, read, path });
}

describe('the journal of a run', () => {
  test('says what it works on, and then that it is done and what it took', async () => {
    await withJournal(async ({ journal, run, read }) => {
      await journal.begin(run, beginning);
      assert.equal(read().state, 'running');
      const { cpuMs, peakMemoryMb } = journal.spent(decode);
      assert.ok(cpuMs >= 500 && peakMemoryMb > 100, `${cpuMs} ${peakMemoryMb}`);
      assert.equal(journal.ended({}).state, 'incomplete', 'a stage is not done');
      await journal.noteStage('slides', { state: 'finished' });
      assert.equal(read().stages[0]?.state, 'finished');
      await journal.finish(journal.ended({ counts: { slides: 3 } }));
      await journal.close();
      assert.equal(read().state, 'finished');
      assert.deepEqual(read().counts, { slides: 3 });
      assert.ok(Date.parse(read().finished ?? '') >= Date.parse(read().started));
    });
  });

  test('says why it failed, and tells a failure from an interruption', async () => {
    for (const [reason, state] of [
      [undefined, 'failed'],
      [new Error('Ctrl-C'), 'interrupted'],
    ] as const) {
      await withJournal(async ({ journal, run, read }) => {
        await journal.begin(run, beginning);
        const stop = new AbortController();
        if (reason) stop.abort(reason);
        await journal.fail(new FramesiftError('media', 'cannot be played'), stop.signal);
        await journal.close();
        assert.equal(read().state, state);
        assert.deepEqual(read().error, { code: 'media', message: 'cannot be played' });
      });
    }
  });

  test('one that was given up without a word was interrupted', async () => {
    await withJournal(async ({ journal, run, read }) => {
      await journal.begin(run, beginning);
      await journal.close();
      assert.equal(read().state, 'interrupted');
    });
  });

  test('a run that never began leaves no record, and a disk that is gone hides no error', async () => {
    await withJournal(async ({ journal, run, read, path }) => {
      await journal.fail(new Error('no video'), new AbortController().signal);
      assert.throws(read, /ENOENT/);
      assert.equal(journal.begun, false);
      await journal.begin(run, beginning);
      rmSync(path, { recursive: true });
      await journal.fail(new Error('the disk went'), new AbortController().signal);
      await journal.close();
    });
  });
});
