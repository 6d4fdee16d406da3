/** Runs over so many windows against a slow simulated server and prints how much memory lives while it runs, in MB. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { askQuestions } from '../../../src/engine/questions/run.ts';
import { openModel } from '../../../src/llm/open.ts';
import { openVideo } from '../../../src/media/open-video.ts';
import { identifySource } from '../../../src/store/source-identity.ts';
import { RunFolder } from '../../../src/store/run-folder.ts';
import { ObservationStore } from '../../../src/store/observations.ts';
import { driver } from '../../../src/workflows/driver/workflow.ts';
import { startServer } from './server-process.ts';

const [folder = '.', count = '20'] = process.argv.slice(2);
const windows = Number(count);
const everySeconds = 0.4;
const video = join(folder, `memory-${windows}.mp4`);
const source = `testsrc2=size=640x360:rate=10:duration=${windows * everySeconds}`;
const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '20'];
execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...coding, video]);

// Slow enough that decoding is always ahead: every buffer is full all the time.
await using server = await startServer({ slots: 4, speed: 300 });
const { signal } = new AbortController();
await using model = await openModel(server.openai, { images: 4 });
await using frames = await openVideo(video, { signal });
await using run = await RunFolder.open(join(folder, `memory-${windows}`), {
  source: await identifySource(video),
  workflow: 'driver',
});
await using store = await ObservationStore.open(run);
const workflow = { ...driver, sample: { everySeconds, window: 4, adaptive: undefined } };
const live: number[] = [];
let done = 0;
await askQuestions(frames, workflow, model, store, {
  plan: 'lanes',
  aim: 'throughput',
  encode: { quality: 85, longestSide: 672 },
  signal,
  emit: (event) => {
    if (event.type !== 'window' || (done += 1) % Math.max(1, windows / 50) !== 0) return;
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    live.push(heapUsed + external);
  },
});
// Half of the looks: how full the buffers are at a look is chance.
console.log(((live.sort((a, b) => a - b)[Math.floor(live.length / 2)] ?? 0) / 1e6).toFixed(1));
