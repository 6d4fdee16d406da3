import { colours, margin, styles, type Sheet } from './layout-sheet.ts';
import { boxMark, drawnMark, textMark, type Box, type Mark } from './page.ts';
import { Random } from './random.ts';
import { landscape } from './themes.ts';

export function chart(sheet: Sheet): Mark[] {
  const { spec, theme, width, built } = sheet;
  const [left, floor, wide, high] = [margin + 40, 740, width - 2 * margin - 80, 460];
  const pitch = wide / spec.values.length;
  const isLine = new Random(`${spec.seed} chart`).chance(0.35);
  const at = (place: number): readonly [number, number] => [
    left + (place + 0.5) * pitch,
    floor - (spec.values[place]! / 100) * high,
  ];
  const drawing = spec.values.map((value, place): Mark => {
    const [x, y] = at(place);
    const step = built ? place + 1 : 1;
    const color = colours(sheet)[place % 2]!;
    if (!isLine)
      return drawnMark(step, [x - pitch * 0.3, y, pitch * 0.6, floor - y], (context, share) => {
        context.fillStyle = color;
        context.fillRect(x - pitch * 0.3, floor - (floor - y) * share, pitch * 0.6, (floor - y) * share);
      });
    const before = place > 0 ? at(place - 1) : [x, y];
    return drawnMark(step, [before[0], Math.min(y, before[1]), pitch, value], (context, share) => {
      context.strokeStyle = colours(sheet)[0];
      context.lineWidth = 7;
      context.beginPath();
      context.moveTo(before[0], before[1]);
      context.lineTo(before[0] + (x - before[0]) * share, before[1] + (y - before[1]) * share);
      context.stroke();
      context.beginPath();
      context.arc(x, y, 12 * share, 0, 7);
      context.fillStyle = color;
      context.fill();
    });
  });
  return [
    boxMark(1, [left, floor, wide, 4], theme.ink),
    boxMark(1, [left, floor - high, 4, high], theme.ink),
    ...drawing,
    ...spec.lines.map((line, place) =>
      textMark(built ? place + 1 : 1, line, at(place)[0], floor + 20, {
        face: theme.bodyFace,
        size: 28,
        color: theme.ink,
        align: 'center',
        width: pitch - 14,
      }),
    ),
    ...spec.values.map((value, place) =>
      textMark(built ? place + 1 : 1, String(value), at(place)[0], at(place)[1] - 56, {
        face: theme.bodyFace,
        size: 30,
        color: theme.ink,
        align: 'center',
      }),
    ),
  ];
}

export function diagram(sheet: Sheet): Mark[] {
  const { spec, theme, width, built } = sheet;
  const count = spec.lines.length;
  const wide = (width - 2 * margin) / count - 50;
  return spec.lines.flatMap((line, place) => {
    const x = margin + place * (wide + 50);
    const y = 330 + (place % 2) * 160;
    const step = built ? place + 1 : 1;
    const arrow: Box = [x - 50, 300, 50, 360];
    return [
      ...(place === 0
        ? []
        : [
            drawnMark(step, arrow, (context) => {
              context.strokeStyle = theme.ink;
              context.lineWidth = 6;
              context.beginPath();
              context.moveTo(x - 48, 330 + ((place - 1) % 2) * 160 + 80);
              context.lineTo(x - 4, y + 80);
              context.stroke();
            }),
          ]),
      boxMark(step, [x, y, wide, 160], colours(sheet)[place % 2]!, 20),
      textMark(step, line, x + wide / 2, y + 52, {
        face: theme.bodyFace,
        size: 36,
        color: '#ffffff',
        bold: true,
        align: 'center',
        width: wide - 24,
      }),
    ];
  });
}

export function picture(sheet: Sheet): Mark[] {
  const { spec, width } = sheet;
  const box: Box = [width * 0.18, 220, width * 0.64, 520];
  const paint = landscape(spec.seed + String(spec.tint));
  return [
    drawnMark(1, box, (context) => {
      context.save();
      context.beginPath();
      context.rect(...box);
      context.clip();
      context.translate(box[0], box[1]);
      paint(context, box[2], box[3]);
      context.restore();
    }),
    textMark(1, spec.lines[0]!, width / 2, 764, { ...styles(sheet).small, align: 'center' }),
  ];
}
