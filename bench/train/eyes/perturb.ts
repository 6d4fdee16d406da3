/** Square picture of an eye and what is around it: rows of red, green, blue, 0–255. */
export interface EyePicture {
  readonly side: number;
  readonly data: Float32Array;
}

export type Random = () => number;

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const between = (random: Random, least: number, most: number): number => least + (most - least) * random();

/**
 * Another picture of the same eye: nearer or further, tilted, seen by a worse camera, in other light.
 *
 * @param into pixels along a side of the result
 * @param margin what part of `picture`'s side the eye's own patch takes
 */
export function perturbed(picture: EyePicture, into: number, margin: number, random: Random): EyePicture {
  const small = random() < 0.6 ? Math.round(into * between(random, 0.22, 0.8)) : into;
  const patch = {
    side: picture.side * margin * between(random, 0.88, 1.14),
    x: picture.side * (0.5 + margin * between(random, -0.05, 0.05)),
    y: picture.side * (0.5 + margin * between(random, -0.05, 0.05)),
    angle: between(random, -0.17, 0.17),
  };
  let cut = cutOut(picture, patch, small);
  if (small < into) cut = cutOut(cut, { side: small, x: small / 2, y: small / 2, angle: 0 }, into);
  if (random() < 0.3) cut = blurred(cut, random() < 0.5 ? 'across' : 'both');
  return inOtherLight(cut, random);
}

interface Patch {
  readonly side: number;
  readonly x: number;
  readonly y: number;
  readonly angle: number;
}

/** A turned square cut out, interpolated, the edge continued; averaged where it becomes smaller. */
export function cutOut({ side, data }: EyePicture, patch: Patch, into: number): EyePicture {
  const result = new Float32Array(into * into * 3);
  const [cos, sin] = [Math.cos(patch.angle), Math.sin(patch.angle)];
  const finer = Math.max(1, Math.round(patch.side / into));
  const inside = (value: number): number => Math.min(side - 1.001, Math.max(0, value));
  for (let at = 0; at < into * into * finer * finer; at++) {
    const [column, row] = [at % (into * finer), Math.floor(at / (into * finer))];
    const across = ((column + 0.5) / (into * finer) - 0.5) * patch.side;
    const down = ((row + 0.5) / (into * finer) - 0.5) * patch.side;
    const x = inside(patch.x + across * cos - down * sin - 0.5);
    const y = inside(patch.y + across * sin + down * cos - 0.5);
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [right, low] = [x - left, y - top];
    const from = (top * side + left) * 3;
    const to = (Math.floor(row / finer) * into + Math.floor(column / finer)) * 3;
    for (let colour = 0; colour < 3; colour++) {
      const [a, b] = [data[from + colour]!, data[from + 3 + colour]!];
      const [c, d] = [data[from + side * 3 + colour]!, data[from + side * 3 + 3 + colour]!];
      result[to + colour]! +=
        ((a * (1 - right) + b * right) * (1 - low) + (c * (1 - right) + d * right) * low) / finer ** 2;
    }
  }
  return { side: into, data: result };
}

/** Moved or out of focus: the mean of three neighbours along a direction, or both. */
function blurred({ side, data }: EyePicture, along: 'across' | 'both'): EyePicture {
  const pass = (from: Float32Array, step: number): Float32Array =>
    from.map((value, at) => (value + (from[at - step] ?? value) + (from[at + step] ?? value)) / 3);
  const once = pass(data, 3);
  return { side, data: along === 'across' ? pass(once, 3) : pass(once, side * 3) };
}

/** Brightness, contrast, colour, noise; grey as by infra-red in some. */
function inOtherLight({ side, data }: EyePicture, random: Random): EyePicture {
  const [gain, lift] = [between(random, 0.35, 1.3), between(random, -15, 45)];
  const gamma = Math.exp(between(random, -0.45, 0.45));
  const noise = random() < 0.4 ? between(random, 2, 22) : 0;
  const grey = random() < 0.3;
  const tint = [between(random, 0.85, 1.12), 1, between(random, 0.85, 1.12)];
  const result = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const mean = (data[at]! + data[at + 1]! + data[at + 2]!) / 3;
    const grain = noise * (random() + random() + random() - 1.5);
    for (let colour = 0; colour < 3; colour++) {
      const value = grey ? mean : data[at + colour]! * tint[colour]!;
      const lit = 255 * (Math.max(0, value) / 255) ** gamma * gain + lift + grain;
      result[at + colour] = Math.min(255, Math.max(0, lit));
    }
  }
  return { side, data: result };
}

/**
 * The eye hidden: behind a dark or mirroring lens, a hand or an arm, a glare.
 *
 * @param other any picture, whose pieces lenses mirror
 */
export function hidden(picture: EyePicture, other: EyePicture, margin: number, random: Random): EyePicture {
  const kind = random();
  if (kind < 0.55) return behindLens(picture, other, margin, random);
  if (kind < 0.85) return behindHand(picture, margin, random);
  return inGlare(picture, margin, random);
}

function behindLens({ side, data }: EyePicture, other: EyePicture, margin: number, random: Random): EyePicture {
  const eye = side * margin;
  const half = { x: eye * between(random, 0.3, 0.55), y: eye * between(random, 0.2, 0.42) };
  const middle = {
    x: side * (0.5 + margin * between(random, -0.07, 0.07)),
    y: side * (0.5 + margin * between(random, -0.02, 0.1)),
  };
  const squareness = between(random, 2, 6);
  const shade = [between(random, 2, 60), between(random, 2, 55), between(random, 2, 60)];
  const [paler, mirror] = [between(random, -10, 60), random() < 0.55 ? between(random, 0.1, 0.6) : 0];
  const through = random() < 0.5 ? 0 : between(random, 0, 0.12);
  const [shiftX, shiftY] = [Math.floor(between(random, 0, side)), Math.floor(between(random, 0, side))];
  const rim = random() < 0.5 ? between(random, 0.02, 0.12) : 0;
  const result = new Float32Array(data);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const distance =
        Math.abs((x - middle.x) / half.x) ** squareness + Math.abs((y - middle.y) / half.y) ** squareness;
      if (distance > 1 + rim) continue;
      const at = (y * side + x) * 3;
      const from = (((y + shiftY) % side) * side + ((x + shiftX) % side)) * 3;
      for (let colour = 0; colour < 3; colour++) {
        const lens =
          shade[colour]! + (paler * (y - middle.y + half.y)) / (2 * half.y) + mirror * (other.data[from + colour] ?? 0);
        result[at + colour] =
          distance > 1 ? shade[0]! / 2 : Math.min(255, lens * (1 - through) + data[at + colour]! * through);
      }
    }
  }
  return { side, data: result };
}

/** Skin of the same face over the eye, from some side or all over, with a soft shadow where it ends. */
function behindHand({ side, data }: EyePicture, margin: number, random: Random): EyePicture {
  const eye = side * margin;
  const angle = between(random, 0, 2 * Math.PI);
  const reach = eye * between(random, 0.12, 0.6);
  const skinAt = (Math.floor(side * 0.5 + eye * 0.36) * side + Math.floor(side * between(random, 0.35, 0.65))) * 3;
  const [stripe, light] = [eye * between(random, 0.15, 0.4), between(random, 0.6, 1.35)];
  const result = new Float32Array(data);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [across, down] = [x - side / 2, y - side / 2];
      const within = reach - (across * Math.cos(angle) + down * Math.sin(angle));
      if (within < 0) continue;
      const finger =
        1 -
        0.25 *
          Math.exp(-(((-across * Math.sin(angle) + down * Math.cos(angle) + 4 * side) % stripe) / (0.12 * stripe)));
      const edge = Math.min(1, 0.5 + within / (0.1 * eye));
      const at = (y * side + x) * 3;
      for (let colour = 0; colour < 3; colour++) {
        const skin = data[skinAt + colour]! * light * finger * edge + 6 * (random() - 0.5);
        result[at + colour] = Math.min(255, Math.max(0, skin));
      }
    }
  }
  return { side, data: result };
}

/** Light thrown back by glasses, so bright that nothing is seen through it. */
function inGlare({ side, data }: EyePicture, margin: number, random: Random): EyePicture {
  const eye = side * margin;
  const half = { x: eye * between(random, 0.22, 0.45), y: eye * between(random, 0.14, 0.3) };
  const tint = [between(random, 190, 255), between(random, 200, 255), between(random, 200, 255)];
  const result = new Float32Array(data);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const distance = ((x - side / 2) / half.x) ** 4 + ((y - side / 2) / half.y) ** 4;
      const cover = Math.min(0.96, 1.4 * Math.exp(-distance));
      const at = (y * side + x) * 3;
      for (let colour = 0; colour < 3; colour++) {
        result[at + colour] = data[at + colour]! * (1 - cover) + tint[colour]! * cover;
      }
    }
  }
  return { side, data: result };
}
