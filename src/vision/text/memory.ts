import type { Picture } from '../../core/frame.ts';
import { boundsOf, heightOf, widthOf, type LineBox } from './line.ts';
import type { Area } from './resize.ts';
import { looksSame, signatureOf, type Signature } from './signature.ts';

interface Remembered<L extends LineBox> {
  readonly line: L;
  readonly signature: Signature;
  readonly width: number;
  readonly height: number;
}

/** How far a found box may reach past the remembered line, as share of its height. */
const drift = 0.3;

/** The lines seen last, so that a line whose pixels have not changed is not read again. Where they stand is all it looks at. */
export interface LineMemory<L extends LineBox> {
  /**
   * The line that was read at this place, if the pixels there and around its ends still look as they did. A box inside
   * of a longer line gives that line: detection may find in pieces what it found whole before.
   */
  recall(picture: Picture, box: LineBox): L | undefined;
  remember(picture: Picture, line: L): void;
  forget(line: L): void;
}

/** Holds at most `capacity` lines, those not seen for longest going first; about 6 kB a line. */
export function createLineMemory<L extends LineBox>(capacity = 400): LineMemory<L> {
  // In order of last use, the oldest first.
  const lines = new Set<Remembered<L>>();
  return {
    recall(picture, box) {
      let best: Remembered<L> | undefined;
      for (const entry of lines) {
        if (entry.width !== picture.width || entry.height !== picture.height || !holds(entry.line, box)) continue;
        if (best !== undefined && widthOf(best.line) >= widthOf(entry.line)) continue;
        // Measured where the line was remembered, for a box found anew sits a pixel to the side.
        if (looksSame(entry.signature, signatureOf(picture, entry.signature.area))) best = entry;
      }
      if (best === undefined) return undefined;
      lines.delete(best);
      lines.add(best);
      return best.line;
    },
    remember(picture, line) {
      const { width, height } = picture;
      lines.add({ line, signature: signatureOf(picture, surroundings(line, picture)), width, height });
      const oldest = lines.values().next();
      if (lines.size > capacity && oldest.done !== true) lines.delete(oldest.value);
    },
    forget(line) {
      for (const entry of lines) if (entry.line === line) lines.delete(entry);
    },
  };
}

function holds(line: LineBox, box: LineBox): boolean {
  const reach = Math.max(3, heightOf(line) * drift);
  return (
    box.x0 >= line.x0 - reach && box.x1 <= line.x1 + reach && box.y0 >= line.y0 - reach && box.y1 <= line.y1 + reach
  );
}

/** The line and half its height to either side, where a character typed onto it would appear. */
function surroundings(line: LineBox, picture: Picture): Area {
  const [x, y, width, height] = boundsOf(line, picture.width, picture.height);
  const extra = Math.ceil(heightOf(line) / 2);
  return { x0: Math.max(0, x - extra), y0: y, x1: Math.min(picture.width, x + width + extra), y1: y + height };
}
