/**
 * What batches bring: embeddings a second for batches of 1 to 64 beside as many single calls, on the built-in descriptor
 * and on a network of DINOv2-small's or -base's very shape (random weights: what it computes means nothing, what it
 * costs is the same), or on an installed model.
 *
 *   node bench/speed/embeddings.ts [--shape tiny|small|base] [--embedder NAME|PATH] [--device auto|cpu|cuda|…] [--threads N] [--rounds N]
 *
 * Ends with 1 where a batch of 32 is slower than 32 single calls, by the clock and in CPU time, or memory grows with the
 * number of batches. Needs a quiet machine to show what free cores bring.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tmpdir } from 'node:os';
import { findEmbedder } from '../../src/app/models/registry.ts';
import { devices, type Device } from '../../src/core/device.ts';
import type { Frame } from '../../src/core/frame.ts';
import { builtinEmbedder, openEmbedder, type Embedder } from '../../src/vision/models/embedder.ts';
import { baseShape, smallShape, tinyShape, writeDino } from '../../test/fixtures/tiny-models.ts';
import { median } from '../quality/score.ts';
import { printTable } from '../recordings.ts';

const { values } = parseArgs({
  options: {
    shape: { type: 'string', default: 'small' },
    embedder: { type: 'string' },
    device: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
  },
});
const shapes = { tiny: tinyShape, small: smallShape, base: baseShape };
const sizes = [1, 8, 32, 64];
/** A batch that takes this much longer than single calls is not noise. */
const slack = 1.05;
/** Above what one batch needs, after many. */
const maxGrowthMb = 30;
const { signal } = new AbortController();

/** A drawn frame, of which only pixels are asked. */
function frameOf(seed: number): Frame {
  const [width, height] = [384, 216];
  const data = Uint8Array.from({ length: width * height }, (_, at) => (at * (seed + 3)) % 251);
  const rgb = new Uint8Array(398 * 224 * 3).map((_, at) => (at * (seed + 7)) % 241);
  return {
    timeSeconds: seed,
    luma: { data, width, height, channels: 1 },
    glimpses: async () => [],
    rgb: async () => ({ data: rgb, width: 398, height: 224, channels: 3 }),
    jpeg: async () => new Uint8Array(),
    [Symbol.dispose]: () => {},
  };
}

async function open(): Promise<Embedder> {
  const device = devices.find((one): one is Device => one === values.device) ?? 'auto';
  const options = { device, threads: Number(values.threads) };
  if (values.embedder === 'builtin') return builtinEmbedder;
  if (values.embedder !== undefined) return openEmbedder(await findEmbedder(values.embedder), options);
  const shape = values.shape as keyof typeof shapes;
  const folder = join(process.env['FRAMESIFT_CACHE'] ?? join(tmpdir(), 'framesift-bench'), `dinov2-${shape}-random`);
  if (!existsSync(join(folder, 'preprocessor_config.json'))) {
    mkdirSync(folder, { recursive: true });
    writeDino(folder, shapes[shape]);
  }
  return openEmbedder(await findEmbedder(folder), options);
}

await using embedder = await open();
if (embedder.notice !== undefined) console.log(embedder.notice);
const light = values.embedder === 'builtin' || values.shape === 'tiny';
const frames = Array.from({ length: 64 }, (_, seed) => frameOf(seed));
const timed = async (size: number, count: number): Promise<{ wall: number; cpu: number }> => {
  const [began, before] = [performance.now(), process.cpuUsage()];
  for (let from = 0; from < count; from += size) await embedder.of(frames.slice(from, from + size), { signal });
  const used = process.cpuUsage(before);
  return { wall: (performance.now() - began) / count, cpu: (used.user + used.system) / 1000 / count };
};
await timed(1, 2);

const rounds = Number(values.rounds) * (light ? 5 : 1);
const results = new Map(sizes.map((size) => [size, [] as { wall: number; cpu: number }[]]));
for (let round = 0; round < rounds; round += 1) {
  for (const size of sizes) results.get(size)!.push(await timed(size, Math.max(size, light ? 64 : 32)));
}
const of = (size: number, what: 'wall' | 'cpu'): number => median(results.get(size)!.map((one) => one[what]));
console.log(`${embedder.id} on ${embedder.device}, ${values.threads} thread(s), medians of ${rounds} rounds`);
printTable(
  ['batch', 'embeddings/s', '× single', 'CPU ms each', 'CPU × single'],
  sizes.map((size) => [
    String(size),
    (1000 / of(size, 'wall')).toFixed(1),
    (of(1, 'wall') / of(size, 'wall')).toFixed(2),
    of(size, 'cpu').toFixed(2),
    (of(1, 'cpu') / of(size, 'cpu')).toFixed(2),
  ]),
);

const peak = () => process.resourceUsage().maxRSS / 1024;
const more = light ? 200 : 2;
for (let round = 0; round < more; round += 1) await embedder.of(frames, { signal });
const before = peak();
for (let round = 0; round < more; round += 1) await embedder.of(frames, { signal });
const growth = peak() - before;
const faster = of(1, 'wall') / of(32, 'wall');
// Whether a second core was free shows in seconds, and is the machine's affair; what a batch costs shows in CPU time.
const dearer = of(32, 'cpu') / of(1, 'cpu');
const missed = [
  ...(faster < 1 / slack && dearer > slack
    ? [`a batch of 32 is ${(1 / faster).toFixed(2)} × slower than single calls`]
    : []),
  ...(growth > maxGrowthMb ? [`memory grew by ${growth.toFixed(0)} MB`] : []),
];
console.log(
  `Batch of 32 ÷ single calls: ${faster.toFixed(2)} by the clock (wanted 1.5 where cores are free), ${dearer.toFixed(2)} in CPU time (wanted at most 1); peak ${before.toFixed(0)} MB, +${growth.toFixed(0)} MB after more batches. ${missed.length === 0 ? 'Met.' : `Missed: ${missed.join('; ')}.`}`,
);
if (missed.length > 0) process.exitCode = 1;
