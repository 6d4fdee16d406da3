import type { Picture } from '../../core/frame.ts';
import { resize } from './resize.ts';

/** Letters of 5 × 7 points, a row each in five bits. */
const letters: Readonly<Record<string, readonly number[]>> = {
  '0': [14, 17, 19, 21, 25, 17, 14],
  '1': [4, 12, 4, 4, 4, 4, 14],
  '2': [14, 17, 1, 6, 8, 16, 31],
  '3': [14, 17, 1, 6, 1, 17, 14],
  '6': [6, 8, 16, 30, 17, 17, 14],
  '8': [14, 17, 17, 14, 17, 17, 14],
  A: [14, 17, 17, 31, 17, 17, 17],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 25, 21, 21, 19, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  V: [17, 17, 17, 17, 17, 10, 4],
};

export interface Lettering {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** Pixels for each of the letters' points; the line is seven times as high. */
  readonly size: number;
}

/** A picture with smooth letters in grey levels, for tests that want text without a font. */
export function drawText(
  width: number,
  height: number,
  lines: readonly Lettering[],
  colours: { readonly paper?: number; readonly ink?: number } = {},
): Picture {
  const { paper = 245, ink = 20 } = colours;
  const data = new Uint8Array(width * height * 3).fill(paper);
  for (const { text, x, y, size } of lines) {
    const points = pointsOf(text, paper, ink);
    const area = { x0: 0, y0: 0, x1: points.width, y1: points.height };
    const drawn = resize(points, area, points.width * size, points.height * size);
    for (let row = 0; row < drawn.height; row++) {
      const from = row * drawn.width * 3;
      data.set(drawn.data.subarray(from, from + drawn.width * 3), ((y + row) * width + x) * 3);
    }
  }
  return { data, width, height, channels: 3 };
}

/** Pixels from the left of a line to where its next letter would stand. */
export const drawnWidth = (text: string, size: number): number =>
  size * Array.from(text).reduce((points, character) => points + (character === ' ' ? 3 : 6), 0);

function pointsOf(text: string, paper: number, ink: number): Picture {
  const width = drawnWidth(text, 1);
  const data = new Uint8Array(width * 7 * 3).fill(paper);
  let start = 0;
  for (const character of text) {
    for (const [row, bits] of (letters[character] ?? []).entries()) {
      for (let column = 0; column < 5; column++) {
        const at = (row * width + start + column) * 3;
        if ((bits >> (4 - column)) & 1) data.fill(ink, at, at + 3);
      }
    }
    start += drawnWidth(character, 1);
  }
  return { data, width, height: 7, channels: 3 };
}

/** The picture as a lossy codec hands it back: the same, off by up to `levels` at every point. */
export function withNoise(picture: Picture, levels: number): Picture {
  let state = 12345;
  const data = picture.data.map((value) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.min(255, Math.max(0, value + Math.round(((state >>> 16) / 65535 - 0.5) * 2 * levels)));
  });
  return { ...picture, data };
}
