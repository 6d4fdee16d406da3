import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { FramesiftError } from '../../../core/errors.ts';
import { openNetwork } from '../../onnx.ts';
import { convertToOnnx, permute } from './convert.ts';
import { nodeName, readGraphModel, type GraphModel, type GraphNode } from './graph-model.ts';

const node = (name: string, op: string, input: string[] = [], attr: GraphNode['attr'] = {}): GraphNode => ({
  name,
  op,
  input,
  attr,
});
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** input [1, 3, 3, 1] → convolution by a kernel of ones, biased → Relu6; and, from there, the mean over the picture. */
const small: GraphModel = {
  nodes: new Map(
    [
      node('input', 'Placeholder', [], {
        shape: { shape: { dim: [{ size: -1 }, { size: 3 }, { size: 3 }, { size: 1 }] } },
      }),
      node('conv', '_FusedConv2D', ['input', 'kernel', 'bias'], {
        strides: { list: { i: [1, 1, 1, 1] } },
        padding: { s: base64('SAME') },
        fused_ops: { list: { s: [base64('BiasAdd'), base64('Relu6')] } },
      }),
      node('mean', 'Mean', ['conv', 'axes'], { keep_dims: { b: false } }),
    ].map((each) => [each.name, each]),
  ),
  weights: new Map([
    [
      'kernel',
      { shape: [3, 3, 1, 2], data: Float32Array.from({ length: 18 }, (_, index) => (index % 2 === 0 ? 1 : -1)) },
    ],
    ['bias', { shape: [2], data: Float32Array.of(0.5, 3) }],
    ['axes', { shape: [2], data: Float32Array.of(1, 2) }],
  ]),
  outputs: ['conv', 'mean'],
};

test('a converted graph computes what its TensorFlow operators mean', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'framesift-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'small.onnx');
  await writeFile(file, convertToOnnx(small));
  try {
    await using network = await openNetwork(file);
    const ones = new Float32Array(9).fill(1);
    const [conv, mean] = await network.runAll(ones, [1, 3, 3, 1]);
    // Sums of the ones under a 3 × 3 kernel: 4 in corners, 6 at edges, 9 in the middle; held to 0–6.
    assert.deepEqual(conv?.dims, [1, 3, 3, 2]);
    assert.deepEqual(Array.from(conv.data.filter((_, index) => index % 2 === 0)), [4.5, 6, 4.5, 6, 6, 6, 4.5, 6, 4.5]);
    assert.ok(conv.data.every((value, index) => index % 2 === 0 || value === 0));
    assert.deepEqual(mean?.dims, [1, 2]);
    assert.ok(Math.abs(mean.data[0]! - 48 / 9) < 1e-5);
  } catch (error) {
    if (!(error instanceof FramesiftError && error.code === 'dependency')) throw error;
    t.skip(error.message);
  }
});

test('an unknown operator is named', () => {
  const nodes = new Map([['x', node('x', 'NonMaxSuppressionV5')]]);
  assert.throws(() => convertToOnnx({ nodes, weights: new Map(), outputs: ['x'] }), /NonMaxSuppressionV5/);
});

test('axes of constants are turned', () => {
  const turned = permute({ shape: [2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }, [2, 0, 1]);
  assert.deepEqual(turned.shape, [3, 2, 1]);
  assert.deepEqual(Array.from(turned.data), [1, 4, 2, 5, 3, 6]);
});

test('names of inputs lead to their nodes', () => {
  assert.equal(nodeName('^a/b'), 'a/b');
  assert.equal(nodeName('a/b:0'), 'a/b');
  assert.equal(nodeName('a/b:1'), 'a/b:1');
});

test('weights of half precision and quantized ones are read; a file cut short is told of', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'framesift-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'model.json');
  const half = { name: 'half', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } };
  const bytes = { name: 'bytes', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } };
  const model = { modelTopology: { node: [] }, weightsManifest: [{ paths: ['w.bin'], weights: [half, bytes] }] };
  await writeFile(file, JSON.stringify(model));
  await writeFile(path.join(folder, 'w.bin'), Uint8Array.of(0x00, 0x3c, 0x00, 0xc1, 0, 2, 4));
  const { weights } = await readGraphModel(file);
  assert.deepEqual(Array.from(weights.get('half')!.data), [1, -2.5]);
  assert.deepEqual(Array.from(weights.get('bytes')!.data), [-1, 0, 1]);
  await writeFile(path.join(folder, 'w.bin'), Uint8Array.of(0x00, 0x3c, 0x00));
  await assert.rejects(readGraphModel(file), { code: 'model', message: /end within half/ });
});
