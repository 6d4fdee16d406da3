import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryFolder } from '../../test/fixtures/videos.ts';
import { removePictures } from './pictures.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

test('pictures of events and of windows are removed, and nothing else', async () => {
  for (const file of ['events/sleep-1.png', 'events/sleep-1-1.jpg', 'windows/000001-1.jpg', 'windows/note.txt']) {
    mkdirSync(join(folder.path, file, '..'), { recursive: true });
    writeFileSync(join(folder.path, file), '');
  }
  writeFileSync(join(folder.path, 'mine.jpg'), '');
  await removePictures(folder.path);
  assert.deepEqual(readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).toSorted(), [
    'events',
    'mine.jpg',
    'windows',
    'windows/note.txt',
  ]);
});

test('a folder without any is left as it is', async () => {
  await removePictures(join(folder.path, 'none'));
});
