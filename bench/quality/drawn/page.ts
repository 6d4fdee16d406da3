import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { faces, type Face } from './fonts.ts';

export type Context = SKRSContext2D;
/** Left, top, width and height. */
export type Box = readonly [x: number, y: number, width: number, height: number];
export type Paint = (context: Context, width: number, height: number) => void;

/** Pages are drawn in units of their own, 900 high and 1600 or 1200 wide, and scaled to the picture. */
export const pageHeight = 900;

/** One thing on a page. */
export interface Mark {
  /** From which step of the build it is there, from 1. */
  readonly step: number;
  readonly box: Box;
  /** What is to be read in it. */
  readonly text?: string;
  /** @param share how much of it is there: below 1 while it is being typed or grows */
  readonly paint: (context: Context, share: number) => void;
}

/** A slide: what the truth knows it by is its place among the talk's pages. */
export interface Page {
  readonly width: number;
  readonly background: Paint;
  readonly marks: readonly Mark[];
  readonly steps: number;
  /** Where a film or an animation runs in it. */
  readonly film?: Box;
  /** Lines that a highlight may go over, top to bottom. */
  readonly rows: readonly Box[];
}

/** Colours and letters of a deck. */
export interface Theme {
  readonly background: Paint;
  readonly ink: string;
  readonly soft: string;
  readonly accent: string;
  readonly second: string;
  /** Of a heading in another colour: one that stands out from the background. */
  readonly tinted: string;
  /** A plain colour that stands for the background: boxes and tables are filled with it. */
  readonly paper: string;
  readonly headFace: Face;
  readonly bodyFace: Face;
  /** In the lower corners of each page: the deck's name, and whether pages are numbered. */
  readonly footer?: string;
  readonly numbered: boolean;
  /** Factor on every letter's size. */
  readonly scale: number;
}

export interface TextStyle {
  readonly face: Face;
  readonly size: number;
  readonly color: string;
  readonly bold?: boolean;
  readonly align?: 'left' | 'center' | 'right';
  /** Letters are made smaller until the line is no wider. */
  readonly width?: number;
  readonly rightToLeft?: boolean;
}

const measuring = createCanvas(8, 8).getContext('2d');

const fontOf = ({ face, bold }: TextStyle, size: number): string => `${bold ? 'bold ' : ''}${size}px ${faces[face]}`;

/** One line of text whose top is at `y`; `x` is its left, centre or right as it is aligned. */
export function textMark(step: number, text: string, x: number, y: number, style: TextStyle): Mark {
  let size = style.size;
  measuring.font = fontOf(style, size);
  const wide = measuring.measureText(text).width;
  if (style.width !== undefined && wide > style.width) size = Math.floor((size * style.width) / wide);
  measuring.font = fontOf(style, size);
  const width = measuring.measureText(text).width;
  const align = style.align ?? 'left';
  const left = align === 'left' ? x : align === 'center' ? x - width / 2 : x - width;
  const letters = Array.from(text);
  return {
    step,
    text,
    box: [left, y, width, size * 1.25],
    paint(context, share) {
      context.font = fontOf(style, size);
      context.fillStyle = style.color;
      context.textBaseline = 'alphabetic';
      context.textAlign = style.rightToLeft ? 'right' : 'left';
      context.direction = style.rightToLeft ? 'rtl' : 'ltr';
      const shown = share >= 1 ? text : letters.slice(0, Math.floor(letters.length * share)).join('');
      context.fillText(shown, style.rightToLeft ? left + width : left, y + size);
    },
  };
}

/** A filled rectangle. */
export function boxMark(step: number, box: Box, color: string, radius = 0): Mark {
  return {
    step,
    box,
    paint(context) {
      context.fillStyle = color;
      context.beginPath();
      context.roundRect(...box, radius);
      context.fill();
    },
  };
}

/** Anything else, within a box. */
export const drawnMark = (step: number, box: Box, paint: Mark['paint']): Mark => ({ step, box, paint });

/** The page's lines as they are read, top to bottom. */
export const linesOf = (page: Page): readonly { readonly text: string; readonly box: Box; readonly step: number }[] =>
  page.marks.flatMap(({ text, box, step }) => (text === undefined ? [] : [{ text, box, step }]));

/** How a page looks while a step is coming. */
export interface PageState {
  /** The last step that is wholly there. */
  readonly step: number;
  /** How far the next step has come, 0 to below 1. */
  readonly coming?: number;
  readonly how?: 'type' | 'fly' | 'grow';
  /** The row that is marked. */
  readonly highlight?: number;
  /** What has not come yet lies under a sheet. */
  readonly covered?: boolean;
}

export function paintPage(context: Context, page: Page, theme: Theme, state: PageState): void {
  page.background(context, page.width, pageHeight);
  const { coming = 0, how } = state;
  const marked = state.highlight === undefined ? undefined : page.rows[state.highlight];
  if (marked) {
    const [x, y, width, height] = marked;
    context.globalAlpha = 0.35;
    boxMark(1, [x - 16, y - 6, width + 32, height + 12], theme.second, 8).paint(context, 1);
    context.globalAlpha = 1;
  }
  for (const mark of page.marks) {
    if (mark.step <= state.step) mark.paint(context, 1);
    else if (mark.step === state.step + 1 && coming > 0) {
      context.save();
      if (how === 'fly') context.translate((1 - coming) ** 2 * page.width, 0);
      mark.paint(context, how === 'fly' ? 1 : coming);
      context.restore();
    }
  }
  const hidden = page.marks.filter(({ step }) => step > state.step);
  if (!state.covered || hidden.length === 0) return;
  const [left, right] = [
    Math.min(...hidden.map(({ box }) => box[0])),
    Math.max(...hidden.map(({ box }) => box[0] + box[2])),
  ];
  const [upper, lower] = [
    Math.min(...hidden.map(({ box }) => box[1])),
    Math.max(...hidden.map(({ box }) => box[1] + box[3])),
  ];
  boxMark(1, [left - 8, upper - 4, right - left + 16, lower - upper + 12], theme.soft).paint(context, 1);
}
