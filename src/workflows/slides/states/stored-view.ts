import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { fingerprintDistance, fingerprintOf } from './fingerprint.ts';
import type { Fingerprint } from './fingerprint.ts';
import { gridOver } from './grid.ts';
import type { Look } from './likeness.ts';
import type { ComparableView } from './relation.ts';
import { contrastAt } from './tolerance.ts';

/** Details looked at before a view is unpacked and compared whole; with fewer than `fewProbes` nothing is ruled out. */
const probes = 1500;
const fewProbes = 100;

/** Share of the looked-at details that must agree. Text agrees with other text by a half, at luma size. */
const probeShare = 0.8;

/** The same on a shaky recording: pictures are not brought into register for this, and somebody may stand in front. */
const probeShareShaky = 0.4;

interface Probe {
  readonly places: Uint32Array;
  readonly values: Uint8Array;
  readonly contrasts: Uint8Array;
}

function probeOf({ picture, known }: ComparableView['plate']): Probe {
  const details: number[] = [];
  for (let at = 0; at < known.length; at += 1) {
    if (known[at] === 1 && contrastAt(picture, at) > 32) details.push(at);
  }
  const step = Math.max(1, details.length / probes);
  const places = Uint32Array.from(
    { length: Math.min(probes, details.length) },
    (_, index) => details[Math.floor(index * step)]!,
  );
  const values = Uint8Array.from(places, (at) => picture.data[at]!);
  return { places, values, contrasts: Uint8Array.from(places, (at) => contrastAt(picture, at)) };
}

/** A packed view as it is written to disk. */
export interface PackedView {
  readonly width: number;
  readonly height: number;
  readonly levels: number;
  readonly contrastShare: number;
  readonly shaky: boolean;
  readonly still: boolean;
  /** Deflated planes one after another, in base 64: luma, known, other, hasOther, inset. */
  readonly planes: string;
}

/** A view kept for later comparison, packed: a plate of text takes some ten kilobytes instead of three hundred. */
export class StoredView {
  readonly fingerprint: Fingerprint;
  /** The embedder's vector, where there is an embedder. */
  readonly look: Look | undefined;
  readonly #facts: Pick<ComparableView, 'tolerance' | 'shaky' | 'still'>;
  readonly #probe: Probe;
  readonly #packed: Buffer;
  readonly #width: number;
  readonly #height: number;

  constructor({ plate, inset, tolerance, shaky, still = false }: ComparableView, look?: Look) {
    this.look = look;
    this.fingerprint = fingerprintOf({ plate, inset });
    this.#facts = { tolerance, shaky, still };
    this.#width = plate.picture.width;
    this.#height = plate.picture.height;
    this.#probe = probeOf(plate);
    const planes = [plate.picture.data, plate.known, plate.other, plate.hasOther, inset];
    this.#packed = deflateRawSync(Buffer.concat(planes), { level: 1 });
  }

  /** The view as it was packed. */
  static from({ width, height, levels, contrastShare, shaky, still, planes }: PackedView): StoredView {
    return new StoredView(
      unpackPlanes(Buffer.from(planes, 'base64'), width, height, {
        tolerance: { levels, contrastShare },
        shaky,
        still,
      }),
    );
  }

  pack(): PackedView {
    const { tolerance, shaky, still = false } = this.#facts;
    return {
      width: this.#width,
      height: this.#height,
      ...tolerance,
      shaky,
      still,
      planes: this.#packed.toString('base64'),
    };
  }

  distance(fingerprint: Fingerprint): number {
    return fingerprintDistance(this.fingerprint, fingerprint);
  }

  /** False where a look at some details already shows that the view is of something else. */
  mayBe(view: ComparableView): boolean {
    const { plate, inset, tolerance } = view;
    const { cellOf } = gridOver(this.#width, this.#height);
    let compared = 0;
    let agreeing = 0;
    for (const [index, at] of this.#probe.places.entries()) {
      if (plate.known[at] === 0 || inset[cellOf[at]!] === 1) continue;
      compared += 1;
      const contrast = contrastAt(plate.picture, at);
      const allowed = tolerance.levels + tolerance.contrastShare * Math.max(contrast, this.#probe.contrasts[index]!);
      if (Math.abs(plate.picture.data[at]! - this.#probe.values[index]!) <= allowed) agreeing += 1;
    }
    const share = this.#facts.shaky || view.shaky ? probeShareShaky : probeShare;
    return compared < fewProbes || agreeing >= share * compared;
  }

  unpack(): ComparableView {
    return unpackPlanes(this.#packed, this.#width, this.#height, this.#facts);
  }
}

function unpackPlanes(
  packed: Buffer,
  width: number,
  height: number,
  facts: Pick<ComparableView, 'tolerance' | 'shaky' | 'still'>,
): ComparableView {
  const all = new Uint8Array(inflateRawSync(packed));
  const pixels = width * height;
  const plane = (index: number): Uint8Array => all.subarray(index * pixels, (index + 1) * pixels);
  return {
    ...facts,
    plate: {
      picture: { data: plane(0), width, height, channels: 1 },
      known: plane(1),
      other: plane(2),
      hasOther: plane(3),
    },
    inset: all.subarray(4 * pixels),
  };
}
