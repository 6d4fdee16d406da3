import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { defineWorkflow, runWorkflow } from '../../src/index.ts';
import { checkFaceEngine } from '../../src/vision/face/models.ts';
import { drawDriver } from '../../test/fixtures/drawn-driver.ts';
import { sampleTalk } from '../../test/fixtures/sample.ts';
import { makeMovingVideo } from '../../test/fixtures/videos.ts';
import { SimulatedServer } from '../simulated-server/server.ts';

const parking = defineWorkflow({
  id: 'parking',
  version: 1,
  title: 'Car park',
  system: 'You watch a car park.',
  sample: { everySeconds: 2, window: 2 },
  questions: { places: { ask: 'How many places are free?', answer: z.object({ free: z.int().min(0).max(9) }) } },
  events: { full: { title: 'Full', question: 'places', field: 'free', is: [0, 1, 2, 3, 4] } },
});

async function whole(run: AsyncGenerator): Promise<void> {
  for await (const event of run) void event;
}

/** Finished runs of each workflow, to be spoiled. */
export interface Pristine {
  readonly folders: readonly string[];
  /** Does the run again that a folder is a copy of. */
  again(folder: string, of: string): Promise<void>;
  /** A workflow in YAML that is right. */
  readonly yaml: string;
}

/** @param measured whether a driver is measured as well, where the packages for that are installed */
export async function makePristine(folder: string, measured: boolean): Promise<Pristine> {
  const talk = (await sampleTalk()).path;
  const slides = (output: string) => whole(runWorkflow('slides', talk, { text: false, until: 20 }, { output }));
  const video = makeMovingVideo(folder, 8, '160x120');
  const asked = async (output: string): Promise<void> => {
    await using server = await SimulatedServer.start({ slots: 2 });
    const options = { model: server.openAiSpec, cache: false, plan: 'lanes', adaptive: false } as const;
    await whole(runWorkflow(parking, video, options, { output }));
  };
  const cabin = join(folder, 'cabin.mp4');
  const driver = (output: string) =>
    whole(runWorkflow('driver', cabin, { faceFps: 4, from: 11, until: 18, objects: false }, { output }));
  const runs = new Map([
    [join(folder, 'slides'), slides],
    [join(folder, 'asked'), asked],
  ]);
  const measures = measured && (await checkFaceEngine().then(...([() => true, () => false] as const)));
  if (measures) {
    drawDriver(cabin);
    runs.set(join(folder, 'driver'), driver);
  }
  for (const [output, run] of runs) await run(output);
  return {
    folders: [...runs.keys()],
    again: (copy, of) => runs.get(of)!(copy),
    yaml: readFileSync(new URL('../../examples/shop-counter.yaml', import.meta.url), 'utf8'),
  };
}
