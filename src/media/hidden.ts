import type { Region } from '../core/face.ts';
import type { Size } from './picture-size.ts';

/** Blocks along the shorter side of what is hidden: six tell nobody from another. */
const blocks = 6;

/**
 * The end of a filter chain that makes parts of a 4:2:0 picture unrecognizable: each is scaled down to a few blocks and
 * up again, so that nothing of what was there can be computed back from it.
 *
 * @param regions left, top, width, height as shares of the picture
 * @param format of the pixels, such as `yuv420p`
 */
export function hiddenChain({ width, height }: Size, regions: readonly Region[], format: string): string {
  return regions
    .map((region) => boxOf(region, width, height))
    .filter(([, , wide, high]) => wide >= 2 && high >= 2)
    .map(([x, y, wide, high], index) => {
      const block = Math.max(2, Math.ceil(Math.min(wide, high) / blocks));
      const [across, down] = [Math.max(1, Math.round(wide / block)), Math.max(1, Math.round(high / block))];
      const coarse = `crop=${wide}:${high}:${x}:${y},scale=${across}:${down}:flags=area,scale=${wide}:${high}:flags=neighbor`;
      const [whole, part, hidden] = ['whole', 'part', 'hidden'].map((name) => `${name}${index}`);
      return `,split[${whole}][${part}];[${part}]${coarse},format=${format}[${hidden}];[${whole}][${hidden}]overlay=${x}:${y}:format=yuv420,format=${format}`;
    })
    .join('');
}

/** Whole pixels within the picture, even ones: colours have half as many. */
function boxOf([left, top, wide, high]: Region, width: number, height: number): [number, number, number, number] {
  const even = (value: number, most: number): number => 2 * Math.floor(Math.min(Math.max(value, 0), most) / 2);
  const upTo = (value: number, most: number): number => Math.min(most, 2 * Math.ceil(Math.max(value, 0) / 2));
  const [x, y] = [even(left * width, width), even(top * height, height)];
  return [x, y, upTo((left + wide) * width, width) - x, upTo((top + high) * height, height) - y];
}
