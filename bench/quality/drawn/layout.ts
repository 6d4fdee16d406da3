import { chart, diagram, picture } from './layout-figures.ts';
import { colours, margin, styles, type Sheet } from './layout-sheet.ts';
import {
  boxMark,
  drawnMark,
  pageHeight,
  textMark,
  type Box,
  type Mark,
  type Page,
  type TextStyle,
  type Theme,
} from './page.ts';
import { Random } from './random.ts';
import type { PageSpec } from './spec.ts';
import { landscape } from './themes.ts';

const top = 96;

/** Where a line begins: at the right where it is read from there. */
const startOf = ({ width, rightToLeft }: Sheet): number => (rightToLeft ? width - margin : margin);

function heading(sheet: Sheet): Mark[] {
  const { spec, width } = sheet;
  const x = startOf(sheet);
  const line = sheet.rightToLeft ? width - margin - 140 : margin;
  return [
    textMark(1, spec.heading, x, top, { ...styles(sheet).head, width: width - 2 * margin }),
    boxMark(1, [line, top + 86, 140, 8], colours(sheet)[0]),
  ];
}

/** The deck's name and the page's number; a page that differs from another in these alone does not occur. */
function footer({ theme, width, number, rightToLeft }: Sheet): Mark[] {
  const style: TextStyle = { face: theme.bodyFace, size: 24, color: theme.soft };
  return [
    ...(theme.footer === undefined
      ? []
      : [textMark(1, theme.footer, margin, 850, { ...style, rightToLeft, align: 'left' })]),
    ...(theme.numbered ? [textMark(1, String(number), width - margin, 850, { ...style, align: 'right' })] : []),
  ];
}

/** A photograph beside the lines. */
function beside({ spec, width }: Sheet): Mark {
  const box: Box = [width * 0.56, 250, width * 0.36, 480];
  const paint = landscape(spec.seed);
  return drawnMark(1, box, (context) => {
    context.save();
    context.beginPath();
    context.rect(...box);
    context.clip();
    context.translate(box[0], box[1]);
    paint(context, box[2], box[3]);
    context.restore();
  });
}

function bullets(sheet: Sheet): Mark[] {
  const { spec, width, rightToLeft, built } = sheet;
  const pictured = !spec.film && !rightToLeft && new Random(`${spec.seed} beside`).chance(0.3);
  const room = spec.film || pictured ? width * 0.46 - margin : width - 2 * margin - 60;
  const pitch = Math.min(104, 560 / spec.lines.length);
  const picture = pictured ? [beside(sheet)] : [];
  const lines = spec.lines.flatMap((line, row) => {
    const step = built ? row + 1 : 1;
    const y = 250 + row * pitch;
    const dot: Box = [rightToLeft ? width - margin - 16 : margin, y + 18, 16, 16];
    const x = rightToLeft ? width - margin - 50 : margin + 50;
    return [
      boxMark(step, dot, colours(sheet)[0], 8),
      textMark(step, line, x, y, { ...styles(sheet).body, width: room }),
    ];
  });
  return [...picture, ...lines];
}

function columns(sheet: Sheet): Mark[] {
  const { spec, width, theme, built } = sheet;
  const half = spec.lines.length / 2;
  const wide = (width - 2 * margin - 60) / 2;
  return [0, 1].flatMap((side) => {
    const left = margin + side * (wide + 60);
    const step = built ? side + 1 : 1;
    return [
      boxMark(step, [left, 230, wide, 540], side === 0 ? colours(sheet)[0] : colours(sheet)[1], 18),
      boxMark(step, [left + 8, 238, wide - 16, 524], theme.paper, 12),
      ...spec.lines.slice(side * half, (side + 1) * half).map((line, row) =>
        textMark(step, line, sheet.rightToLeft ? left + wide - 40 : left + 40, 270 + row * 110, {
          ...styles(sheet).body,
          width: wide - 80,
        }),
      ),
    ];
  });
}

function code({ spec, theme, width, built }: Sheet): Mark[] {
  const style: TextStyle = { face: 'mono', size: 32, color: theme.ink, width: width - 2 * margin - 60 };
  const pitch = Math.min(58, 580 / spec.lines.length);
  const ground: Box = [margin, 220, width - 2 * margin, 610];
  return [
    drawnMark(1, ground, (context) => {
      context.globalAlpha = 0.12;
      boxMark(1, ground, theme.soft, 12).paint(context, 1);
      context.globalAlpha = 1;
    }),
    ...spec.lines.map((line, row) => {
      const indent = line.length - line.trimStart().length;
      const step = built ? Math.floor(row / 3) + 1 : 1;
      return textMark(step, line.trim(), margin + 30 + indent * 20, 240 + row * pitch, style);
    }),
  ];
}

const maths = (sheet: Sheet): Mark[] =>
  sheet.spec.lines.map((line, row) =>
    textMark(sheet.built ? row + 1 : 1, line, sheet.width / 2, 260 + row * 116, {
      face: 'serif',
      size: 48,
      color: sheet.theme.ink,
      align: 'center',
    }),
  );

function table(sheet: Sheet): Mark[] {
  const { spec, theme, width, built } = sheet;
  const wide = (width - 2 * margin) / spec.table[0]!.length;
  const high = Math.min(84, 590 / spec.table.length);
  return spec.table.flatMap((cells, row) => {
    const step = built ? Math.max(1, row) : 1;
    const y = 230 + row * high;
    const ground =
      row === 0
        ? boxMark(step, [margin, y, width - 2 * margin, high], colours(sheet)[0])
        : boxMark(step, [margin, y + high - 2, width - 2 * margin, 2], theme.soft);
    const color = row === 0 ? '#ffffff' : theme.ink;
    return [
      ground,
      ...cells.map((cell, column) =>
        textMark(step, cell, margin + 24 + column * wide, y + high / 2 - 24, {
          face: theme.bodyFace,
          size: 34,
          color,
          bold: row === 0,
          width: wide - 40,
        }),
      ),
    ];
  });
}

const centred = (sheet: Sheet, text: string, y: number, style: TextStyle, step = 1): Mark =>
  textMark(step, text, sheet.width / 2, y, { ...style, align: 'center', width: sheet.width - 2 * margin });

function title(sheet: Sheet): Mark[] {
  const { head, body, small } = styles(sheet);
  const [line = '', name = ''] = sheet.spec.lines;
  return [
    boxMark(1, [sheet.width / 2 - 90, 280, 180, 10], colours(sheet)[0]),
    centred(sheet, sheet.spec.heading, 320, { ...head, size: head.size * 1.25 }),
    centred(sheet, line, 450, body),
    centred(sheet, name, 700, small),
  ];
}

const quote = (sheet: Sheet): Mark[] => [
  boxMark(1, [margin, 250, 10, 400], colours(sheet)[0]),
  ...sheet.spec.lines.map((line, row) =>
    centred(sheet, line, 280 + row * 110, { ...styles(sheet).body, size: 46 }, sheet.built ? row + 1 : 1),
  ),
  centred(sheet, sheet.spec.heading, 690, styles(sheet).small),
];

const oneWord = (sheet: Sheet): Mark[] => {
  const { head } = styles(sheet);
  return [centred(sheet, sheet.spec.heading, 370, { ...head, size: head.size * 1.9 })];
};

const bodies = { bullets, columns, code, maths, table, chart, diagram, picture } as const;

/** Lays a page out. */
export function layOut(
  spec: PageSpec,
  theme: Theme,
  options: Pick<Sheet, 'width' | 'rightToLeft' | 'built' | 'number'>,
): Page {
  const sheet: Sheet = { spec, theme, ...options };
  const { kind } = spec;
  const body =
    kind === 'title' ? title(sheet)
    : kind === 'quote' ? quote(sheet)
    : kind === 'one-word' ? oneWord(sheet)
    : [...heading(sheet), ...bodies[kind](sheet)]; // prettier-ignore
  const marks = [...body, ...(kind === 'title' ? [] : footer(sheet))];
  const { width } = sheet;
  return {
    width,
    background: theme.background,
    marks,
    steps: Math.max(...marks.map(({ step }) => step)),
    rows: marks
      .filter(({ text }) => text !== undefined)
      .slice(1)
      .map(({ box }) => box),
    ...(spec.film ? { film: [width * 0.54, 240, width * 0.38, pageHeight * 0.44] as const } : {}),
  };
}
