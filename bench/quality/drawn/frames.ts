import { Random } from './random.ts';
import { Stage } from './stage.ts';
import { talkOf, type Talk } from './talk.ts';
import type { Recipe } from './kinds.ts';

/** A frame of a talk as it is drawn, before any coding. */
export interface DrawnFrame {
  /** Its place among the frames of a constant rate. */
  readonly place: number;
  /** RGBA, valid until the next frame is taken; undefined where it is the same as the frame before. */
  readonly rgba: Uint8Array | undefined;
}

/** Where nothing may be left out by an uneven rate: a change is on screen from the very frame that it is told for. */
function changePlaces(talk: Talk): ReadonlySet<number> {
  const times = talk.scenes.flatMap((scene) => [
    scene.start,
    scene.start + scene.change.seconds,
    ...('page' in scene ? [...scene.steps.flatMap(({ start, end }) => [start, end]), ...scene.highlights] : []),
  ]);
  return new Set(times.map((time) => Math.round(time * talk.rate)));
}

/** Every frame that the file of a talk holds, in order. The same recipe gives the same frames. */
export function* drawnFrames(recipe: Recipe): Generator<DrawnFrame> {
  const talk = talkOf(recipe);
  const stage = new Stage(talk);
  const random = new Random(`${recipe.seed} frames`);
  const { rate, scan } = recipe.choices;
  const changes = changePlaces(talk);
  const last = Math.round(talk.duration * talk.rate) - 1;
  let before: string | undefined;
  for (let place = 0; place <= last; place += 1) {
    const time = place / talk.rate;
    if (rate === 'uneven' && place !== last && !changes.has(place) && random.chance(0.45)) continue;
    if (scan === 'interlaced') {
      yield { place, rgba: twoFields(stage, time) };
      continue;
    }
    const key = stage.key(time);
    const same = key === before;
    before = key;
    // The last one says how long the video is.
    if (same && rate === 'on-change' && place !== last) continue;
    yield { place, rgba: same ? undefined : stage.frame(time) };
  }
}

/** The even lines at a time, the odd ones half a frame later. */
function twoFields(stage: Stage, time: number): Uint8Array {
  const { width, height, rate } = stage.talk;
  const both = stage.frame(time).slice();
  const later = stage.frame(time + 0.5 / rate);
  const row = width * 4;
  for (let y = 1; y < height; y += 2) both.set(later.subarray(y * row, (y + 1) * row), y * row);
  return both;
}
