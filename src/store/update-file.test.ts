import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { updateFile } from './update-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'framesift-update-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const add = (path: string, line: string) => updateFile(path, (text = '') => `${text}${line}\n`);

test('no change of a file is lost that many make at the same time', async () => {
  const path = join(folder, 'lines');
  await Promise.all(Array.from({ length: 20 }, (_, index) => add(path, `${index}`)));
  assert.equal(readFileSync(path, 'utf8').trim().split('\n').length, 20);
  assert.deepEqual(readdirSync(folder), ['lines']);
});

test('nor where several processes do', async () => {
  const path = join(folder, 'shared');
  const script = `import { updateFile } from ${JSON.stringify(new URL('./update-file.ts', import.meta.url).href)};
    await updateFile(process.argv[1], (text = '') => text + process.pid + '\\n');`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, path]);
  await Promise.all([run(), run(), run(), run()]);
  assert.equal(new Set(readFileSync(path, 'utf8').trim().split('\n')).size, 4);
});

test('a change that fails leaves the file as it was, and the next one goes on', async () => {
  const path = join(folder, 'kept');
  await add(path, 'first');
  const failing = updateFile(path, () => {
    throw new Error('cannot be read');
  });
  const next = add(path, 'second');
  await assert.rejects(failing, { message: 'cannot be read' });
  await next;
  assert.equal(readFileSync(path, 'utf8'), 'first\nsecond\n');
});
