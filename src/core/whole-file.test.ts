import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { unfinishedPath, writeThenRename } from './whole-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'framesift-whole-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('a file that is made complete', () => {
  test('by several at once, in one process: each succeeds, one file is left', async () => {
    const path = join(folder, 'a');
    const waiting = Promise.withResolvers<void>();
    let begun = 0;
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        writeThenRename(path, async (unfinished) => {
          await writeFile(unfinished, `${index}`.repeat(1000));
          // Nobody renames before all have written.
          if ((begun += 1) === 20) waiting.resolve();
          await waiting.promise;
        }),
      ),
    );
    assert.match(readFileSync(path, 'utf8'), /^(\d+)\1{999}$/);
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  test('not at all where writing fails: the file before it stays, and nothing beside it', async () => {
    const path = join(folder, 'a');
    const before = readFileSync(path, 'utf8');
    const failing = writeThenRename(path, async (unfinished) => {
      writeFileSync(unfinished, 'half');
      throw new Error('no more room');
    });
    await assert.rejects(failing, { message: 'no more room' });
    assert.equal(readFileSync(path, 'utf8'), before);
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  test('says why it cannot take its name', async () => {
    const path = join(folder, 'taken');
    mkdirSync(join(path, 'by a folder'), { recursive: true });
    await assert.rejects(
      writeThenRename(path, (unfinished) => writeFile(unfinished, 'x')),
      /EISDIR|EPERM|ENOTEMPTY|EEXIST/,
    );
    assert.deepEqual(readdirSync(folder).sort(), ['a', 'taken']);
  });

  test('under a name of which no second one is given out', () => {
    const names = new Set(Array.from({ length: 1000 }, () => unfinishedPath('/x/y')));
    assert.equal(names.size, 1000);
    for (const name of names) assert.match(name, /^\/x\/y\..+\.part$/);
  });
});
