import { randomUUID } from 'node:crypto';
import type { EncodedImage } from './image.ts';

/** Stands for a picture's base64 text in a request until it is sent; no prompt can hold it by chance. */
export const picture = randomUUID();

/**
 * A request's JSON in parts, each `picture` in it replaced by the next image's base64 bytes. The pictures are most of
 * a request and the same in every question about a window: they are neither escaped nor encoded again for each.
 */
export function jsonParts(value: unknown, images: readonly EncodedImage[]): Buffer[] {
  const texts = JSON.stringify(value).split(picture);
  return texts.flatMap((text, index) => {
    const image = images[index];
    return image && index < texts.length - 1 ? [Buffer.from(text), image.base64Bytes] : [Buffer.from(text)];
  });
}
