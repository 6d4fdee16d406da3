import { oddNumbers, type Random } from './random.ts';

/** A part of a file that has a beginning, an end, and fields: a box, an element, a packet. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** Where what it holds begins. */
  readonly body: number;
}

const containers = new Set(
  'moov trak mdia minf stbl edts udta dinf mvex moof traf meta ilst stsd avc1 hvc1'.split(' '),
);

/** Boxes of MP4 and QuickTime, inner ones too. */
function boxes(bytes: Buffer, from = 0, to = bytes.length, found: Piece[] = []): Piece[] {
  for (let at = from; at + 8 <= to && found.length < 2000;) {
    const size = bytes.readUInt32BE(at);
    const end = size === 0 ? to : size === 1 ? to : Math.min(to, at + size);
    if (end < at + 8) break;
    found.push({ start: at, end, body: at + 8 });
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (containers.has(name)) boxes(bytes, at + 8 + (name === 'stsd' ? 8 : name === 'meta' ? 4 : 0), end, found);
    at = end;
  }
  return found;
}

const masters = new Set([
  0x1a45dfa3, 0x18538067, 0x1654ae6b, 0xae, 0xe0, 0x1f43b675, 0xa0, 0x1c53bb6b, 0xbb, 0x1549a966,
]);

/** Elements of Matroska and WebM, inner ones too. */
function elements(bytes: Buffer, from = 0, to = bytes.length, found: Piece[] = []): Piece[] {
  for (let at = from; at < to && found.length < 2000;) {
    const idLength = Math.clz32(bytes[at]!) - 23;
    if (idLength > 4 || at + idLength >= to) break;
    const id = bytes.readUIntBE(at, idLength);
    const sizeLength = Math.clz32(bytes[at + idLength]!) - 23;
    if (sizeLength > 8 || at + idLength + sizeLength > to) break;
    let size = bytes[at + idLength]! & (0xff >> sizeLength);
    for (let byte = 1; byte < sizeLength; byte += 1) size = size * 256 + bytes[at + idLength + byte]!;
    const body = at + idLength + sizeLength;
    const end = Math.min(to, body + size);
    found.push({ start: at, end, body });
    if (masters.has(id)) elements(bytes, body, end, found);
    at = end;
  }
  return found;
}

/** Chunks of AVI. */
function chunks(bytes: Buffer, from = 0, to = bytes.length, found: Piece[] = []): Piece[] {
  for (let at = from; at + 8 <= to && found.length < 2000;) {
    const name = bytes.toString('latin1', at, at + 4);
    const end = Math.min(to, at + 8 + bytes.readUInt32LE(at + 4));
    found.push({ start: at, end, body: at + 8 });
    if (name === 'RIFF' || name === 'LIST') chunks(bytes, at + 12, end, found);
    at = Math.max(at + 8, end + (end % 2));
  }
  return found;
}

/** Packets of a transport stream. */
const packets = (bytes: Buffer): Piece[] =>
  Array.from({ length: Math.floor(bytes.length / 188) }, (_, index) => {
    return { start: index * 188, end: index * 188 + 188, body: index * 188 + 4 };
  });

/** Units of H.264, HEVC and MPEG-2 that begin with a start code, wherever they lie. */
function units(bytes: Buffer): Piece[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf('000001', 0, 'hex'); at >= 0 && starts.length < 2000;) {
    starts.push(at);
    at = bytes.indexOf('000001', at + 3, 'hex');
  }
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? bytes.length, body: start + 3 }));
}

/** The parts of a video file by its container; of any other its start codes. */
export function piecesOf(bytes: Buffer): Piece[] {
  const head = bytes.toString('latin1', 0, 12);
  if (/^....(ftyp|moov|mdat|free|wide)/s.test(head)) return [...boxes(bytes), ...units(bytes)];
  if (bytes.readUInt32BE(0) === 0x1a45dfa3) return elements(bytes);
  if (head.startsWith('RIFF')) return chunks(bytes);
  if (bytes[0] === 0x47 && bytes[188] === 0x47) return [...packets(bytes), ...units(bytes)];
  return units(bytes);
}

/** A file with a few faults, most of them where its structure is. */
export function mutateBytes(original: Buffer, pieces: readonly Piece[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let faults = 1 + random.below(4); faults > 0; faults -= 1) bytes = spoil(bytes, pieces, random);
  return bytes;
}

function spoil(bytes: Buffer, pieces: readonly Piece[], random: Random): Buffer {
  const piece = pieces.length > 0 && random.next() < 0.85 ? random.one(pieces) : undefined;
  if (!piece || piece.end > bytes.length) return spoilAnywhere(bytes, random);
  const { start, end, body } = piece;
  const whole = bytes.subarray(start, end);
  switch (random.below(8)) {
    case 0:
      // Its size, or its name.
      return number(bytes, start + random.below(Math.max(1, body - start)), random);
    case 1:
      // A field of it: where a header has its times, sizes and counts.
      return number(bytes, body + random.below(Math.min(64, Math.max(1, end - body))), random);
    case 2:
      return number(bytes, body + random.below(Math.max(1, end - body)), random);
    case 3:
      return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
    case 4:
      return whole.length > 2 ** 20 ? bytes : Buffer.concat([bytes.subarray(0, end), whole, bytes.subarray(end)]);
    case 5: {
      const other = random.one(pieces);
      if (other.end > bytes.length || other.end - other.start > 2 ** 20) return bytes;
      const { start: from, end: to } = other;
      return Buffer.concat([bytes.subarray(0, start), bytes.subarray(from, to), bytes.subarray(end)]);
    }
    case 6:
      // Its end is missing, and what follows moves up.
      return Buffer.concat([bytes.subarray(0, body + random.below(Math.max(1, end - body))), bytes.subarray(end)]);
    default:
      bytes.fill(random.one([0, 0xff, 0x80]), body, Math.min(end, body + 1 + random.below(64)));
      return bytes;
  }
}

function number(bytes: Buffer, at: number, random: Random): Buffer {
  const width = random.one([1, 2, 4]);
  if (at < 0 || at + width > bytes.length) return bytes;
  const value = random.next() < 0.3 ? random.below(2 ** (8 * width)) : random.one(oddNumbers) % 2 ** (8 * width);
  if (random.next() < 0.2) bytes.writeUIntLE(value, at, width);
  else bytes.writeUIntBE(value, at, width);
  return bytes;
}

function spoilAnywhere(bytes: Buffer, random: Random): Buffer {
  switch (random.below(4)) {
    case 0:
      return bytes.subarray(0, 1 + random.below(bytes.length));
    case 1:
      for (let flips = 1 + random.below(20); flips > 0; flips -= 1) {
        const at = random.below(bytes.length);
        bytes[at] = bytes[at]! ^ (1 << random.below(8));
      }
      return bytes;
    case 2:
      return number(bytes, random.below(bytes.length), random);
    default: {
      const at = random.below(bytes.length);
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.alloc(1 + random.below(64), random.below(256)),
        bytes.subarray(at),
      ]);
    }
  }
}
