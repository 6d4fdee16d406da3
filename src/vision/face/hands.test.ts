import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openNetwork } from '../onnx.ts';
import { findHands, handNetwork } from './hands.ts';

const network = await openNetwork(handNetwork).catch((error: unknown) => error);
const missing = network instanceof Error ? network.message : false;

test('an empty picture shows no hand, wherever it is looked at', { skip: missing }, async () => {
  await using hands = await openNetwork(handNetwork);
  assert.deepEqual(hands.inputDims, [1, 192, 192, 3]);
  const picture = { width: 320, height: 240, channels: 3 as const, data: new Uint8Array(320 * 240 * 3).fill(120) };
  for (const x of [0, 160, 400]) {
    const patch = { x, y: 120, width: 300, height: 300, angle: 0 };
    assert.deepEqual(await findHands(hands, picture, patch, 0.5), []);
  }
});
