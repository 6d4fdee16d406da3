/**
 * Decodes a video, samples it, and takes the perceptual hash of every sample: what `decode.ts` times.
 *
 *   node bench/speed/decode-run.ts VIDEO exact|key-frames|whole
 *
 * Prints a line of JSON: how many samples, and a digest over times and pictures.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { QuietSpans, canBeQuiet } from '../../src/workflows/slides/states/quiet-spans.ts';
import { NodeAvSource } from '../../src/media/node-av/source.ts';
import { perceptualHash } from '../../src/vision/perceptual-hash.ts';

const [path = '', mode = 'exact'] = process.argv.slice(2);
const { signal } = new AbortController();
await using source = await NodeAvSource.open(path, (await stat(path)).size, { threads: 1, signal });
const quiet = new QuietSpans(1);
const span = { start: 0, end: source.info.durationSeconds ?? Infinity };
if (mode === 'key-frames' && canBeQuiet(await source.keyTimes(), span, 1)) {
  for await (const look of source.keyframes({}, { signal })) quiet.push(look);
}
const digest = createHash('sha256');
let samples = 0;
// Every frame is decoded where every frame is wanted; of these the same ones are taken as by a second's grid.
const everySeconds = mode === 'whole' ? 0.001 : 1;
let next = 0;
for await (using frame of source.frames({ everySeconds, quiet: quiet.finish() }, { signal })) {
  if (frame.timeSeconds < next - 1e-6) continue;
  next = Math.floor(frame.timeSeconds + 1e-6) + 1;
  samples += 1;
  digest.update(`${frame.timeSeconds.toFixed(6)} ${perceptualHash(frame.luma)}`).update(frame.luma.data);
}
console.log(JSON.stringify({ samples, digest: digest.digest('hex') }));
