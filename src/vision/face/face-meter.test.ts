import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { FaceMeasurement } from '../../core/face.ts';
import type { Picture } from '../../core/frame.ts';
import { openVideo } from '../../media/open-video.ts';
import type { FaceMeter, FaceMeterOptions } from './face-meter.ts';
import { meterOrReason, recording } from './recordings.fixture.ts';

const { signal } = new AbortController();
let cacheFolder = '';
before(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'framesift-models-'));
});
after(() => rm(cacheFolder, { recursive: true, force: true }));

async function open(t: TestContext, options: FaceMeterOptions = {}): Promise<FaceMeter | undefined> {
  const meter = await meterOrReason({ cacheFolder, ...options });
  if (typeof meter !== 'string') return meter;
  t.skip(meter);
  return undefined;
}

/** Measurements of a recording; undefined, and the test skipped, where it or a package is not there. */
async function measure(
  t: TestContext,
  name: string,
  span: { from: number; until: number; every?: number },
  options: FaceMeterOptions = {},
): Promise<FaceMeasurement[] | undefined> {
  const file = recording(name);
  if (file === undefined) {
    t.skip(`${name} is not there: set FRAMESIFT_DATA to the folder that holds driver/`);
    return undefined;
  }
  await using meter = await open(t, { objectsEverySeconds: Infinity, ...options });
  if (!meter) return undefined;
  await using source = await openVideo(file, { signal });
  const sampler = { everySeconds: span.every ?? 0.1, fromSeconds: span.from, untilSeconds: span.until };
  const measurements: FaceMeasurement[] = [];
  for await (const frame of source.frames(sampler, { signal })) {
    using owned = frame;
    measurements.push(...(await meter.of([owned], { signal })));
  }
  return measurements;
}

async function firstPicture(t: TestContext, name: string): Promise<Picture | undefined> {
  const file = recording(name);
  if (file === undefined) {
    t.skip(`${name} is not there: set FRAMESIFT_DATA to the folder that holds driver/`);
    return undefined;
  }
  await using source = await openVideo(file, { signal });
  for await (const frame of source.frames({ everySeconds: 1 }, { signal })) {
    using owned = frame;
    return await owned.rgb({ longestSide: 512 });
  }
  return undefined;
}

/** The same picture several times beside itself. */
function beside({ data, width, height, channels }: Picture, count: number): Picture {
  const row = width * channels;
  const wide = new Uint8Array(data.length * count);
  for (let y = 0; y < height; y++) {
    for (let copy = 0; copy < count; copy++) {
      wide.set(data.subarray(y * row, (y + 1) * row), (y * count + copy) * row);
    }
  }
  return { data: wide, width: width * count, height, channels };
}

const opennessOf = ({ driver }: FaceMeasurement): number => (driver!.left.openness + driver!.right.openness) / 2;

describe('the face meter', () => {
  test('an empty picture has no face, and converted models are kept', async (t) => {
    await using meter = await open(t);
    if (!meter) return;
    const picture = { width: 320, height: 240, channels: 3 as const, data: new Uint8Array(320 * 240 * 3).fill(90) };
    const reading = await meter.read(picture, 0, { signal });
    assert.equal(reading.driver, undefined);
    assert.equal(reading.faces, 0);
    assert.equal((await readdir(cacheFolder)).length, 4);
  });

  test('after it was closed it says so, and an aborted signal is heard', async (t) => {
    const meter = await open(t);
    if (!meter) return;
    const picture = { width: 8, height: 8, channels: 3 as const, data: new Uint8Array(192) };
    const reason = new Error('enough');
    await assert.rejects(meter.read(picture, 0, { signal: AbortSignal.abort(reason) }), reason);
    await meter[Symbol.asyncDispose]();
    await assert.rejects(meter.read(picture, 0, { signal }), { code: 'model' });
  });

  test('shut eyes are told from open ones, and the face is followed', async (t) => {
    const measurements = await measure(t, 'driver/phone_eyes_closed_1080p.mp4', { from: 3.5, until: 6 });
    if (!measurements) return;
    const open = measurements.filter(({ timeSeconds }) => timeSeconds > 3.5 && timeSeconds < 4.2);
    const shut = measurements.filter(({ timeSeconds }) => timeSeconds > 4.7);
    assert.ok(
      open.every((each) => opennessOf(each) > 0.2),
      JSON.stringify(open.map(opennessOf)),
    );
    assert.ok(
      shut.every((each) => opennessOf(each) < 0.09),
      JSON.stringify(shut.map(opennessOf)),
    );
    assert.equal(measurements[0]?.driver?.tracked, false);
    assert.ok(measurements.slice(1).every(({ driver }) => driver?.tracked));
  });

  test('nods and turns have their signs', async (t) => {
    const measurements = await measure(t, 'driver/phone_nod_and_turn_540p.mp4', { from: 0, until: 11, every: 0.2 });
    if (!measurements) return;
    const near = (seconds: number): FaceMeasurement =>
      measurements.toSorted((a, b) => Math.abs(a.timeSeconds - seconds) - Math.abs(b.timeSeconds - seconds))[0]!;
    assert.ok(Math.abs(near(0.2).driver!.yaw) < 10);
    assert.ok(near(3.5).driver!.pitch < -20, 'head down');
    assert.ok(near(5.2).driver!.pitch > 20, 'head up');
    assert.ok(near(9).driver!.yaw > 30, "to the image's right");
    assert.ok(near(10.6).driver!.yaw < -30, "to the image's left");
  });

  test('eyes that move while the head stays move the gaze alone', async (t) => {
    const measurements = await measure(t, 'driver/gaze_center_left_center.mp4', { from: 3, until: 8, every: 0.5 });
    if (!measurements) return;
    const [first, last] = [measurements[0]!.driver!, measurements.at(-1)!.driver!];
    assert.ok(Math.abs(first.yaw - last.yaw) < 4);
    assert.ok(Math.abs(first.gazeYaw - last.gazeYaw) > 8, `${first.gazeYaw} ${last.gazeYaw}`);
  });

  test('a hand at the mouth is near the face, and none is where the hands are down', async (t) => {
    const span = { from: 8.5, until: 13, every: 0.5 };
    const measurements = await measure(t, 'driver/incar_orange_smoking.mp4', span, { objectsEverySeconds: 0.5 });
    if (!measurements) return;
    const nearAt = ({ hand }: FaceMeasurement): boolean => hand !== undefined && hand.faceGap < 0.1;
    const [smoking, after] = [
      measurements.filter(({ timeSeconds }) => timeSeconds < 10.4),
      measurements.filter(({ timeSeconds }) => timeSeconds > 11.2),
    ];
    assert.ok(smoking.length > 2 && smoking.every(nearAt), JSON.stringify(smoking.map(({ hand }) => hand)));
    assert.ok(after.length > 1 && !after.some(nearAt), JSON.stringify(after.map(({ hand }) => hand)));
  });

  test('of two faces about as large, the one on the side of the wheel drives; of three beside each other none', async (t) => {
    const face = await firstPicture(t, 'driver/webcam_awake_woman.mp4');
    if (!face) return;
    const driverOf = async (count: number, options: FaceMeterOptions): Promise<number | undefined> => {
      await using meter = await open(t, options);
      const reading = await meter?.read(beside(face, count), 0, { signal });
      return reading?.driver?.region[0];
    };
    const [left, right] = [await driverOf(2, { drive: 'left' }), await driverOf(2, { drive: 'right' })];
    assert.ok(left !== undefined && left > 0.5, `${left}`);
    assert.ok(right !== undefined && right < 0.5, `${right}`);
    assert.equal(await driverOf(3, {}), undefined);
    assert.ok((await driverOf(3, { seat: [0, 0, 0.4, 1] })) !== undefined, 'a seat says who drives');
  });

  test('a face outside the seat is a passenger’s', async (t) => {
    const span = { from: 0, until: 0.5 };
    const elsewhere = await measure(t, 'driver/incar_yawdd_woman7_yawn_talk.avi', span, { seat: [0.6, 0, 0.4, 1] });
    if (!elsewhere) return;
    assert.ok(elsewhere.every(({ driver, faces }) => driver === undefined && faces === 1));
    const here = await measure(t, 'driver/incar_yawdd_woman7_yawn_talk.avi', span, { seat: [0, 0, 0.6, 1] });
    assert.ok(here?.every(({ driver }) => driver !== undefined));
  });
});
