/** YAML of somebody else's, wherever it is read: one line, soon, whatever it holds. */
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { FramesiftError, type ErrorCode } from '../../src/core/errors.ts';
import { openClassifier } from '../../src/vision/models/classifier.ts';
import { loadDriverRules } from '../../src/workflows/driver/rules-file.ts';
import { readKindLabels } from '../../src/workflows/slides/kind-labels.ts';
import { readWorkflow } from '../../src/workflows/yaml.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

const laughs = ['a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]'];
for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg'] as unknown as [string, string][]) {
  laughs.push(`${name}: &${name} [*${of}, *${of}, *${of}, *${of}, *${of}, *${of}]`);
}
const event = (index: number) => `  e${index}: { title: T, question: queue, field: length, is: [LONG] }\n`;

const attacks: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
  'aliases of aliases of aliases': [laughs.join('\n'), /aliases unfold to too much/],
  'more aliases than anybody writes': [`a: &a x\nb: [${'*a, '.repeat(60)}]`, /2: has more than 50 aliases/],
  'an alias of nothing': ['id: x\nsystem: *nobody', /2: .*nobody/],
  'an alias of itself': ['id: &a [*a]', /\S/],
  'five megabytes of events': [
    `id: x\nevents:\n${Array.from({ length: 85_000 }, (_, i) => event(i)).join('')}`,
    /larger than 64 KiB/,
  ],
  'lists in lists in lists': [`id: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, /nested more than 40 levels deep/],
  'dashes in dashes in dashes': [`id: \n${'- '.repeat(20_000)}x`, /nested more than 40 levels deep/],
  'maps in maps in maps': [`id: ${'{a: '.repeat(60)}x${'}'.repeat(60)}`, /nested more than 40 levels deep/],
  'a table of keys without values': [`{${Array.from({ length: 9000 }, (_, i) => `k${i}`).join(', ')}}`, /\S/],
  'bytes that are none of YAML': ['\u0000\u0001: {{{', /\S/],
  'a key that is every object’s': ['__proto__: { polluted: yes }\nconstructor: 1', /\S/],
  'a merge of what is no map': ['<<: [1, 2]\nid: x', /\S/],
};

const readers: Readonly<Record<string, readonly [read: (path: string) => Promise<unknown>, code: ErrorCode]>> = {
  'a workflow': [readWorkflow, 'usage'],
  'a table of rules': [loadDriverRules, 'usage'],
  'labels of kinds': [readKindLabels, 'usage'],
  'settings of a classifier': [(path) => openClassifier(path.replace(/yaml$/, 'onnx'), ''), 'model'],
};

for (const [what, [read, code]] of Object.entries(readers)) {
  describe(`${what}, where it holds`, () => {
    for (const [attack, [text, says]] of Object.entries(attacks))
      test(attack, { timeout: 20_000 }, async () => {
        const path = join(folder.path, 'file.yaml');
        writeFileSync(path, text);
        await assert.rejects(read(path), (error) => {
          assert.ok(error instanceof FramesiftError, String(error));
          assert.equal(error.code, code);
          assert.match(error.message, says);
          assert.ok(!error.message.includes('\n') && error.message.length < 500, error.message);
          return true;
        });
        assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      });

    test('what never ends', { skip: process.platform === 'win32' && 'there is no /dev/zero' }, async () => {
      const path = join(folder.path, `${code}-${what.length}.yaml`);
      symlinkSync('/dev/zero', path);
      await assert.rejects(read(path), FramesiftError);
    });
  });
}
