import assert from 'node:assert/strict';
import { test } from 'node:test';
import { glimpse, glimpseColumns, glimpseRows } from './glimpse.ts';
import { NativeFrame, constants } from './native.ts';

const [width, height] = [glimpseColumns * 4, glimpseRows * 4];

/** A frame whose points are 0, 1, 2 … 249, 0, …, times `scale`; what lies between them is 255. */
function drawn(format: NativeFrame['format'], bytes: 1 | 2, scale: number): NativeFrame {
  const frame = new NativeFrame();
  frame.alloc();
  [frame.format, frame.width, frame.height] = [format, width, height];
  assert.ok(frame.getBuffer() >= 0);
  const [plane] = frame.data!;
  const stride = frame.linesize[0]!;
  plane!.fill(255);
  for (let at = 0; at < glimpseColumns * glimpseRows; at += 1) {
    const [x, y] = [(at % glimpseColumns) * 4 + 2, Math.floor(at / glimpseColumns) * 4 + 2];
    if (bytes === 1) plane![y * stride + x] = at % 250;
    else plane!.writeUInt16LE((at % 250) * scale, y * stride + x * 2);
  }
  return frame;
}

const expected = Uint8Array.from({ length: glimpseColumns * glimpseRows }, (_, at) => at % 250);

test('a glimpse takes the points of its grid, of eight bits, of ten and of ten at the upper end', () => {
  for (const [format, bytes, scale] of [
    [constants.AV_PIX_FMT_YUV420P, 1, 1],
    [constants.AV_PIX_FMT_YUV420P10LE, 2, 4],
    [constants.AV_PIX_FMT_P010LE, 2, 256],
  ] as const) {
    using frame = drawn(format, bytes, scale);
    assert.deepEqual(glimpse(frame), expected);
  }
});

test('it holds on to none of the memory, and leaves the pixels alone', () => {
  using frame = drawn(constants.AV_PIX_FMT_YUV420P, 1, 1);
  glimpse(frame);
  assert.equal(frame.data?.[0]?.length, 0);
  using clone = frame.clone();
  assert.deepEqual(clone && glimpse(clone), expected);
});

test('pixels whose first plane is not luma give none', () => {
  using frame = drawn(constants.AV_PIX_FMT_RGB24, 1, 1);
  assert.equal(glimpse(frame), undefined);
});
