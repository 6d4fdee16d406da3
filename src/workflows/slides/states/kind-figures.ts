import { gridOver, patchesOf } from './grid.ts';
import { dropRules } from './relation.ts';
import { contrastAt } from './tolerance.ts';
import type { View } from './view.ts';

/** Share of the picture from which something that lives is more than a pointer or a clock. */
const leastLively = 0.006;

/** What can be measured of a still picture about what kind of thing it shows. All shares are 0–1. */
export interface KindFigures {
  /** Mean luma of what is known, 0–255. */
  readonly mean: number;
  /** Share of pixels within three levels of the most common one: paper and drawn backgrounds are of one colour. */
  readonly ground: number;
  /** Share of pixels without local contrast: paper, walls out of focus, black. */
  readonly even: number;
  /** Share of pixels with a clear edge. */
  readonly details: number;
  /** The same without ruled lines and the borders of pages and windows: next to nothing on a blank page. Insets left out. */
  readonly marks: number;
  /** The most common level, 0–255. */
  readonly groundLevel: number;
  /** Share of pixels with weak contrast: the texture of photographs and of noise, which drawings do not have. */
  readonly texture: number;
  /** Share of the rows in the top seventh that hold details in at least three quarters of the width: tool bars. */
  readonly toolRows: number;
  /** Share of the picture that moves. */
  readonly moving: number;
  /** Share of the picture taken by an inset. */
  readonly inset: number;
  /** How many places live by themselves, each more than a pointer, and the share of the box around the largest. */
  readonly lively: number;
  readonly largestLively: number;
}

/** Of a view that never came to rest there is no plate: what one of its frames looks like must do. */
export function kindFigures({ plate, best, settled, moving, inset }: View): KindFigures {
  const picture = settled ? plate.picture : best.luma;
  const known = settled ? plate.known : new Uint8Array(picture.data.length).fill(1);
  const { width, height } = picture;
  let [sum, count, even, details, texture] = [0, 0, 0, 0, 0];
  const levels = new Uint32Array(256);
  const isMark = new Uint8Array(picture.data.length);
  const grid = gridOver(width, height);
  const toolHeight = Math.round(height / 7);
  const sections = 8;
  const occupied = new Uint8Array(toolHeight * sections);
  for (let at = 0; at < known.length; at += 1) {
    if (known[at] === 0) continue;
    const contrast = contrastAt(picture, at);
    sum += picture.data[at]!;
    levels[picture.data[at]!] = levels[picture.data[at]!]! + 1;
    count += 1;
    if (contrast <= 8) even += 1;
    else if (contrast <= 40) texture += 1;
    else {
      details += 1;
      isMark[at] = 1 - inset[grid.cellOf[at]!]!;
    }
    const y = Math.floor(at / width);
    if (contrast > 24 && y < toolHeight) {
      const section = Math.floor(((at - y * width) * sections) / width);
      occupied[y * sections + section] = 1;
    }
  }
  let toolRows = 0;
  for (let y = 0; y < toolHeight; y += 1) {
    const filled = occupied.subarray(y * sections, (y + 1) * sections).reduce((all, one) => all + one, 0);
    if (filled >= sections * 0.6) toolRows += 1;
  }
  const all = Math.max(1, count);
  dropRules(isMark, width, height);
  const ground = groundOf(levels);
  const lively = patchesOf(grid, inset, [])
    .filter(({ cells }) => cells.length >= leastLively * inset.length)
    .map(({ left, top, right, bottom }) => ((right - left) * (bottom - top)) / (width * height));
  return {
    mean: sum / all,
    ground: ground.pixels / all,
    groundLevel: ground.level,
    even: even / all,
    details: details / all,
    marks: isMark.reduce((total, mark) => total + mark, 0) / all,
    texture: texture / all,
    toolRows: toolRows / toolHeight,
    moving,
    inset: inset.reduce((total, cell) => total + cell, 0) / inset.length,
    lively: lively.length,
    largestLively: Math.max(0, ...lively),
  };
}

/** The level whose seven neighbours hold most pixels, and how many these are. */
function groundOf(levels: Uint32Array): { readonly pixels: number; readonly level: number } {
  let most = { pixels: 0, level: 0 };
  for (let level = 0; level < 256; level += 1) {
    let pixels = 0;
    for (let near = Math.max(0, level - 3); near <= Math.min(255, level + 3); near += 1) pixels += levels[near]!;
    if (pixels > most.pixels) most = { pixels, level };
  }
  return most;
}
