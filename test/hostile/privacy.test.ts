/** `--redact faces`: no request and no file holds a face that could be recognized; nothing leaves unless an address was named. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { describeSummary } from '../../src/cli/summary.ts';
import { readRun } from '../../src/index.ts';
import { farPlaces } from '../../src/llm/server-address.ts';
import type { FaceMeter } from '../../src/vision/face/face-meter.ts';
import { meterOrReason } from '../../src/vision/face/recordings.fixture.ts';
import { findFaces, inCabins } from '../../src/workflows/redaction.ts';
import { framesift } from '../fixtures/command.ts';
import { drawDriver } from '../fixtures/drawn-driver.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { RecordingProxy } from '../fixtures/recording-proxy.ts';
import { temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const { signal } = new AbortController();
const meter = hasFfmpeg ? await meterOrReason() : 'ffmpeg is not here';
const skip = typeof meter === 'string' ? meter : false;
after(() => (typeof meter === 'string' ? undefined : meter[Symbol.asyncDispose]()));

async function facesIn(jpeg: Buffer): Promise<number> {
  const picture = await loadImage(jpeg);
  const canvas = createCanvas(picture.width, picture.height);
  const draw = canvas.getContext('2d');
  draw.drawImage(picture, 0, 0);
  const { data, width, height } = draw.getImageData(0, 0, picture.width, picture.height);
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at += 1) rgb.set(data.subarray(at * 4, at * 4 + 3), at * 3);
  const pixels = { data: rgb, width, height, channels: 3 as const };
  const found = await findFaces(pixels, 0, meter as FaceMeter, inCabins, signal);
  // Among the letters of a slide the detector sees a face at times; there is none.
  return found.filter(([left, , wide]) => left + wide / 2 > (width > 1000 ? 0.7 : 0)).length;
}

/** Every picture that a server was sent, in whatever words. */
const sentTo = ({ seen }: RecordingProxy): Buffer[] =>
  seen.flatMap(({ body }) =>
    [...body.matchAll(/\/9j\/[A-Za-z0-9+/]+=*/g)].map(([text]) => Buffer.from(text, 'base64')),
  );

function storedIn(...path: string[]): Buffer[] {
  const names = readdirSync(at(...path), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(jpg|png)$/.test(name)).map((name) => readFileSync(at(...path, name)));
}

/** A slide with words and, in its corner, somebody who speaks. */
async function drawTalk(path: string): Promise<void> {
  const canvas = createCanvas(1280, 720);
  const draw = canvas.getContext('2d');
  draw.fillStyle = '#fff';
  draw.fillRect(0, 0, 1280, 720);
  draw.fillStyle = '#123';
  draw.font = '48px sans-serif';
  for (const [line, words] of ['What leaves this machine', 'Frames of a talk', 'Nothing else'].entries()) {
    draw.fillText(words, 80, 140 + line * 110);
  }
  const portrait = await loadImage(join(import.meta.dirname, '../fixtures/faces/astronaut.png'));
  draw.drawImage(portrait, 1000, 440, 240, 240);
  writeFileSync(`${path}.png`, canvas.toBuffer('image/png'));
  const still = ['-loop', '1', '-framerate', '5', '-t', '8', '-i', `${path}.png`, '-pix_fmt', 'yuv420p', '-g', '10'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...still, '-c:v', 'libx264', '-preset', 'veryfast', path]);
}

describe('with --redact faces', { skip }, () => {
  let server: SimulatedServer;
  let proxy: RecordingProxy;
  before(async () => {
    drawDriver(at('cabin.mp4'));
    await drawTalk(at('talk.mp4'));
    server = await SimulatedServer.start({ slots: 2 });
    proxy = await RecordingProxy.start(server.url);
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const model = (): string => `openai/${server.model}@http://${proxy.host}/v1`;
  const run = async (...args: string[]): Promise<void> => {
    const said = await framesift(...args, '-q');
    assert.ok(said.code === 0 || said.code === 10, said.err);
  };
  /** @returns how many of the pictures that were sent, and stored, show a face */
  const shown = async (run: string): Promise<{ pictures: number; faces: number }> => {
    const pictures = [...sentTo(proxy), ...storedIn(run)];
    let faces = 0;
    for (const picture of pictures) faces += (await facesIn(picture)) > 0 ? 1 : 0;
    return { pictures: pictures.length, faces };
  };

  for (const [name, command] of Object.entries({
    driver: () => ['driver', at('cabin.mp4'), '--model', model(), '--from', '11', '--until', '17', '--no-objects'],
    slides: () => ['slides', at('talk.mp4'), '--context', model()],
  }))
    test(`${name}: no face is sent and none is stored; without it they are`, { timeout: 180_000 }, async () => {
      const more =
        name === 'driver' ? ['--no-cache', '--every', '4', '--plan', 'lanes', '--face-fps', '4', '--window', '2'] : [];
      proxy.seen.length = 0;
      await run(...command(), ...more, '-o', at(`${name}-open`));
      const open = await shown(`${name}-open`);
      assert.ok(open.faces > 0, 'the test sees faces where they are');
      proxy.seen.length = 0;
      await run(...command(), ...more, '--redact', 'faces', '-o', at(`${name}-redacted`));
      assert.ok(sentTo(proxy).length > 0, 'pictures were sent');
      const redacted = await shown(`${name}-redacted`);
      assert.ok(redacted.pictures > 1, `${redacted.pictures} pictures`);
      assert.equal(redacted.faces, 0, `${redacted.faces} of ${redacted.pictures} pictures show a face`);
      assert.ok(!existsSync(at(`${name}-redacted`, 'states.json')));
    });

  test('forget removes the pictures and keeps the figures', async () => {
    for (const name of ['driver', 'slides']) {
      const before = await readRun(at(`${name}-open`));
      assert.ok(storedIn(`${name}-open`).length > 0);
      const said = await framesift('forget', at(`${name}-open`));
      assert.match(said.out, /^\d+ pictures? removed; the report was drawn again without them\.\n$/, said.err);
      assert.equal(storedIn(`${name}-open`).length, 0);
      assert.doesNotMatch(readFileSync(at(`${name}-open`, 'report.html'), 'utf8'), /data:image\/(jpeg|png)/);
      const { record, ...after } = await readRun(at(`${name}-open`));
      const { record: _, ...all } = before;
      assert.deepEqual({ ...after, summary: 0 }, { ...all, summary: 0 });
      assert.ok(record.forgotten !== undefined);
      const again = await framesift('resume', at(`${name}-open`));
      assert.match(again.out, /Already done/, again.err);
    }
    assert.equal((await framesift('forget', folder.path)).code, 3);
  });
});

test('what was sent is told where it went beyond this machine, and nothing where it did not', () => {
  process.env['OLLAMA_HOST'] = 'http://me:pass1234@models.example:11434';
  try {
    assert.deepEqual(farPlaces('ollama/llava:7b'), ['http://***@models.example:11434']);
  } finally {
    delete process.env['OLLAMA_HOST'];
  }
  for (const near of [
    'ollama/llava:7b',
    'openai/m@http://127.0.0.1:8080/v1',
    'ollama/m@localhost',
    'gguf:a+b',
    undefined,
  ]) {
    assert.deepEqual(farPlaces(near), []);
  }
  assert.deepEqual(farPlaces('openai/m@https://far.example/v1?key=12345678,http://[::1]:1'), [
    'https://far.example/v1?key=***',
  ]);
  const cost = { modelCalls: 2, tokensIn: 1, tokensOut: 1, cpuMs: 1, peakMemoryMb: 1 };
  const common = {
    folder: 'f',
    report: 'f/report.html',
    workflow: 'driver',
    state: 'finished',
    alreadyDone: false,
  } as const;
  const summary = { ...common, videoSeconds: 9, elapsedSeconds: 1, counts: {}, figures: {}, cost, warnings: [] };
  assert.doesNotMatch(describeSummary(summary), /Sent/);
  const sent = { to: ['https://far.example/v1'], frames: [1, 2.5, 61] };
  assert.match(describeSummary({ ...summary, sent }), /Sent {4}3 frames \(0:01–1:01\) to https:\/\/far\.example\/v1; /);
});
