/** Longest side of the luma picture that measuring works on, pixels. Text lines of a full slide stay 4–6 px high. */
export const lumaLongestSide = 384;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Width and height as a player shows them: square pixels, then turned upright. */
export function displaySize(coded: Size, pixelAspect: number, rotation: number): Size {
  // The longer side grows, never shrinks, so that no decoded detail is lost.
  const width = pixelAspect >= 1 ? Math.round(coded.width * pixelAspect) : coded.width;
  const height = pixelAspect >= 1 ? coded.height : Math.round(coded.height / pixelAspect);
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Pixels less than one per cent from square are square: containers round the shape of the whole picture. */
export function squareWithinRounding(pixelAspect: number): number {
  return Math.abs(pixelAspect - 1) < 0.01 ? 1 : pixelAspect;
}

/** The same shape with its longer side at most `longestSide`; never enlarged, never below one pixel. */
export function fitWithin(size: Size, longestSide: number): Size {
  const scale = Math.min(1, longestSide / Math.max(size.width, size.height));
  return { width: Math.max(1, Math.round(size.width * scale)), height: Math.max(1, Math.round(size.height * scale)) };
}

/**
 * Clockwise turn in degrees (0, 90, 180, 270) from a 3×3 display matrix of 16.16 fixed-point numbers, row by row
 * (ISO/IEC 14496-12, track header). The matrix turns counter-clockwise in its own terms, hence the sign.
 */
export function rotationOf(matrix: Uint8Array | null): number {
  if (!matrix || matrix.byteLength < 36) return 0;
  const view = new DataView(matrix.buffer, matrix.byteOffset, matrix.byteLength);
  const a = view.getInt32(0, true);
  const b = view.getInt32(4, true);
  if (a === 0 && b === 0) return 0;
  const degrees = Math.round((Math.atan2(b, a) * 180) / Math.PI / 90) * 90;
  return ((degrees % 360) + 360) % 360;
}
