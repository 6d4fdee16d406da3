import { crc32, deflateSync } from 'node:zlib';
import type { Picture } from '../../core/frame.ts';

/** A picture as a PNG file (https://www.w3.org/TR/png-3/): lossless, written with what Node brings. */
export function encodePng({ data, width, height, channels }: Picture): Buffer {
  const rowBytes = width * channels;
  const rows = Buffer.alloc((rowBytes + 1) * height);
  for (let row = 0; row < height; row++) {
    const at = row * (rowBytes + 1);
    // Filter 1: each byte less the one a pixel to its left, which deflates far better than bytes as they are.
    rows[at] = 1;
    for (let index = 0; index < rowBytes; index++) {
      const left = index < channels ? 0 : data[row * rowBytes + index - channels]!;
      rows[at + 1 + index] = data[row * rowBytes + index]! - left;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = channels === 3 ? 2 : 0;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 6 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
