import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FramesiftError } from '../../core/errors.ts';
import type { Picture } from '../../core/frame.ts';
import { drawnWidth, drawText, withNoise } from './lettering.fixture.ts';
import { openTextRecognizer, type TextRecognizer } from './recognizer.ts';
import { frameOf, slidesOf, talks, talksMissing, wordF1 } from './talks.fixture.ts';

const { signal } = new AbortController();

const page = (number: string, colours = {}): Picture =>
  drawText(
    1280,
    720,
    [
      { text: 'SECRET', x: 120, y: 80, size: 10 },
      { text: `THE TEST ${number}`, x: 120, y: 300, size: 5 },
      { text: 'THREE MEN SEE THE TREES', x: 120, y: 400, size: 5 },
    ],
    colours,
  );

describe('reading', () => {
  let recognizer: TextRecognizer;
  before(async () => {
    recognizer = await openTextRecognizer();
  });
  after(() => recognizer[Symbol.asyncDispose]());

  test('lines, their places, their title, top to bottom', async () => {
    const reading = await recognizer.read(page('1280'), { signal });
    assert.equal(reading.state, 'read');
    assert.equal(reading.text, 'SECRET\nTHE TEST 1280\nTHREE MEN SEE THE TREES');
    assert.equal(reading.title, 'SECRET');
    assert.ok(reading.confidence > 0.9 && reading.confidence <= 1);
    const [x, y, width, height] = reading.blocks[1]!.box;
    assert.ok(Math.abs(x - 120) < 20 && Math.abs(y - 300) < 20, `${x} ${y}`);
    assert.ok(
      Math.abs(x + width - 120 - drawnWidth('THE TEST 1280', 5)) < 25 && Math.abs(y + height - 335) < 20,
      `${x + width} ${y + height}`,
    );
  });

  test('light text on a dark ground', async () => {
    const reading = await recognizer.read(page('3310', { paper: 25, ink: 230 }), { signal });
    assert.equal(reading.text, 'SECRET\nTHE TEST 3310\nTHREE MEN SEE THE TREES');
  });

  test('takes over what was read of a picture before, and remembers it; another video begins anew', async () => {
    recognizer.beginVideo();
    const read = await recognizer.read(page('1280'), { signal });
    assert.equal(read.reused, 0);
    recognizer.beginVideo();
    const known = read.lines.map(({ box, line }) => ({ box, line: { ...line, text: `${line.text}!` } }));
    const taken = await recognizer.read(page('1280'), { signal, known });
    assert.ok(
      taken.blocks.length > 0 && taken.blocks.every(({ text }) => text.endsWith('!')),
      'nothing was read again',
    );
    const next = await recognizer.read(withNoise(page('1280'), 6), { signal });
    assert.equal(next.text, taken.text);
    recognizer.beginVideo();
    assert.equal((await recognizer.read(page('1280'), { signal })).text, read.text);
  });

  test('a line that changed by one digit is read again, the others are not', async () => {
    await recognizer.read(page('1280'), { signal });
    const same = await recognizer.read(withNoise(page('1280'), 6), { signal });
    assert.deepEqual([same.found, same.reused], [3, 3]);
    const changed = await recognizer.read(withNoise(page('1230'), 6), { signal });
    assert.deepEqual([changed.found, changed.reused], [3, 2]);
    assert.match(changed.text, /TEST 1230/);
  });

  test('nothing drawn: none', async () => {
    const reading = await recognizer.read(drawText(640, 360, []), { signal });
    assert.equal(reading.state, 'none');
    assert.deepEqual([reading.text, reading.title, reading.confidence], ['', undefined, 0]);
  });

  test('pictures of any size, also grey ones and tiny ones', async () => {
    const { data, width, height } = drawText(333, 101, [{ text: 'RED TREE', x: 20, y: 30, size: 4 }]);
    const grey: Picture = { data: data.filter((_, i) => i % 3 === 0), width, height, channels: 1 };
    assert.equal((await recognizer.read(grey, { signal })).text, 'RED TREE');
    const tiny: Picture = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 };
    assert.equal((await recognizer.read(tiny, { signal })).state, 'none');
  });

  test('the picture is handed over; a view into a larger buffer is copied', async () => {
    const own = page('1280');
    await recognizer.read(own, { signal });
    assert.equal(own.data.length, 0);
    const picture = page('1280');
    const shared = new Uint8Array(picture.data.length + 8);
    shared.set(picture.data, 8);
    const reading = await recognizer.read({ ...picture, data: shared.subarray(8) }, { signal });
    assert.match(reading.text, /SECRET/);
    assert.equal(shared.length, picture.data.length + 8);
  });

  test('aborting ends the call at once and leaves the next one alone', async () => {
    const abort = new AbortController();
    const reading = recognizer.read(page('1280'), { signal: abort.signal });
    const next = recognizer.read(page('1280'), { signal });
    const reason = new Error('enough');
    abort.abort(reason);
    await assert.rejects(reading, reason);
    assert.equal((await next).state, 'read');
    await assert.rejects(recognizer.read(page('1280'), { signal: abort.signal }), reason);
  });

  test('more pictures than anyone awaits are refused', async () => {
    const small = () => drawText(64, 32, []);
    const readings = Array.from({ length: 20 }, () => recognizer.read(small(), { signal }));
    const outcomes = await Promise.allSettled(readings);
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 4);
  });
});

test('without reuse every line is read', async () => {
  await using recognizer = await openTextRecognizer({ reuse: false });
  await recognizer.read(page('1280'), { signal });
  assert.equal((await recognizer.read(page('1280'), { signal })).reused, 0);
});

describe('on several threads', () => {
  const series = (): Picture[] => [
    page('1280'),
    withNoise(page('1280'), 6),
    page('1230'),
    drawText(1280, 720, []),
    page('3310', { paper: 25, ink: 230 }),
    withNoise(page('1280'), 6),
    drawText(1280, 720, [
      { text: 'SECRET', x: 120, y: 80, size: 10 },
      ...[3, 4, 5].map((size, row) => ({ text: 'THREE MEN SEE THE TREES', x: 90, y: 200 + 90 * row, size })),
    ]),
  ];
  const readAll = async (threads: number): Promise<unknown> => {
    await using recognizer = await openTextRecognizer({ threads });
    const [first, ...others] = series();
    const known = (await recognizer.read(first!, { signal })).lines;
    recognizer.beginVideo();
    const readings = [recognizer.read(page('1280'), { signal, known })];
    for (const picture of others) readings.push(recognizer.read(picture, { signal }));
    recognizer.beginVideo();
    for (const picture of series().slice(0, 2)) readings.push(recognizer.read(picture, { signal }));
    return await Promise.all(readings);
  };

  test('all comes out as on one, to the last digit', async () => {
    const one = await readAll(1);
    assert.deepEqual(await readAll(3), one);
  });

  test('a picture that is given up takes nothing from the next, which shows the same lines', async () => {
    await using recognizer = await openTextRecognizer({ threads: 2 });
    const expected = await recognizer.read(page('1280'), { signal });
    recognizer.beginVideo();
    const abort = new AbortController();
    const givenUp = recognizer.read(page('1280'), { signal: abort.signal });
    const next = recognizer.read(page('1280'), { signal });
    setTimeout(() => abort.abort(), 120);
    await assert.rejects(givenUp, { name: 'AbortError' });
    assert.equal((await next).text, expected.text);
  });

  test('closing ends what they read', async () => {
    const recognizer = await openTextRecognizer({ threads: 3 });
    const readings = series().map((picture) => assert.rejects(recognizer.read(picture, { signal })));
    await recognizer[Symbol.asyncDispose]();
    await Promise.all(readings);
  });
});

test('closing ends what is being read; reading afterwards says so', async () => {
  const recognizer = await openTextRecognizer();
  const reading = assert.rejects(recognizer.read(page('1280'), { signal }));
  await recognizer[Symbol.asyncDispose]();
  await recognizer[Symbol.asyncDispose]();
  await reading;
  await assert.rejects(recognizer.read(page('1280'), { signal }), { message: 'The text recognizer was closed.' });
});

test('a recognizer that was left open keeps no process alive', () => {
  const module = new URL('./recognizer.ts', import.meta.url).href;
  const script = `const { openTextRecognizer } = await import(${JSON.stringify(module)}); await openTextRecognizer({ threads: 2 });`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
});

test('a model folder says what it lacks, and which file is no network', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'framesift-text-'));
  try {
    await writeFile(path.join(folder, 'keys.txt'), 'a\nb\n');
    await assert.rejects(openTextRecognizer({ modelFolder: folder }), (error) => {
      assert.ok(error instanceof FramesiftError && error.code === 'model');
      assert.match(error.message, /lacks det\.onnx, rec\.onnx/);
      return true;
    });
    for (const name of ['det.onnx', 'rec.onnx']) await writeFile(path.join(folder, name), 'not a network');
    await assert.rejects(openTextRecognizer({ modelFolder: folder }), (error) => {
      assert.ok(error instanceof FramesiftError && error.code === 'model');
      assert.match(error.message, /det\.onnx cannot be loaded/);
      return true;
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe('talks', { skip: talksMissing() ?? false }, () => {
  for (const talk of talks) {
    test(`${talk.name}: words of every fourth slide, of all where they are few`, { timeout: 120_000 }, async () => {
      await using recognizer = await openTextRecognizer();
      const scores: number[] = [];
      const slides = slidesOf(talk);
      for (const slide of slides.filter((_, i) => i % 4 === 0 || slides.length < 8)) {
        const reading = await recognizer.read(frameOf(talk, slide.timeSeconds), { signal });
        scores.push(wordF1(slide.text, reading.text));
      }
      const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
      assert.ok(mean >= talk.bar, `${mean.toFixed(3)} of ${talk.bar}: ${scores.map((f1) => f1.toFixed(2)).join(' ')}`);
    });
  }

  test('the same slide ten seconds on is hardly read again', async () => {
    await using recognizer = await openTextRecognizer();
    const talk = talks[0];
    const first = await recognizer.read(frameOf(talk, 60), { signal });
    const later = await recognizer.read(frameOf(talk, 70), { signal });
    assert.equal(later.text, first.text);
    assert.ok(later.reused >= later.found - 1, `${later.reused} of ${later.found}`);
  });
});
