import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryFolder } from '../../test/fixtures/videos.ts';
import { removePictures } from './pictures.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

test('pictures of slides, events and windows are removed, with the states, and nothing else', async () => {
  const own = [
    'slides/0001.jpg',
    'slides/draft-3.jpg',
    'events/sleep-1.png',
    'events/sleep-1-2.jpg',
    'windows/000012-1.jpg',
  ];
  const others = ['slides/0001.json', 'slides/holiday.jpg', 'events/notes.txt', 'cat.jpg', 'slides.json'];
  for (const name of ['slides', 'events', 'windows']) mkdirSync(join(folder.path, name));
  for (const name of [...own, ...others, 'states.json']) writeFileSync(join(folder.path, name), '');
  assert.equal(await removePictures(folder.path), own.length);
  const left = readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).toSorted();
  assert.deepEqual(left, [...others, 'slides', 'events', 'windows'].toSorted());
  assert.equal(await removePictures(join(folder.path, 'windows')), 0);
});
