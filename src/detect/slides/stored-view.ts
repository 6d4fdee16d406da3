import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { fingerprintDistance, fingerprintOf } from './fingerprint.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { ComparableView } from './relation.ts';

/** A view kept for later comparison, packed: a plate of text takes some ten kilobytes instead of three hundred. */
export class StoredView {
  readonly fingerprint: Fingerprint;
  readonly #facts: Pick<ComparableView, 'tolerance' | 'shaky'>;
  readonly #packed: Buffer;
  readonly #width: number;
  readonly #height: number;

  constructor({ plate, inset, tolerance, shaky }: ComparableView) {
    this.fingerprint = fingerprintOf({ plate, inset });
    this.#facts = { tolerance, shaky };
    this.#width = plate.picture.width;
    this.#height = plate.picture.height;
    const planes = [plate.picture.data, plate.known, plate.other, plate.hasOther, inset];
    this.#packed = deflateRawSync(Buffer.concat(planes), { level: 1 });
  }

  distance(fingerprint: Fingerprint): number {
    return fingerprintDistance(this.fingerprint, fingerprint);
  }

  unpack(): ComparableView {
    const all = new Uint8Array(inflateRawSync(this.#packed));
    const [width, height] = [this.#width, this.#height];
    const pixels = width * height;
    const plane = (index: number): Uint8Array => all.subarray(index * pixels, (index + 1) * pixels);
    return {
      ...this.#facts,
      plate: {
        picture: { data: plane(0), width, height, channels: 1 },
        known: plane(1),
        other: plane(2),
        hasOther: plane(3),
      },
      inset: all.subarray(4 * pixels),
    };
  }
}
