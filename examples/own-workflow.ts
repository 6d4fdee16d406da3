// A workflow of your own in one file: how full a car park is, asked of a vision-language model every ten seconds:
//   MODEL=ollama/llava:7b node --conditions=framesift-source examples/own-workflow.ts PARKING.mp4
// Without a recording it asks about a short video that it draws itself.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineWorkflow, openRun, renderSampleTalk, runWorkflow } from 'framesift';
import { z } from 'zod';

const parking = defineWorkflow({
  id: 'parking',
  version: 1,
  title: 'Car park',
  system: 'You watch a car park through a camera on a mast. Say only what the pictures show.',
  sample: { everySeconds: 10, window: 2 },
  questions: {
    places: {
      ask: 'How many places are free?',
      answer: z.object({ free: z.int().min(0).max(500), sure: z.boolean() }),
    },
    blocked: {
      ask: 'Does a vehicle stand in the way of others?',
      answer: z.object({ blocked: z.boolean() }),
      needs: ['places'],
      given: 'A moment ago {{places.free}} places were free.',
    },
  },
  events: {
    blocked: { title: 'The way is blocked', question: 'blocked', field: 'blocked', is: [true], begin: 1 },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'framesift-example-'));
const signal = AbortSignal.timeout(300_000);
const model = process.env['MODEL'] ?? 'ollama/llava:7b';
const video = process.argv[2] ?? (await renderSampleTalk(join(folder, 'parking.mp4'), { signal })).path;
const output = join(folder, 'parking.framesift');

for await (const event of runWorkflow(parking, video, { model, until: 30 }, { output, signal })) {
  if (event.type === 'window') console.log(`asked about ${event.span.start}–${event.span.end} s`);
}
const run = await openRun(output);
for (const one of await run.observations()) {
  if (one.state === 'answered') console.log(`${one.span.start} s ${one.question}: ${JSON.stringify(one.answer)}`);
}
