/** A process of its own that draws one talk into a file: misuse of the encoder ends it, and not the run. */
import { Log, constants } from '../../../src/media/node-av/native.ts';
import { CodedFile } from './coding.ts';
import { drawnFrames } from './frames.ts';
import type { Recipe } from './kinds.ts';
import { talkOf } from './talk.ts';

export interface DrawOrder {
  readonly recipe: Recipe;
  readonly path: string;
}

function draw({ recipe, path }: DrawOrder): void {
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
    // Each frame's pixels lie outside of what the collector counts: left to itself it lets a gigabyte pile up.
    if (place % 40 === 0) globalThis.gc?.();
  }
  file.end();
}

Log.setLevel(constants.AV_LOG_QUIET);
process.once('message', (order: DrawOrder) => {
  try {
    draw(order);
    process.send?.({});
  } catch (error) {
    process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  process.disconnect();
});
