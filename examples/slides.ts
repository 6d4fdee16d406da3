// The slides of a talk, as they are found: node --conditions=framesift-source examples/slides.ts [TALK.mp4]
// Without a talk it draws a short one of its own.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderSampleTalk, runWorkflow } from 'framesift';

const folder = await mkdtemp(join(tmpdir(), 'framesift-example-'));
const signal = AbortSignal.timeout(300_000);
const talk = process.argv[2] ?? (await renderSampleTalk(join(folder, 'talk.mp4'), { signal })).path;

for await (const event of runWorkflow(
  'slides',
  talk,
  { every: 1 },
  { output: join(folder, 'talk.framesift'), signal },
)) {
  if (event.type === 'slide') {
    const shown = event.slide.appearances.map(({ start, end }) => `${start.toFixed(1)}–${end.toFixed(1)} s`);
    console.log(`${event.slide.index}. ${event.slide.title} (${shown.join(', ')})`);
  } else if (event.type === 'finished') console.log(`The report is ${event.summary.report}`);
}
