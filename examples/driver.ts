// What a model sees in the frames of a cabin camera, as the answers come:
//   MODEL=ollama/llava:7b node --conditions=framesift-source examples/driver.ts CABIN.mp4
// Without a recording it asks about a short video that it draws itself.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askVideo, renderSampleTalk } from 'framesift';

const folder = await mkdtemp(join(tmpdir(), 'framesift-example-'));
const signal = AbortSignal.timeout(300_000);
const model = process.env['MODEL'] ?? 'ollama/llava:7b';
const video = process.argv[2] ?? (await renderSampleTalk(join(folder, 'cabin.mp4'), { signal })).path;

const { report, events } = await askVideo(
  video,
  { model, every: 4, until: 20, plan: 'lanes' },
  {
    output: join(folder, 'cabin.framesift'),
    signal,
    onEvent: (event) => {
      if (event.type !== 'observation' || event.observation.state !== 'answered') return;
      const { span, question, answer, reason } = event.observation;
      console.log(`${span.start} s ${question}: ${JSON.stringify(answer)} (${reason})`);
    },
  },
);
for (const { title, start, end } of events) console.log(`${title}, ${start}–${end} s`);
console.log(`The report is ${report}`);
