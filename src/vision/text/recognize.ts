import type { Picture } from '../../core/frame.ts';
import type { Network } from '../onnx.ts';
import { decode } from './ctc.ts';
import { heightOf, widthOf, type LineBox, type LineText } from './line.ts';
import { resize } from './resize.ts';
import { isStrayEastern, latinClasses } from './script.ts';
import { columnContrast, lineHeight, splitLine, type Piece } from './split.ts';

/** The network answers once for every eight columns. */
const grain = 8;
const narrowest = 16;
/** Beyond 80 times its height a box is a rule or a border, not a line. */
const longest = 80 * lineHeight;

export interface Alphabet {
  readonly characters: readonly string[];
  readonly latin: Uint8Array;
}

export function alphabetOf(characters: readonly string[]): Alphabet {
  return { characters, latin: latinClasses(characters) };
}

/** One line of an RGB picture, upright and at the height at which lines are read, with pixels of its own. */
export function cutLine(picture: Picture, box: LineBox): Picture {
  const width = Math.max(narrowest, Math.min(longest, Math.round((widthOf(box) * lineHeight) / heightOf(box))));
  const line = box.slope === 0 ? resize(picture, box, width, lineHeight) : shear(picture, box, width);
  return line === picture ? { ...picture, data: picture.data.slice() } : line;
}

/** Reads what `cutLine` cut out. The text is empty where nothing was made out. */
export async function readLine(line: Picture, network: Network, alphabet: Alphabet): Promise<LineText> {
  let [text, sum, count] = ['', 0, 0];
  // One piece a call: in a batch all are padded to the widest, and one thread gains nothing by it (91 against 4 × 23 ms).
  for (const piece of splitLine(columnContrast(line))) {
    const decoded = await readPiece(line, piece, network, alphabet);
    if (decoded.text === '') continue;
    text += (text !== '' && piece.spaced ? ' ' : '') + decoded.text;
    sum += decoded.sum;
    count += decoded.count;
  }
  return { text, confidence: count === 0 ? 0 : sum / count };
}

async function readPiece(line: Picture, piece: Piece, network: Network, alphabet: Alphabet) {
  const width = Math.max(narrowest, Math.ceil((piece.to - piece.from) / grain) * grain);
  const { data, dims } = await network.run(pack(line, piece, width), [1, 3, lineHeight, width]);
  const steps = dims[1]!;
  const decoded = decode(data, steps, alphabet.characters);
  if (!isStrayEastern(decoded.text)) return decoded;
  return decode(data, steps, alphabet.characters, alphabet.latin);
}

/** [3, 48, width] in BGR from −1 to 1; what lies past the piece is mid-grey, as in training. */
function pack(line: Picture, piece: Piece, width: number): Float32Array {
  const plane = width * lineHeight;
  const packed = new Float32Array(3 * plane);
  const inside = Math.min(width, piece.to - piece.from);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < lineHeight; y++) {
      const target = channel * plane + y * width;
      let i = (y * line.width + piece.from) * 3 + 2 - channel;
      for (let x = 0; x < inside; x++, i += 3) packed[target + x] = line.data[i]! / 127.5 - 1;
    }
  }
  return packed;
}

/** A tilted line set upright: columns shifted by the slope, linear between pixels. */
function shear(picture: Picture, box: LineBox, width: number): Picture {
  const { data: source, width: stride } = picture;
  const data = new Uint8Array(width * lineHeight * 3);
  const [stepX, stepY] = [widthOf(box) / width, heightOf(box) / lineHeight];
  const middle = (box.x0 + box.x1) / 2;
  for (let x = 0; x < width; x++) {
    const atX = Math.min(box.x1 - 1, Math.max(box.x0, box.x0 + (x + 0.5) * stepX - 0.5));
    const left = Math.floor(atX);
    const right = Math.min(left + 1, picture.width - 1);
    const partX = atX - left;
    const drop = box.y0 + box.slope * (atX - middle);
    for (let y = 0; y < lineHeight; y++) {
      const atY = Math.min(picture.height - 1, Math.max(0, drop + (y + 0.5) * stepY - 0.5));
      const top = Math.floor(atY);
      const bottom = Math.min(top + 1, picture.height - 1);
      const partY = atY - top;
      for (let channel = 0; channel < 3; channel++) {
        const above =
          source[(top * stride + left) * 3 + channel]! * (1 - partX) +
          source[(top * stride + right) * 3 + channel]! * partX;
        const below =
          source[(bottom * stride + left) * 3 + channel]! * (1 - partX) +
          source[(bottom * stride + right) * 3 + channel]! * partX;
        data[(y * width + x) * 3 + channel] = above * (1 - partY) + below * partY + 0.5;
      }
    }
  }
  return { data, width, height: lineHeight, channels: 3 };
}
