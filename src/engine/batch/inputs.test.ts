import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import { runFoldersOf } from './folders.ts';
import { findVideos, isBatchInput } from './inputs.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const standardInput = (): Promise<string> => Promise.resolve('a/10.mp4\n\n# not this\n  b/z.mkv  \r\n');
const locate = (path: string): string => join(folder.path, path);
const find = async (...inputs: string[]): Promise<string[]> =>
  (await findVideos(inputs, { standardInput, locate })).map((path) => path.slice(folder.path.length + 1));

before(() => {
  const files = [
    'a/2.mp4',
    'a/10.mp4',
    'a/notes.pdf',
    'b/deep/X.MOV',
    'b/z.mkv',
    'a/2.framesift/overlay.mp4',
    'odd.bin',
  ];
  for (const name of files) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), 'x');
  }
  writeFileSync(at('b/list.txt'), '# mine\nz.mkv\n../a/2.mp4\n');
});

describe('the videos of a batch', () => {
  test('a folder is searched to its bottom, by name as people count, results left out', async () => {
    assert.deepEqual(await find('.'), ['a/2.mp4', 'a/10.mp4', 'b/deep/X.MOV', 'b/z.mkv']);
  });
  test('a pattern finds videos alone', async () => {
    assert.deepEqual(await find('**/*.m*'), ['a/2.mp4', 'a/10.mp4', 'b/z.mkv']);
    assert.deepEqual(await find('b/*'), ['b/z.mkv']);
  });
  test('a list is relative to itself; standard input to where one stands; each video comes once', async () => {
    assert.deepEqual(await find('b/list.txt', '-', 'a/10.mp4'), ['b/z.mkv', 'a/2.mp4', 'a/10.mp4']);
  });
  test('a file that is named may be called anything, and need not be there yet', async () => {
    assert.deepEqual(await find('odd.bin', 'gone.mp4'), ['odd.bin', 'gone.mp4']);
  });
  test('nothing found is said', async () => {
    await assert.rejects(find('*.avi'), /\*\.avi: no video matches this pattern\./);
    mkdirSync(at('empty'));
    await assert.rejects(find('empty'), /empty: no video found\./);
  });
  test('a video on standard input is told of, not printed', async () => {
    const standardInput = () => Promise.resolve('\0\0\0\u0018ftypmp42\0\ufffd');
    await assert.rejects(findVideos(['-'], { standardInput, locate }), {
      code: 'input',
      message:
        /^-: takes paths of videos, a line each, and standard input holds something else\. Write a video to a file/,
    });
  });

  test('one file is no batch', async () => {
    assert.equal(await isBatchInput(['a/2.mp4'], locate), false);
    assert.equal(await isBatchInput(['gone.mp4'], locate), false);
    for (const input of ['a', '*.mp4', 'b/list.txt', '-'])
      assert.equal(await isBatchInput([input], locate), true, input);
    assert.equal(await isBatchInput(['a/2.mp4', 'a/10.mp4'], locate), true);
  });
});

describe('the run folders of a batch', () => {
  test('lie as the videos do', () => {
    assert.deepEqual(runFoldersOf(['/v/a/x.mp4', '/v/b/c/y.mov']), ['a/x.framesift', 'b/c/y.framesift']);
    assert.deepEqual(runFoldersOf(['/v/x.mp4']), ['x.framesift']);
  });
  test('are each video’s own', () => {
    assert.deepEqual(runFoldersOf(['/v/x.mp4', '/v/x.mkv']), ['x.framesift', 'x.mkv.framesift']);
    const taken = new Map([['/v/x.mkv', 'x.framesift']]);
    assert.deepEqual(runFoldersOf(['/v/x.mp4', '/v/x.mkv'], taken), ['x.mp4.framesift', 'x.framesift']);
  });
});
