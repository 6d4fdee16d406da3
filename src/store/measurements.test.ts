import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FaceMeasurement } from '../core/face.ts';
import { MeasurementLog } from './measurement-log.ts';
import { MeasurementSeries } from './measurement-series.ts';
import { columns, measurementOf, rowOf } from './measurement-table.ts';
import { readMeasurements, writeMeasurements, writeParquet } from './measurements.ts';

const eye = { openness: 0.2345678, confidence: 0.9876 };
const full: FaceMeasurement = {
  timeSeconds: 3.1234567,
  picture: { brightness: 120.1234, contrast: 50.5, detail: 3.21 },
  faces: 2,
  driver: {
    region: [0.1, 0.2, 0.3, 0.4],
    confidence: 0.99,
    tracked: true,
    left: { ...eye, evidence: { open: 0.9, down: 0.07, hidden: 0.03 } },
    right: { openness: -0.01, confidence: 0 },
    yaw: -12.345,
    pitch: 3.2,
    roll: 0,
    gazeYaw: 1,
    gazePitch: -2,
    gazeConfidence: 0.5,
    mouthOpening: 0.0123,
    outlines: [[[0.1, 0.1]]],
  },
  lookedForPhone: true,
  phone: { region: [0.5, 0.6, 0.1, 0.05], confidence: 0.42, otherConfidence: 0.11, handGap: 0.25 },
  person: 0.71,
  lookedForHands: true,
  hand: { region: [0.4, 0.3, 0.1, 0.1], confidence: 0.61, faceGap: 0.125 },
};
const empty: FaceMeasurement = {
  timeSeconds: 4,
  picture: { brightness: 0, contrast: 0, detail: 0 },
  faces: 0,
  lookedForPhone: false,
  lookedForHands: false,
};

const asStored = (measurement: FaceMeasurement): FaceMeasurement => measurementOf(rowOf(measurement));

describe('stored measurements', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'framesift-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('come back as they were stored', async () => {
    const file = path.join(folder, 'a.csv');
    await writeMeasurements(file, MeasurementSeries.of([full, empty]));
    assert.deepEqual([...(await readMeasurements(file))], [asStored(full), asStored(empty)]);
  });

  test('storing rounds once: what was read back is stored the same', () => {
    const once = asStored(full);
    assert.deepEqual(asStored(once), once);
    assert.ok(Math.abs(once.driver!.left.openness - eye.openness) < 1e-4);
    assert.equal(once.driver!.outlines, undefined);
  });

  test('an absent face stays absent, which is not a face with zeros', () => {
    assert.equal(asStored(empty).driver, undefined);
    assert.equal(asStored(empty).phone, undefined);
  });

  test('a file that is none of ours, damaged or missing is told of', async () => {
    const file = path.join(folder, 'b.csv');
    await assert.rejects(readMeasurements(file), { code: 'input', message: /missing/ });
    await writeFile(file, 'time,speed\n1,2\n');
    await assert.rejects(readMeasurements(file), { code: 'input', message: /not a table/ });
    await writeMeasurements(file, MeasurementSeries.of([full, empty]));
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('\n4,', '\n4,x,'));
    await assert.rejects(readMeasurements(file), { code: 'input', message: /line 3/ });
  });

  test('numbers are read as other programs write them', async () => {
    const file = path.join(folder, 'c.csv');
    await writeMeasurements(file, MeasurementSeries.of([full]));
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('120.12', '1.2012e2').replaceAll('\n', '\r\n').trimEnd());
    assert.deepEqual([...(await readMeasurements(file))], [asStored(full)]);
  });

  test('Parquet holds the same table, with nulls for what is absent', async () => {
    const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet');
    const file = path.join(folder, 'a.parquet');
    await writeParquet(file, MeasurementSeries.of([full, empty]));
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) });
    assert.deepEqual(Object.keys(rows[0]!), [...columns]);
    assert.equal(rows[0]!['time'], 3.1235);
    assert.equal(rows[0]!['hand_face_gap'], 0.125);
    assert.deepEqual([rows[1]!['time'], rows[1]!['yaw']], [4, null]);
  });

  test('a long series is written and read in pieces, as a short one is', async () => {
    const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet');
    const series = MeasurementSeries.of(
      Array.from({ length: 3100 }, (_, index) => ({ ...(index % 7 === 0 ? empty : full), timeSeconds: index / 10 })),
    );
    assert.equal(series.length, 3100);
    assert.deepEqual(
      [series.at(-1)!.timeSeconds, series.at(1000)!.timeSeconds, series.at(3100)],
      [309.9, 100, undefined],
    );
    assert.deepEqual([...series.first(1500)], [...series].slice(0, 1500));
    const csv = path.join(folder, 'long.csv');
    await writeMeasurements(csv, series);
    assert.deepEqual([...(await readMeasurements(csv))], [...series]);
    const file = path.join(folder, 'long.parquet');
    await writeParquet(file, series);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) });
    assert.deepEqual(
      rows.map((row): unknown[] => [row['time'], row['yaw']]),
      Array.from(series, ({ timeSeconds, driver }) => [timeSeconds, driver?.yaw ?? null]),
    );
    await writeParquet(file, new MeasurementSeries());
    assert.deepEqual(await parquetReadObjects({ file: await asyncBufferFromFile(file) }), []);
  });
});

describe('measurements under way', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'framesift-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const all = (earlier: MeasurementSeries): number => earlier.length;

  test('are there again after a kill, without the line that was only half written', async () => {
    const file = path.join(folder, 'a.part');
    {
      await using log = await MeasurementLog.open(file, 'key', all);
      for (let time = 0; time < 25; time++) await log.add({ ...empty, timeSeconds: time });
    }
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, -5));
    await using log = await MeasurementLog.open(file, 'key', all);
    assert.deepEqual(
      Array.from(log.measurements, ({ timeSeconds }) => timeSeconds),
      Array.from({ length: 24 }, (_, time) => time),
    );
    // What follows begins on a line of its own.
    await log.add(full);
    await log[Symbol.asyncDispose]();
    await using again = await MeasurementLog.open(file, 'key', all);
    assert.deepEqual(again.measurements.at(-1), asStored(full));
  });

  test('are not taken over by another run, nor from a damaged file', async () => {
    const file = path.join(folder, 'b.part');
    const add = async (key: string): Promise<number> => {
      await using log = await MeasurementLog.open(file, key, all);
      const earlier = log.measurements.length;
      await log.add(empty);
      return earlier;
    };
    assert.deepEqual([await add('one'), await add('one'), await add('two')], [0, 1, 0]);
    await writeFile(file, `${await readFile(file, 'utf8')}\0\0\0,\n`);
    assert.equal(await add('two'), 0);
  });
});
