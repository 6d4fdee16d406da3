import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import type { MeasuredEvent } from '../../core/driver-state.ts';
import type { Picture } from '../../core/frame.ts';
import { driverFace } from '../../core/face.fixture.ts';
import { annotate } from './annotate.ts';
import { drawCurve } from './lane.ts';
import { renderDriverPage } from './page.ts';
import { encodePng } from './png.ts';
import type { DriverLanesData } from './section.ts';

/** Every pixel differs from its neighbours, so that a blurred region is told from one that was left alone. */
const noise: Picture = {
  width: 60,
  height: 40,
  channels: 3,
  data: Uint8Array.from({ length: 60 * 40 * 3 }, (_, index) => (index * 7919) % 251),
};
const driver = driverFace({
  outlines: [
    [
      [0.1, 0.1],
      [0.2, 0.1],
    ],
  ],
});
const changed = (picture: Picture, x: number, y: number): boolean => {
  const at = (y * picture.width + x) * 3;
  return [0, 1, 2].some((channel) => picture.data[at + channel] !== noise.data[at + channel]);
};

describe('pictures of events', () => {
  test('landmarks are drawn on a copy', () => {
    const before = noise.data.slice();
    const drawn = annotate(noise, { driver, faces: [], blurFaces: false });
    assert.ok(changed(drawn, 8, 4));
    assert.ok(!changed(drawn, 30, 20));
    assert.deepEqual(noise.data, before);
  });

  test('every face is blurred, passengers’ too, and nothing far from them', () => {
    const drawn = annotate(noise, { driver, faces: [driver.region, [0.8, 0.6, 0.1, 0.2]], blurFaces: true });
    assert.ok(changed(drawn, 30, 18));
    assert.ok(changed(drawn, 51, 28));
    assert.ok(!changed(drawn, 10, 35));
    const colours = new Set<number>();
    for (let x = 24; x < 36; x++) colours.add(drawn.data[(18 * 60 + x) * 3]!);
    assert.ok(colours.size <= 6, `${colours.size} colours across a face`);
  });

  test('where no face was found the whole picture is blurred', () => {
    const drawn = annotate(noise, { faces: [], blurFaces: true });
    assert.ok(changed(drawn, 1, 1) && changed(drawn, 58, 38));
  });

  test('a PNG holds the very pixels', () => {
    const file = encodePng(noise);
    const length = file.readUInt32BE(33);
    assert.equal(file.subarray(37, 41).toString('latin1'), 'IDAT');
    const rows = inflateSync(file.subarray(41, 41 + length));
    const pixels = new Uint8Array(noise.data.length);
    for (let row = 0; row < 40; row++) {
      for (let index = 0; index < 180; index++) {
        const left = index < 3 ? 0 : pixels[row * 180 + index - 3]!;
        pixels[row * 180 + index] = rows[row * 181 + 1 + index]! + left;
      }
    }
    assert.deepEqual(pixels, noise.data);
  });
});

describe('lanes', () => {
  const event: MeasuredEvent = {
    by: 'measurement',
    id: 'sleep-1',
    rule: 'sleep',
    title: 'Sleep: eyes <closed>',
    severity: 'alarm',
    start: 1,
    end: 5,
    raisedAt: 4,
    confidence: 0.9,
    figures: { seconds: 4, lidsCover: 0.97 },
    threshold: { seconds: 3, lidsCover: 0.8 },
    source: 'somebody’s <protocol>',
    calibration: 'provisional',
  };
  const data: DriverLanesData = {
    startSeconds: 0,
    endSeconds: 10,
    calibration: { state: 'provisional', usableSeconds: 9, openEye: 0.25, yaw: 0, pitch: 0, gazeYaw: 0, gazePitch: 0 },
    moments: [],
    spans: [{ state: 'eyes_closed', start: 1, end: 5, confidence: 1 }],
    events: [event],
    blinks: [0.5],
    thresholds: {
      eyesClosed: 0.2,
      perclos: 0.15,
      mouth: 0.35,
      headTurned: 30,
      headPitch: 15,
      gazeYaw: 23,
      gazePitch: 18,
    },
    imageOf: () => undefined,
  };

  test('a value that is missing leaves a gap, it is not drawn through', () => {
    const points = [
      [0, 1],
      [1, 1],
      [2, undefined],
      [3, 1],
      [4, 1],
    ] as const;
    const drawn = drawCurve(
      { name: 'x', unit: '', least: 0, most: 2, thresholds: [], points },
      { start: 0, end: 5 },
    ).text;
    assert.equal(drawn.match(/<polyline/g)?.length, 2);
  });

  test('an hour is drawn with no more points than columns, and keeps its spikes', () => {
    const points = Array.from({ length: 36_000 }, (_, index) => [index / 10, index === 17_777 ? 1 : 0] as const);
    const drawn = drawCurve(
      { name: 'x', unit: '', least: 0, most: 1, thresholds: [], points },
      { start: 0, end: 3600 },
    ).text;
    assert.ok(drawn.length < 40_000, `${drawn.length}`);
    assert.match(drawn, /,0 /);
  });

  test('the page says that figures are provisional, escapes words and loads nothing', () => {
    const page = renderDriverPage('cabin & co', data);
    assert.match(page, /Not calibrated yet/);
    assert.match(page, /Sleep: eyes &lt;closed&gt;/);
    assert.match(page, /cabin &amp; co/);
    // An `events.json` may come from somebody else.
    const foreign = renderDriverPage('cabin', { ...data, events: [{ ...event, id: '"><script>alert(1)</script>' }] });
    assert.doesNotMatch(foreign, /<script/);
    assert.doesNotMatch(page, /https?:|<script|certified|compliant/i);
  });

  test('an event says what decided: figures beside their thresholds, the source, and that figures are provisional', () => {
    const page = renderDriverPage('cabin', data);
    assert.match(page, /4 s \(rule: 3 s\), lids cover up to 97 % \(rule: 80 %\)\./);
    assert.match(page, /By somebody’s &lt;protocol&gt;\./);
    assert.match(page, /confidence 0\.90, figures provisional/);
    const threshold = { seconds: 3, sideways: 23, upOrDown: 18 };
    const away = { ...event, figures: { seconds: 4, degrees: 40.2 }, threshold, calibration: 'calibrated' } as const;
    const other = renderDriverPage('cabin', { ...data, events: [away] });
    assert.match(other, /4 s \(rule: 3 s\), up to 40°; rule: sideways from 23°, up or down from 18°\./);
    assert.doesNotMatch(other, /figures provisional/);
  });

  test('of eyes that were never seen it is not said that they did not blink', () => {
    assert.match(renderDriverPage('cabin', data), /Eyes were never seen/);
    const seen = { timeSeconds: 0, eyes: 1, yaw: 0, pitch: 0, gazeYaw: 0, gazePitch: 0, mouth: 0, perclos: undefined };
    const page = renderDriverPage('cabin', { ...data, moments: [seen], blinksPerMinute: 14.6 });
    assert.match(page, /1 blink seen \(15 a minute of eyes seen\)/);
  });

  test('a part of a video is drawn from its beginning on', () => {
    const spans = [{ state: 'eyes_closed', start: 602.5, end: 605, confidence: 1 }] as const;
    const page = renderDriverPage('cabin', { ...data, startSeconds: 600, endSeconds: 610, spans, events: [] });
    assert.match(page, /<rect x="300" y="0" width="300"/);
    assert.match(page, /<span>600\.0 s<\/span>/);
    const long = renderDriverPage('cabin', { ...data, startSeconds: 600, endSeconds: 700, events: [] });
    assert.match(long, /<span>10:00<\/span>/);
  });
});
