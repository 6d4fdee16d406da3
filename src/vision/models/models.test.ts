import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { FramesiftError } from '../../core/errors.ts';
import {
  writeClip,
  writeDino,
  writeEfficientNet,
  writeResNet,
  writeSiglip,
} from '../../../test/fixtures/tiny-models.ts';
import { drawnFrame } from '../../../test/fixtures/frames.ts';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import { openClassifier, settingsFileOf } from './classifier.ts';
import { openEmbedder, type Embedder } from './embedder.ts';
import { writeInput } from './input.ts';
import { readPreprocessor } from './preprocessor.ts';
import { tokenize } from './tokenizer.ts';
import { openZeroShot } from './zero-shot.ts';

const place = temporaryFolder();
after(() => place[Symbol.dispose]());
const { signal } = new AbortController();
const at = (name: string): string => join(place.path, name);

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, index) => sum + value * b[index]!, 0);
const fails = (told: Promise<unknown>, code: string, message: RegExp) =>
  assert.rejects(told, (error) => {
    assert.ok(error instanceof FramesiftError, String(error));
    assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });

const folders = {
  dino: writeDino(at('dino')),
  clip: writeClip(at('clip')),
  siglip: writeSiglip(at('siglip')),
};
const openTiny = async (kind: keyof typeof folders, batch?: number): Promise<Embedder> =>
  openEmbedder(
    {
      id: kind,
      digest: kind,
      network: join(folders[kind], kind === 'dino' ? 'onnx/model.onnx' : 'onnx/vision_model.onnx'),
      input: await readPreprocessor(join(folders[kind], 'preprocessor_config.json')),
    },
    { device: 'cpu', ...(batch === undefined ? {} : { batch }) },
  );

describe('an embedder', () => {
  test('small batches give what large ones give', async () => {
    await using one = await openTiny('dino', 2);
    await using all = await openTiny('dino');
    const frames = [0, 1, 2, 3, 4].map((seed) => drawnFrame(seed));
    const [few, many] = [await one.of(frames, { signal }), await all.of(frames, { signal })];
    for (const [index, vector] of few.entries()) assert.ok(dot(vector, many[index]!) > 0.99999);
  });

  test('stops where its signal aborts', async () => {
    await using embedder = await openTiny('dino');
    await assert.rejects(embedder.of([drawnFrame(0)], { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  });

  test('a frame is converted once for all models of one size', async () => {
    const count = { converted: 0 };
    const frame = drawnFrame(1, count);
    await using dino = await openTiny('dino');
    await using clip = await openTiny('clip');
    await dino.of([frame], { signal });
    await clip.of([frame], { signal });
    assert.equal(count.converted, 1);
  });

  test('asked for a device that is not there it says so and goes on with the CPU', async () => {
    const files = {
      id: 'dino',
      digest: 'dino',
      network: join(folders.dino, 'onnx/model.onnx'),
      input: await readPreprocessor(join(folders.dino, 'preprocessor_config.json')),
    };
    const other = process.platform === 'darwin' ? 'directml' : 'coreml';
    await using embedder = await openEmbedder(files, { device: other });
    assert.equal(embedder.device, 'cpu');
    assert.match(embedder.notice ?? '', new RegExp(`^${other} cannot be used: .* CPU is used instead`));
    assert.equal((await embedder.of([drawnFrame(0)], { signal })).length, 1);
  });

  test('says what is wrong with its files', async () => {
    const bad = at('bad.onnx');
    writeFileSync(bad, 'no network');
    const input = await readPreprocessor(join(folders.dino, 'preprocessor_config.json'));
    await fails(
      openEmbedder({ id: 'bad', digest: 'bad', network: bad, input }),
      'model',
      /cannot be loaded as an ONNX/,
    );
    const resnet = writeResNet(at('resnet-as-embedder.onnx'));
    await fails(
      openEmbedder({ id: 'bad', digest: 'bad', network: resnet, input }, { device: 'cpu' }),
      'model',
      /not an embedding network/,
    );
    writeFileSync(at('empty.json'), '{}');
    await fails(readPreprocessor(at('empty.json')), 'model', /names no input size/);
    writeFileSync(at('huge.json'), '{"size": 1000000}');
    await fails(readPreprocessor(at('huge.json')), 'model', /not the preprocessor_config/);
  });
});

test('pictures go in squeezed to size, normalised, in the order asked for', () => {
  const picture = { data: Uint8Array.from([255, 0, 51, 255, 0, 51]), width: 2, height: 1, channels: 3 } as const;
  const spec = { width: 2, height: 1, full: 1, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
  const [planes, pixels] = [new Float32Array(12), new Float32Array(6)];
  writeInput(picture, { ...spec, layout: 'NCHW', channels: 'RGB' }, planes, 1);
  assert.deepEqual(
    Array.from(planes.slice(6), (value) => Number(value.toFixed(3))),
    [1, 1, -1, -1, -0.6, -0.6],
  );
  assert.ok(planes.slice(0, 6).every((value) => value === 0));
  writeInput(picture, { ...spec, layout: 'NHWC', channels: 'BGR' }, pixels, 0);
  assert.deepEqual(
    [...pixels].map((value) => Number(value.toFixed(3))),
    [-0.6, -1, 1, -0.6, -1, 1],
  );
});

describe('a frame classifier', () => {
  for (const [name, write] of [
    ['ResNet', writeResNet],
    ['EfficientNet', writeEfficientNet],
  ] as const) {
    test(`shaped as ${name}: shares of labels, the kept ones together`, async () => {
      const file = write(at(`${name}.onnx`));
      await using classifier = await openClassifier(file, 'digest', { device: 'cpu' });
      const frames = [0, 1, 2].map((seed) => drawnFrame(seed));
      const results = await classifier.of(frames, { signal });
      assert.equal(results.length, 3);
      for (const { label, probability, kept } of results) {
        assert.ok(['slide', 'presenter', 'other'].includes(label));
        assert.ok(probability >= 1 / 3 - 1e-6 && probability <= 1 && kept >= 0 && kept <= 1);
        if (label === 'slide') assert.ok(Math.abs(probability - kept) < 1e-6);
      }
      await using sure = await openClassifier(write(at(`${name}-sure.onnx`), { favour: 50 }), 'digest');
      for (const { label, kept } of await sure.of(frames, { signal })) {
        assert.deepEqual([label, kept > 0.99], ['slide', true]);
      }
    });
  }

  test('says what is wrong in the file beside it', async () => {
    const file = writeResNet(at('faulty.onnx'));
    const yaml = settingsFileOf(file);
    const good = readFileSync(yaml, 'utf8');
    for (const [text, message] of [
      [good.replace('keep: [slide]', 'keep: [page]'), /keep names a label that is none/],
      [good.replace('width: 48', 'width: wide'), /input\.width/],
      [good.replace('std: [0.25', 'std: [0'), /input\.std/],
      [`${good}colour: blue\n`, /colour/],
      ['input: {', /faulty\.yaml/],
    ] as const) {
      writeFileSync(yaml, text);
      await fails(openClassifier(file, 'digest'), 'model', message);
    }
    writeFileSync(yaml, good.replace('presenter, ', ''));
    await using fewer = await openClassifier(file, 'digest');
    await fails(fewer.of([drawnFrame(0)], { signal }), 'model', /answers with 3 numbers .* 2 labels/);
    writeFileSync(yaml, good.replace('width: 48', 'width: 40'));
    await using narrow = await openClassifier(file, 'digest');
    await fails(narrow.of([drawnFrame(0)], { signal }), 'model', /does not take pictures as faulty\.yaml says/);
    await fails(openClassifier(at('none.onnx'), 'digest'), 'model', /none\.yaml is missing/);
  });
});

describe('labels in words', () => {
  const labels = [
    { label: 'slide', prompts: ['a presentation slide', 'a page with text'] },
    { label: 'speaker', prompts: ['a person who speaks'] },
  ];
  for (const kind of ['clip', 'siglip'] as const) {
    test(`${kind}: shares of the labels; the text side is computed once`, async () => {
      const files = {
        id: kind,
        digest: kind,
        textDigest: kind,
        folder: folders[kind],
        network: join(folders[kind], 'onnx/vision_model.onnx'),
        textNetwork: join(folders[kind], 'onnx/text_model.onnx'),
        input: await readPreprocessor(join(folders[kind], 'preprocessor_config.json')),
      };
      const cacheFolder = at(`texts-${kind}`);
      await using first = await openZeroShot(files, labels, { cacheFolder, device: 'cpu' });
      assert.equal(first.textFromCache, false);
      // Without the text network: what it said is there.
      const again = { ...files, textNetwork: at('gone.onnx') };
      await using second = await openZeroShot(again, labels, { cacheFolder, device: 'cpu' });
      assert.equal(second.textFromCache, true);
      const frames = [drawnFrame(0), drawnFrame(3)];
      const shares = await first.of(frames, { signal });
      assert.deepEqual(await second.of(frames, { signal }), shares);
      for (const each of shares) assert.ok(Math.abs(each[0]! + each[1]! - 1) < 1e-9);
      const other = [{ label: 'slide', prompts: ['something else'] }, labels[1]!];
      await fails(openZeroShot(again, other, { cacheFolder, device: 'cpu' }), 'model', /gone\.onnx/);
    });
  }

  test('texts become tokens as each tokenizer has it', async () => {
    const clip = await tokenize(folders.clip, ['Ab', 'b']);
    assert.deepEqual(clip.dims, [2, 77]);
    // <start> a b</w> <end>, then <end> as padding.
    assert.deepEqual(Array.from(clip.ids.slice(0, 6)), [0n, 2n, 29n, 1n, 1n, 1n]);
    assert.deepEqual(Array.from(clip.mask.slice(0, 5)), [1n, 1n, 1n, 1n, 0n]);
    const siglip = await tokenize(folders.siglip, ['ab']);
    assert.deepEqual(siglip.dims, [1, 64]);
    assert.deepEqual(Array.from(siglip.ids.slice(0, 6)), [3n, 4n, 5n, 1n, 1n, 1n]);
    const long = await tokenize(folders.clip, ['a '.repeat(300)]);
    assert.deepEqual([long.dims[1], long.ids[76]], [77, 1n]);
    await fails(tokenize(folders.dino, ['a']), 'model', /cannot be used as a tokenizer/);
  });
});
