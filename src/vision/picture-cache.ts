import type { Picture } from '../core/frame.ts';
import { perceptualHash } from './perceptual-hash.ts';

interface Entry<T> {
  readonly luma: Picture;
  readonly value: T;
}

/** Grey levels by which a pixel of a picture that was measured before may differ: less than any mark on it would. */
const sameLevels = 12;

/**
 * What was measured of pictures lately, found by perceptual hash. A hash only proposes: an entry counts when its picture is
 * the same pixel for pixel within `sameLevels`, so that two slides that differ in a digit are never taken for one another.
 */
export class PictureCache<T> {
  readonly #entries = new Map<string, Entry<T>[]>();
  readonly #most: number;
  #size = 0;

  /** @param most pictures kept; the one that was not asked for longest goes first */
  constructor(most = 24) {
    this.#most = most;
  }

  get(luma: Picture): T | undefined {
    const hash = perceptualHash(luma);
    const found = this.#entries.get(hash);
    const hit = found?.find((entry) => isSamePicture(entry.luma, luma));
    if (!found || !hit) return undefined;
    // Asked for last, thrown out last.
    this.#entries.delete(hash);
    this.#entries.set(hash, found);
    return hit.value;
  }

  set(luma: Picture, value: T): void {
    const hash = perceptualHash(luma);
    const entries = this.#entries.get(hash) ?? [];
    this.#entries.delete(hash);
    this.#entries.set(hash, [...entries, { luma, value }]);
    this.#size += 1;
    while (this.#size > this.#most) {
      const [oldest, list] = this.#entries.entries().next().value!;
      this.#entries.delete(oldest);
      this.#size -= list.length;
    }
  }
}

function isSamePicture(a: Picture, b: Picture): boolean {
  if (a.width !== b.width || a.height !== b.height) return false;
  for (let at = 0; at < a.data.length; at += 1) {
    if (Math.abs(a.data[at]! - b.data[at]!) > sameLevels) return false;
  }
  return true;
}
