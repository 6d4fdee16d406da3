import type { Picture } from '../core/frame.ts';

/** Side of the square that a picture is shrunk to, and of the block of low frequencies that is kept. */
const side = 32;
const kept = 8;

/** cos((2x + 1) u π / 2N): the basis of the type-II discrete cosine transform; the constant row is not needed. */
const basis = Float64Array.from({ length: (kept + 1) * side }, (_, at) => {
  const [u, x] = [Math.floor(at / side), at % side];
  return Math.cos(((2 * x + 1) * u * Math.PI) / (2 * side));
});

/**
 * 64-bit perceptual hash of a luma picture as 16 hexadecimal digits: the signs, about their median, of the 8 × 8 lowest
 * frequencies beside the constant ones (Zauner 2010). The same slide through two codecs differs in at most 6 bits,
 * different slides in 18 and more; a changed line of text may differ in none, so a hash proposes and never decides.
 */
export function perceptualHash(luma: Picture): string {
  const small = shrink(luma);
  const rows = new Float64Array(side * kept);
  for (let y = 0; y < side; y += 1) {
    for (let u = 0; u < kept; u += 1) {
      let sum = 0;
      for (let x = 0; x < side; x += 1) sum += small[y * side + x]! * basis[(u + 1) * side + x]!;
      rows[y * kept + u] = sum;
    }
  }
  const coefficients = new Float64Array(kept * kept);
  for (let v = 0; v < kept; v += 1) {
    for (let u = 0; u < kept; u += 1) {
      let sum = 0;
      for (let y = 0; y < side; y += 1) sum += rows[y * kept + u]! * basis[(v + 1) * side + y]!;
      coefficients[v * kept + u] = sum;
    }
  }
  const median = coefficients.toSorted()[(kept * kept) / 2]!;
  let bits = 0n;
  for (const coefficient of coefficients) bits = (bits << 1n) | (coefficient > median ? 1n : 0n);
  return bits.toString(16).padStart(16, '0');
}

/** Bits in which two hashes differ, 0–64. */
export function hashDistance(a: string, b: string): number {
  let bits = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let count = 0;
  for (; bits > 0n; bits &= bits - 1n) count += 1;
  return count;
}

/** Mean of the pixels that fall into each cell. */
function shrink({ data, width, height }: Picture): Float64Array {
  const sums = new Float64Array(side * side);
  const counts = new Uint32Array(side * side);
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor((y * side) / height) * side;
    for (let x = 0; x < width; x += 1) {
      const cell = row + Math.floor((x * side) / width);
      sums[cell] = sums[cell]! + data[y * width + x]!;
      counts[cell] = counts[cell]! + 1;
    }
  }
  return sums.map((sum, cell) => sum / Math.max(1, counts[cell]!));
}
