import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { FramesiftError } from '../../core/errors.ts';
import { faceModels, findFaceModels } from './models.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'framesift-models-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const missing = await findFaceModels(path.join(folder, 'first')).then(
  () => false,
  (error: unknown) => error instanceof FramesiftError && error.code === 'dependency' && error.message,
);

test('jobs of one process that all begin with an empty cache', { skip: missing }, async () => {
  const cache = path.join(folder, 'jobs');
  const found = await Promise.all(Array.from({ length: 8 }, () => findFaceModels(cache)));
  for (const { files } of found) assert.deepEqual(files, found[0]!.files);
  for (const file of Object.values(found[0]!.files)) {
    assert.equal(path.dirname(file), cache, 'in the cache, not in a folder of last resort');
    assert.ok(statSync(file).size > 100_000);
  }
  assert.equal(readdirSync(cache).length, faceModels.length, 'each once, and nothing unfinished');
});

test('processes that all begin with an empty cache', { skip: missing }, async () => {
  const cache = path.join(folder, 'processes');
  const script = `import { findFaceModels } from ${JSON.stringify(new URL('./models.ts', import.meta.url).href)};
    const all = await Promise.all([1, 2].map(() => findFaceModels(process.argv[1])));
    console.log(JSON.stringify(all.map(({ files }) => files)));`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, cache]);
  const answers = await Promise.all([run(), run(), run()]);
  assert.equal(
    new Set(answers.flatMap(({ stdout }) => JSON.parse(stdout) as unknown[]).map((one) => JSON.stringify(one))).size,
    1,
  );
  assert.equal(readdirSync(cache).length, faceModels.length);
});

test('a cache that cannot be written to: jobs still get their models', { skip: missing }, async () => {
  const blocked = path.join(folder, 'a file');
  writeFileSync(blocked, '');
  const found = await Promise.all([1, 2, 3].map(() => findFaceModels(path.join(blocked, 'cache'))));
  for (const { files } of found) for (const file of Object.values(files)) assert.ok(statSync(file).size > 100_000);
  rmSync(path.dirname(found[0]!.files.iris), { recursive: true, force: true });
});
