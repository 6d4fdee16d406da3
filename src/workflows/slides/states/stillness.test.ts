import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '../../../core/frame.ts';
import { standsStill } from './stillness.ts';

function paint(noise: number, mark?: { readonly x: number; readonly size: number }): Picture {
  const [width, height] = [384, 216];
  const data = Uint8Array.from({ length: width * height }, (_, at) => 200 + ((at * 7919) % (2 * noise + 1)) - noise);
  for (let y = 0; mark && y < mark.size; y += 1)
    data.fill(20, (100 + y) * width + mark.x, (100 + y) * width + mark.x + mark.size);
  return { data, width, height, channels: 1 };
}

test('coding noise is no movement, a digit is', () => {
  assert.ok(standsStill(paint(0), paint(5)));
  assert.ok(!standsStill(paint(0), paint(0, { x: 50, size: 3 })));
  assert.ok(standsStill(paint(0, { x: 50, size: 3 }), paint(3, { x: 50, size: 3 })));
  assert.ok(!standsStill(paint(0), paint(0, { x: 50, size: 100 })));
});
