import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Picture } from '../../core/frame.ts';
import { driverFace } from '../../core/face.fixture.ts';
import { Canvas, glyph } from './canvas.ts';
import { drawOverlay, nothingMeasured, type OverlayFrame } from './overlay.ts';

const blank = (width: number, height: number): Picture => {
  return { width, height, channels: 3, data: new Uint8Array(width * height * 3) };
};
const lit = ({ data, width }: Picture, x: number, y: number): boolean =>
  data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3).some((value) => value > 0);
/** Lit pixels of a rectangle. */
function count(picture: Picture, left: number, top: number, right: number, bottom: number): number {
  let all = 0;
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) all += Number(lit(picture, x, y));
  return all;
}

describe('the canvas', () => {
  test('letters are where they are put, and look like themselves', () => {
    const picture = blank(60, 24);
    new Canvas(picture).text(10, 2, 'I.', [255, 255, 255]);
    const middle = 10 + glyph.width / 2;
    assert.ok(count(picture, middle - 2, 2, middle + 2, 22) > 20, 'the stem of an I');
    assert.equal(count(picture, 20, 2, 30, 12), 0, 'nothing above a full stop');
    assert.ok(count(picture, 20, 12, 30, 22) > 3);
    assert.equal(count(picture, 0, 0, 10, 24) + count(picture, 30, 0, 60, 24), 0);
  });

  test('what lies outside is left out, and an unknown sign is blank', () => {
    const picture = blank(12, 12);
    const canvas = new Canvas(picture);
    canvas.text(-5, -5, 'W', [255, 0, 0]);
    canvas.line(-10, -10, 40, 40, [0, 255, 0]);
    canvas.box(8, 8, 100, 100, [0, 0, 255]);
    assert.deepEqual(Array.from(picture.data.subarray(-3)), [0, 0, 255]);
    const empty = blank(12, 24);
    new Canvas(empty).text(0, 0, '字', [255, 255, 255]);
    assert.equal(count(empty, 0, 0, 12, 24), 0);
  });
});

describe('the overlay', () => {
  const driver = driverFace({ region: [0.5, 0.25, 0.25, 0.5] });
  const chequered = blank(640, 360);
  for (let at = 0; at < chequered.data.length; at += 1) chequered.data[at] = Math.floor(at / 3) % 2 === 0 ? 20 : 220;
  const frame: OverlayFrame = {
    timeSeconds: 1,
    picture: chequered,
    faces: [],
    signal: nothingMeasured,
    spans: [],
    events: [],
  };

  test('leaves the picture it was given as it was, and the rest of it unchanged', () => {
    const before = chequered.data.slice();
    const drawn = drawOverlay(frame, { blurFaces: false });
    assert.deepEqual(chequered.data, before);
    assert.deepEqual(drawn.data.slice(-640 * 3), before.slice(-640 * 3));
    assert.notDeepEqual(drawn.data.slice(0, 300), before.slice(0, 300));
  });

  test('an event under way is a band below', () => {
    const event = {
      by: 'measurement',
      id: 'sleep-1',
      rule: 'sleep',
      title: 'Sleep',
      severity: 'alarm',
      start: 0,
      end: 2,
      raisedAt: 1,
      confidence: 1,
      figures: {},
      threshold: {},
      source: 'own choice',
      calibration: 'calibrated',
    } as const;
    const drawn = drawOverlay({ ...frame, events: [event] }, { blurFaces: false });
    const [red = 0, green = 0] = drawn.data.slice(-3);
    assert.ok(red > 150 && green < 130, `${red} ${green}`);
  });

  test('a blurred face keeps no detail, and where none was found nothing does', () => {
    const detail = (picture: Picture, x: number, y: number): number => {
      const at = (y * 640 + x) * 3;
      return Math.abs(picture.data[at]! - picture.data[at + 3]!);
    };
    const blurred = drawOverlay({ ...frame, driver }, { blurFaces: true });
    assert.ok(detail(blurred, 420, 200) < 10);
    assert.equal(detail(blurred, 620, 350), 200);
    assert.ok(detail(drawOverlay(frame, { blurFaces: true }), 620, 350) < 10);
  });
});
