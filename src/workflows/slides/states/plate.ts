import type { Picture } from '../../../core/frame.ts';

/**
 * The still content of a view, put together from many samples: what moved in front of it (pointer, speaker) is left
 * out, and what was never seen clear of movement is marked unknown.
 */
export interface Plate {
  readonly picture: Picture;
  /** 1 where the pixel is known, 0 where nothing still was seen yet. */
  readonly known: Uint8Array;
  /** Another value that was seen in the same place, where `hasOther` is 1. */
  readonly other: Uint8Array;
  readonly hasOther: Uint8Array;
}

/** A plate that grows while its view lasts. */
export class GrowingPlate implements Plate {
  readonly picture: Picture & { readonly data: Uint8Array };
  readonly known: Uint8Array;
  readonly other: Uint8Array;
  readonly hasOther: Uint8Array;
  /** Votes for the value held against the one seen in its stead: the value seen longer wins (Boyer and Moore, 1981). */
  readonly #votes: Uint8Array;

  constructor(width: number, height: number) {
    this.picture = { data: new Uint8Array(width * height), width, height, channels: 1 };
    this.known = new Uint8Array(width * height);
    this.other = new Uint8Array(width * height);
    this.hasOther = new Uint8Array(width * height);
    this.#votes = new Uint8Array(width * height);
  }

  /** The pixel stood still and shows this value. */
  agree(at: number, value: number): void {
    if (this.known[at] === 0) {
      this.known[at] = 1;
      this.picture.data[at] = value;
      this.#votes[at] = 1;
    } else if (this.#votes[at]! < 30) this.#votes[at] = this.#votes[at]! + 1;
  }

  /** The pixel stood still and shows something other than the plate. */
  contradict(at: number, value: number): void {
    if (this.known[at] === 0) return this.agree(at, value);
    this.hasOther[at] = 1;
    this.other[at] = value;
    if (this.#votes[at]! > 0) this.#votes[at] = this.#votes[at]! - 1;
    else {
      this.other[at] = this.picture.data[at]!;
      this.picture.data[at] = value;
      this.#votes[at] = 1;
    }
  }

  /** The pixel showed another value in passing: a pointer on its way, somebody walking by. */
  pass(at: number, value: number): void {
    if (this.hasOther[at] === 1) return;
    this.hasOther[at] = 1;
    this.other[at] = value;
  }

  /** Forgets other values seen at these pixels: they were the beginning of the next view. */
  forget(pixels: readonly number[]): void {
    for (const at of pixels) this.hasOther[at] = 0;
  }
}
