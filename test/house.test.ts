import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, test } from 'node:test';
import { circles, importersOf, importsOf, readSources, wrongImports, type SourceFile } from './imports.ts';

const root = dirname(import.meta.dirname);
const sources = readSources(root, 'src');

/** Packages with native code or a heavy download: replaceable because one file knows each. */
const keptInOneFile = ['node-av', 'onnxruntime-node', '@fugood/llama.node', '@huggingface/tokenizers'];

describe('the house', () => {
  test('there are sources to look at', () => assert.ok(sources.length > 5));

  test('imports run downward only', () => assert.deepEqual(wrongImports(sources), []));

  test('what a workflow decides knows neither disk, decoder nor model: it imports core and shared detectors alone', () => {
    const deciding = sources.filter(
      ({ path }) => /^src\/workflows\/(driver\/rules|slides\/states)\//.test(path) && !path.endsWith('.test.ts'),
    );
    assert.ok(deciding.length > 20);
    const room = /^src\/(core|detect)\//;
    const wrong = deciding.flatMap(({ path, imports }) =>
      imports
        .filter((name) => name.startsWith('.'))
        .map((name) => posix.normalize(posix.join(posix.dirname(path), name)))
        .filter((target) => !room.test(target) && !target.startsWith(path.split('/').slice(0, 4).join('/')))
        .map((target) => `${path} imports ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  test('no circle of imports, types included', () => assert.deepEqual(circles(sources), []));

  for (const name of keptInOneFile)
    test(`${name} is imported by one file at most`, () => {
      const importers = importersOf(sources, name);
      assert.ok(importers.length <= 1, `${name} is imported by ${importers.join(' and ')}`);
    });

  test('no file has over 400 lines', () => {
    const folders = ['src', 'test', 'bench', 'examples', 'scripts'].filter((folder) => existsSync(join(root, folder)));
    const long = folders
      .flatMap((folder) => readSources(root, folder, ['.ts', '.mjs', '.js', '.css']))
      .filter((file) => file.lines > 400);
    assert.deepEqual(
      long.map((file) => `${file.path}: ${file.lines} lines`),
      [],
    );
  });

  test('the lock file names no download address, so that it works behind any registry', () => {
    assert.doesNotMatch(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved":\s*"https?:/);
  });
});

describe('the check itself', () => {
  const file = (path: string, source: string): SourceFile => ({ path, imports: importsOf(source), lines: 1 });

  test('finds every way of naming a module', () => {
    const source = `
      import a from './a.ts'; import type { B } from "./b.ts"; export * from './c.ts'; import './d.ts';
      import {
        e,
      } from './e.ts';
      const f = await import('./f.ts'); let g: import('./g.ts').G; const h = require('h/deep');
      export type { I } from './i.ts'; fork(new URL('./j.ts', import.meta.url)); const url = 'http://x'; import k from 'k';
      // import x from './comment.ts'
      /* import y from './block.ts' */`;
    assert.deepEqual(
      importsOf(source).sort(),
      ['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts', './g.ts', './i.ts', './j.ts', 'h/deep', 'k'].sort(),
    );
  });

  const verdicts: readonly [path: string, source: string, wrong: boolean][] = [
    ['src/core/x.ts', `import type { A } from '../media/probe.ts'`, true],
    ['src/media/x.ts', `import { a } from '../vision/luma.ts'`, true],
    ['src/detect/x.ts', `const a = await import('../engine/run.ts')`, true],
    ['src/stream/x.ts', `import { a } from '../media/probe.ts'`, true],
    ['src/engine/x.ts', `import { a } from '../app/run.ts'`, true],
    ['src/cli/x.ts', `import { a } from '../server/main.ts'`, true],
    ['src/core/x.ts', `import { a } from '../index.ts'`, true],
    ['src/utils/x.ts', ``, true],
    ['src/app/x.ts', `import { a } from '../../test/fixture.ts'`, true],
    ['src/app/x.ts', `import { a } from '../media/probe.test.ts'`, true],
    ['src/media/deep/x.ts', `import { a } from '../../core/frame.ts'; import { b } from '../probe.ts'`, false],
    ['src/media/x.ts', `import { a } from '../stream/prefetch.ts'; import z from 'zod'`, false],
    ['src/engine/x.ts', `import { a } from '../detect/slides.ts'; import { b } from '../store/run.ts'`, false],
    [
      'src/cli/x.ts',
      `import { a } from '../app/run.ts'; import p from '../../package.json' with { type: 'json' }`,
      false,
    ],
    ['src/index.ts', `export { a } from './app/run.ts'; export type { B } from './core/frame.ts'`, false],
    ['src/media/x.test.ts', `import { a } from '../engine/run.ts'`, false],
  ];
  for (const [path, source, wrong] of verdicts)
    test(`${wrong ? 'refuses' : 'takes'} ${path}: ${source}`, () =>
      assert.equal(wrongImports([file(path, source)]).length > 0, wrong));

  test('finds a circle through types', () => {
    const found = circles([
      file('src/media/a.ts', `import type { B } from './b.ts'`),
      file('src/media/b.ts', `import { c } from './c.ts'`),
      file('src/media/c.ts', `import { a } from './a.ts'`),
      file('src/media/d.ts', `import { a } from './a.ts'`),
    ]);
    assert.deepEqual(found, ['src/media/a.ts → src/media/b.ts → src/media/c.ts → src/media/a.ts']);
  });

  test('finds two files that name one package', () => {
    const files = [
      file('src/media/a.ts', `import { Codec } from 'node-av'`),
      file('src/media/b.ts', `import type { X } from 'node-av/constants'`),
      file('src/media/c.ts', `import y from 'node-avx'`),
    ];
    assert.deepEqual(importersOf(files, 'node-av'), ['src/media/a.ts', 'src/media/b.ts']);
  });
});
