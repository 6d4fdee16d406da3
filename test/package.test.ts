/** What is packed, what is installed with it, and under which licences. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { licences } from '../scripts/licences.mjs';
import { temporaryFolder } from './fixtures/videos.ts';

const root = join(import.meta.dirname, '..');
const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const json = (...path: string[]): unknown => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

test('the package holds the program, its assets and its papers, and nothing else', () => {
  const out = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' });
  const [{ files } = { files: [] }] = JSON.parse(out) as { files: { path: string }[] }[];
  const names = files.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));
  const papers = new Set('bin/framesift.js package.json README.md LICENSE CHANGELOG.md docs/licences.md'.split(' '));
  const missing = [...papers].filter((name) => !names.includes(name));
  assert.deepEqual(missing, []);
  const others = names.filter((name) => !papers.has(name) && !/^assets\/[\w-]+\/[\w.-]+$/.test(name));
  assert.deepEqual(others, []);
});

test('what is built is the program without its tests and what they need', () => {
  const build = ['-p', join(root, 'tsconfig.build.json'), '--outDir', folder.path];
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...build]);
  const names = readdirSync(folder.path, { recursive: true, encoding: 'utf8' });
  assert.ok(names.includes(join('cli', 'main.js')) && names.includes('index.d.ts'));
  assert.deepEqual(
    names.filter((name) => /\.(test|fixture)\./.test(name)),
    [],
  );
});

test('install scripts run by name only, each with a word about it', () => {
  const { packages } = json('package-lock.json') as { packages: Record<string, { hasInstallScript?: true }> };
  const { allowScripts } = json('package.json') as { allowScripts: Record<string, boolean> };
  const scripted = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript ? [path.replace(/^.*node_modules\//, '')] : [],
  );
  assert.deepEqual(scripted.toSorted(), Object.keys(allowScripts).toSorted());
  assert.deepEqual(
    Object.entries(allowScripts).filter(([, allowed]) => allowed),
    [['node', true]],
    'only the developers’ Node has one that runs',
  );
});

test(
  'every installed package has a licence that is known',
  { skip: !existsSync(join(root, 'node_modules/.package-lock.json')) && 'npm has installed nothing here' },
  () => {
    const all = licences(false);
    assert.ok(all.length > 50);
    assert.deepEqual(
      all.filter(({ known }) => !known),
      [],
    );
    assert.ok(licences(true).length < all.length);
  },
);
