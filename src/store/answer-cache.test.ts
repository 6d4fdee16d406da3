import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/fixtures/videos.ts';
import { AnswerCacheFolder } from './answer-cache.ts';

const keyOf = (name: string) => createHash('sha256').update(name).digest('hex');
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test('what is kept is found by another cache on the same folder; what is damaged is as good as absent', async () => {
  using folder = temporaryFolder();
  const cache = new AnswerCacheFolder(folder.path);
  assert.equal(await cache.get(keyOf('a')), undefined);
  await cache.set(keyOf('a'), { text: 'yes' });
  assert.deepEqual(await new AnswerCacheFolder(folder.path).get(keyOf('a')), { text: 'yes' });
  for (const file of filesIn(folder.path)) writeFileSync(file, '{"text": "y');
  assert.equal(await cache.get(keyOf('a')), undefined);
  assert.deepEqual(filesIn(folder.path), [], 'the damaged file is gone');
});

test('it stays within its bound; what was not used for longest goes first', async () => {
  using folder = temporaryFolder();
  const maxBytes = 50_000;
  const cache = new AnswerCacheFolder(folder.path, { maxBytes });
  const text = 'x'.repeat(1000);
  await cache.set(keyOf('used'), { text });
  for (let index = 0; index < 200; index += 1) {
    await cache.set(keyOf(String(index)), { text });
    // An hour between one answer and the next, the first one being read all the time.
    for (const file of filesIn(folder.path)) {
      const then = new Date(statSync(file).mtimeMs - 3_600_000);
      utimesSync(file, then, then);
    }
    assert.ok(await cache.get(keyOf('used')), `still there after ${index}`);
  }
  const bytes = filesIn(folder.path).reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(bytes <= maxBytes * (1 + 1 / 16) + 2000, `${bytes} bytes`);
  assert.equal(await cache.get(keyOf('0')), undefined);
  assert.ok(await cache.get(keyOf('199')));
});
