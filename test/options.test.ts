import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Command } from 'commander';
import { buildProgram } from '../src/cli/program.ts';
import { parseDriverOptions } from '../src/workflows/driver/options.ts';
import { parseQuestionsOptions } from '../src/workflows/questions/options.ts';
import { parseSlidesOptions } from '../src/workflows/slides/options.ts';
import { framesift } from './fixtures/command.ts';
import { temporaryFolder } from './fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

/** Options that have an effect in every run of the command; what each does is tested where it is done. */
const always: Readonly<Record<string, readonly string[]>> = {
  slides: [
    'output',
    'from',
    'until',
    'force',
    'context',
    'redact',
    'every',
    'exact',
    'keep',
    'quality',
    'text',
    'embedder',
    'frameClassifier',
    'kinds',
    'decoder',
    'hwaccel',
    'threads',
    'maxPixels',
    'maxFrames',
    'maxMemoryMb',
    'maxSeconds',
    'maxOutputMb',
    'json',
    'quiet',
    'logLevel',
    'verbose',
    'jobs',
    'memory',
    'shard',
    'limit',
    'failFast',
    'cpus',
  ],
  driver: [
    'output',
    'from',
    'until',
    'force',
    'model',
    'preset',
    'decoder',
    'hwaccel',
    'threads',
    'maxPixels',
    'maxFrames',
    'maxMemoryMb',
    'maxSeconds',
    'maxOutputMb',
    'json',
    'quiet',
    'logLevel',
    'verbose',
    'jobs',
    'memory',
    'shard',
    'limit',
    'failFast',
    'cpus',
    'redact',
    'workflow',
  ],
  ask: [
    'workflow',
    'output',
    'from',
    'until',
    'force',
    'model',
    'preset',
    'decoder',
    'hwaccel',
    'threads',
    'maxPixels',
    'maxFrames',
    'maxMemoryMb',
    'maxSeconds',
    'maxOutputMb',
    'json',
    'quiet',
    'logLevel',
    'verbose',
    'jobs',
    'memory',
    'shard',
    'limit',
    'failFast',
    'cpus',
    'redact',
    'every',
    'window',
    'plan',
    'aim',
    'speculate',
    'reuseSimilar',
    'adaptive',
    'imageSide',
    'jpegQuality',
    'temperature',
    'topK',
    'topP',
    'numCtx',
    'numPredict',
    'seed',
    'concurrency',
    'keepAlive',
    'firstTokenSeconds',
    'answerSeconds',
    'awaySeconds',
    'cache',
    'embedded',
    'device',
    'price',
    'maxTokensTotal',
  ],
  status: ['json', 'verbose'],
  follow: ['replay', 'json', 'verbose'],
  resume: ['threads', 'trust', 'json', 'quiet', 'verbose', 'cpus'],
  redecide: ['keep', 'mergeFrom', 'rules', 'calibration', 'json', 'verbose'],
  export: ['to', 'output', 'quiet', 'verbose'],
  compare: ['json', 'verbose'],
  forget: ['json', 'verbose'],
  models: ['load', 'json', 'verbose'],
  calibrate: ['embedder', 'frameClassifier', 'kinds', 'device', 'every', 'json', 'verbose'],
  doctor: ['server', 'model', 'json', 'verbose'],
  bench: ['json', 'verbose'],
};

type Parse = (input: object) => unknown;
const m = { model: 'ollama/x' };

/** Options that change nothing beside others: where, and by which values it is told. */
const effectless: Readonly<Record<string, readonly [option: string, parse: Parse, input: object][]>> = {
  slides: [
    ['kindLabels', parseSlidesOptions, { kindLabels: 'x.yaml' }],
    ['textModel', parseSlidesOptions, { textModel: 'x', text: false }],
    ['languages', parseSlidesOptions, { languages: ['de'], text: false }],
    ['languages', parseSlidesOptions, { languages: ['de'], textModel: 'x' }],
    ['embedded', parseSlidesOptions, { embedded: true }],
    ['device', parseSlidesOptions, { device: 'cpu' }],
  ],
  driver: [
    ...(
      [
        'plan',
        'aim',
        'concurrency',
        'speculate',
        'speculateShare',
        'reuseSimilar',
        'reuseAtMost',
        'adaptive',
        'maxGap',
        'every',
        'window',
        'imageSide',
        'jpegQuality',
        'temperature',
        'topK',
        'topP',
        'numCtx',
        'numPredict',
        'seed',
        'keepAlive',
        'cache',
        'cacheFolder',
        'cacheMegabytes',
        'price',
        'maxTokensTotal',
        'maxCost',
        'firstTokenSeconds',
        'answerSeconds',
        'awaySeconds',
        'embedded',
        'device',
        'calmGap',
      ] as const
    ).map((name) => [name, parseDriverOptions, { [name]: sample(name) }] as [string, Parse, object]),
    ...['faceFps', 'seat', 'drive', 'objects', 'rules', 'calibration', 'overlay'].map(
      (name) => [name, parseDriverOptions, { ...m, measure: false, [name]: sample(name) }] as [string, Parse, object],
    ),
    ['calmGap', parseDriverOptions, { ...m, measure: false, calmGap: 7 }],
  ],
  ask: [
    ['reuseAtMost', parseQuestionsOptions, { ...m, reuseAtMost: 7 }],
    ['speculateShare', parseQuestionsOptions, { ...m, speculateShare: 0.7 }],
    ['maxGap', parseQuestionsOptions, { ...m, maxGap: 7, adaptive: false }],
    ['maxCost', parseQuestionsOptions, { ...m, maxCost: 7 }],
    ['cacheFolder', parseQuestionsOptions, { ...m, cacheFolder: 'x', cache: false }],
    ['cacheMegabytes', parseQuestionsOptions, { ...m, cacheMegabytes: 7, cache: false }],
  ],
};

/** A value that the option takes and that is not its default. */
function sample(name: string): unknown {
  const values: Readonly<Record<string, unknown>> = {
    plan: 'lanes',
    aim: 'latency',
    speculate: true,
    adaptive: false,
    keepAlive: '5m',
    cache: false,
    cacheFolder: 'x',
    embedded: true,
    device: 'cpu',
    measure: false,
    seat: [0, 0, 1, 1],
    drive: 'left',
    objects: false,
    rules: 'x',
    calibration: 'x',
    overlay: 'x.mp4',
    topP: 0.5,
    speculateShare: 0.7,
    price: '0.15,0.60',
    temperature: 0.5,
    imageSide: 512,
    numCtx: 4096,
    numPredict: 64,
  };
  return values[name] ?? 7;
}

/** Told by the command alone: what is given, and what it says. */
const byCommand: Readonly<
  Record<string, readonly (readonly [option: string, args: readonly string[], says: RegExp])[]>
> = {
  slides: [
    ['profile', ['slides', 'a.mp4', 'b.mp4', '--profile'], /--profile looks at one video/],
    ['trace', ['slides', 'a.mp4', '--jobs', '2', '--trace', 'x.json'], /--trace looks at one video/],
  ],
  driver: [
    ['measure', ['driver', 'a.mp4', '--no-measure'], /--no-measure leaves nothing to do without --model/],
    ['profile', ['driver', 'a.mp4', 'b.mp4', '--profile'], /--profile looks at one video/],
    ['trace', ['driver', 'a.mp4', 'b.mp4', '--trace', 'x.json'], /--trace looks at one video/],
    ['overlay', ['driver', 'a.mp4', '--workflow', 'x.yaml', '--overlay', 'x.mp4'], /--overlay has no effect here/],
    ['rules', ['driver', 'a.mp4', '--workflow', 'x.yaml', '--rules', 'x.yaml'], /--rules has no effect here/],
  ],
  ask: [
    ['profile', ['ask', 'a.mp4', 'b.mp4', '-w', 'x.yaml', '--profile'], /--profile looks at one video/],
    ['trace', ['ask', 'a.mp4', 'b.mp4', '-w', 'x.yaml', '--trace', 'x.json'], /--trace looks at one video/],
  ],
  calibrate: [
    [
      'kindLabels',
      ['calibrate', '.', '--embedder', 'builtin', '--kind-labels', 'x.yaml'],
      /--kind-labels has no effect here: it needs --kinds/,
    ],
  ],
};

/** Of a batch alone; refused of a single run, as `lifecycle.test.ts` and the batch's tests show. */
const ofBatch: Readonly<Record<string, readonly string[]>> = {
  resume: ['jobs', 'memory', 'shard', 'limit', 'failFast'],
};

/** Refused where a folder's options have none of that name, as `trust.test.ts` shows. */
const givenAgain: Readonly<Record<string, readonly string[]>> = { resume: ['model', 'context'] };

describe('an option that has no effect is refused in one line', () => {
  const program = buildProgram(new Command('framesift'));

  for (const command of program.commands) {
    const name = command.name();
    test(`${name}: of every option it is known whether it may have none`, () => {
      const options = [...new Set(command.options.map((option) => option.attributeName()))].toSorted();
      const known = [
        ...(always[name] ?? []),
        ...(effectless[name] ?? []).map(([option]) => option),
        ...(byCommand[name] ?? []).map(([option]) => option),
        ...(ofBatch[name] ?? []),
        ...(givenAgain[name] ?? []),
      ];
      assert.deepEqual([...new Set(known)].toSorted(), options);
    });
  }

  for (const [name, cases] of Object.entries(effectless)) {
    test(`${name}: by its options`, () => {
      for (const [option, parse, input] of cases) {
        const flag = new RegExp(
          `^--(no-)?${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} has no effect here`,
        );
        assert.throws(() => parse(input), { code: 'usage', message: flag }, option);
      }
    });
  }

  for (const [name, cases] of Object.entries(byCommand)) {
    test(`${name}: by the command`, async () => {
      for (const [option, args, says] of cases) {
        const output = ['slides', 'driver', 'ask'].includes(name) ? ['-o', join(folder.path, option)] : [];
        const { code, err } = await framesift(...args, ...output);
        assert.equal(code, 2, `${option}: ${err}`);
        assert.match(err, says);
        assert.equal(err.trim().split('\n').length, 1, err);
      }
    });
  }
});
