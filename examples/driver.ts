// What a model sees in the frames of a cabin camera, as the answers come:
//   MODEL=ollama/llava:7b node --conditions=framesift-source examples/driver.ts CABIN.mp4
// Without a recording it asks about a short video that it draws itself.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderSampleTalk, runWorkflow } from 'framesift';

const folder = await mkdtemp(join(tmpdir(), 'framesift-example-'));
const signal = AbortSignal.timeout(300_000);
const model = process.env['MODEL'] ?? 'ollama/llava:7b';
const video = process.argv[2] ?? (await renderSampleTalk(join(folder, 'cabin.mp4'), { signal })).path;

const options = { model, measure: false, every: 4, until: 20, plan: 'lanes' } as const;
for await (const event of runWorkflow('driver', video, options, { output: join(folder, 'cabin.framesift'), signal })) {
  if (event.type === 'observation' && event.observation.state === 'answered') {
    const { span, question, answer, reason } = event.observation;
    console.log(`${span.start} s ${question}: ${JSON.stringify(answer)} (${reason})`);
  } else if (event.type === 'event') {
    const { title, start, end } = event.event;
    console.log(`${title}, ${start}–${end} s`);
  } else if (event.type === 'finished') console.log(`The report is ${event.summary.report}`);
}
