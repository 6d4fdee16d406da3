import { readFileSync } from 'node:fs';
import type { Picture } from '../../core/frame.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** Draws into a picture of three channels, in place. Places are pixels; what lies outside is left out. */
export class Canvas {
  readonly picture: Picture;

  constructor(picture: Picture) {
    this.picture = picture;
  }

  /** A filled rectangle; `opacity` 0–1. */
  box(x: number, y: number, width: number, height: number, colour: Colour, opacity = 1): void {
    const { data, width: rowLength, height: rows } = this.picture;
    const [left, right] = [Math.max(0, Math.round(x)), Math.min(rowLength, Math.round(x + width))];
    const [top, bottom] = [Math.max(0, Math.round(y)), Math.min(rows, Math.round(y + height))];
    for (let row = top; row < bottom; row++) {
      for (let at = (row * rowLength + left) * 3, end = (row * rowLength + right) * 3; at < end; at += 3) {
        for (let channel = 0; channel < 3; channel++) {
          data[at + channel] = data[at + channel]! * (1 - opacity) + colour[channel]! * opacity;
        }
      }
    }
  }

  /** A line as wide as `width`, drawn as boxes a pixel apart. */
  line(fromX: number, fromY: number, toX: number, toY: number, colour: Colour, width = 2): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY))));
    for (let step = 0; step <= steps; step++) {
      const [x, y] = [fromX + ((toX - fromX) * step) / steps, fromY + ((toY - fromY) * step) / steps];
      this.box(x - width / 2, y - width / 2, width, width, colour);
    }
  }

  /** One line of text from its top left corner; signs that the font does not have are left blank. */
  text(x: number, y: number, text: string, colour: Colour, scale = 1): void {
    for (const [index, sign] of Array.from(text).entries())
      this.#glyph(x + index * glyph.width * scale, y, sign, colour, scale);
  }

  #glyph(x: number, y: number, sign: string, colour: Colour, scale: number): void {
    const code = sign.codePointAt(0)!;
    const number = code < 127 ? code - 32 : 95 + extraSigns.indexOf(sign);
    if (number < 0 || (code >= 127 && !extraSigns.includes(sign))) return;
    for (let row = 0; row < glyph.height; row++) {
      const at = (number * glyph.height + row) * 2;
      const bits = (font()[at]! << 8) | font()[at + 1]!;
      for (let column = 0; column < glyph.width; column++) {
        if (bits & (0x8000 >> column)) this.box(x + column * scale, y + row * scale, scale, scale, colour);
      }
    }
  }
}

/** Pixels of one sign at scale 1. */
export const glyph = { width: 10, height: 20 } as const;
/** Signs after those of ASCII, in the font's order. */
const extraSigns = '°·–';

/** DejaVu Sans Mono Bold at 16 pixels, a bit a pixel: 20 rows of two bytes a sign, from the space on. */
let loaded: Uint8Array | undefined;
const font = (): Uint8Array =>
  (loaded ??= readFileSync(new URL('../../../assets/fonts/DejaVuSansMono-Bold-10x20.bin', import.meta.url)));
