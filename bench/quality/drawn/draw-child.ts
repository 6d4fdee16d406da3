/** A process of its own that draws one talk into a file: misuse of the encoder ends it, and not the run. */
import { setImmediate } from 'node:timers/promises';
import { Log, constants } from '../../../src/media/node-av/native.ts';
import { CodedFile } from './coding.ts';
import { drawnFrames } from './frames.ts';
import type { Recipe } from './kinds.ts';
import { talkOf } from './talk.ts';

export interface DrawOrder {
  readonly recipe: Recipe;
  readonly path: string;
}

async function draw({ recipe, path }: DrawOrder): Promise<void> {
  const talk = talkOf(recipe);
  const { choices } = recipe;
  const every = choices['key-frames'].replace('every', '');
  const file = new CodedFile({
    path,
    width: talk.width,
    height: talk.height,
    rate: talk.rate,
    keyFrames: every.endsWith('s') ? Number.parseInt(every, 10) * talk.rate : Number(every),
    codec: choices.codec,
    crf: Number(choices.quality.replace('crf', '')),
    interlaced: choices.scan === 'interlaced',
  });
  for (const { place, rgba } of drawnFrames(recipe)) {
    file.write(rgba, place);
    // Pictures are let go of by the event loop: without a turn of it now and then gigabytes pile up.
    if (place % 8 === 0) await setImmediate();
  }
  file.end();
}

Log.setLevel(constants.AV_LOG_QUIET);
process.once('message', (order: DrawOrder) => {
  draw(order)
    .then(
      () => process.send?.({}),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
    .finally(() => process.disconnect());
});
