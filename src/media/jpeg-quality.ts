/**
 * FFmpeg's quantiser scale for the usual JPEG quality of 1–100. libjpeg scales its tables by 200 − 2q per cent above 50
 * and by 5000 / q below; FFmpeg's scale stands at about a tenth of that percentage.
 */
export function quantiserScale(quality: number): number {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Math.min(31, Math.max(1, Math.round(percent / 10)));
}
