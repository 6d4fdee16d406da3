import type { JpegOptions, Picture } from '../../core/frame.ts';
import { fitWithin, lumaLongestSide } from '../picture-size.ts';
import type { Size } from '../picture-size.ts';
import { hiddenChain } from '../hidden.ts';
import { FrameFilter, packedRows, uprightChain } from './filter.ts';
import { JpegEncoder } from './jpeg.ts';
import type { NativeFrame } from './native.ts';

/** Turns decoded frames into the pictures that leave the decoding process: luma, RGB, JPEG. */
export class Stills implements Disposable {
  readonly #display: Size;
  readonly #rotation: number;
  readonly #luma: FrameFilter;
  readonly #rgb = new Map<number, FrameFilter>();
  readonly #yuv = new Map<number, FrameFilter>();
  readonly #encoders = new Map<string, JpegEncoder>();

  constructor(display: Size, rotation: number) {
    this.#display = display;
    this.#rotation = rotation;
    // Area averaging: text that is too small to be seen still leaves its grey, and noise averages out.
    this.#luma = new FrameFilter(() => this.#chain(lumaLongestSide, 'flags=area:out_range=pc', 'gray'));
  }

  luma(frame: NativeFrame): Picture {
    using out = this.#luma.apply(frame);
    return { data: packedRows(out, 1), width: out.width, height: out.height, channels: 1 };
  }

  rgb(frame: NativeFrame, longestSide = Infinity): Picture {
    const filter = kept(this.#rgb, longestSide, () => {
      return new FrameFilter(() => this.#chain(longestSide, 'flags=bicubic:out_range=pc', 'rgb24'));
    });
    using out = filter.apply(frame);
    return { data: packedRows(out, 3), width: out.width, height: out.height, channels: 3 };
  }

  jpeg(frame: NativeFrame, options: JpegOptions): Uint8Array {
    const { quality = 85, longestSide = Infinity, hidden = [] } = options;
    const chain = (): string =>
      this.#chain(longestSide, 'flags=bicubic:out_range=pc:out_color_matrix=bt601', 'yuv420p');
    const filter = kept(this.#yuv, longestSide, () => new FrameFilter(chain));
    // Elsewhere in each frame: a filter of its own for one that hides something.
    const hiding = hiddenChain(fitWithin(this.#display, longestSide), hidden, 'yuv420p');
    using own = hiding === '' ? undefined : new FrameFilter(() => chain() + hiding);
    using out = (own ?? filter).apply(frame);
    const key = `${out.width}x${out.height} ${quality}`;
    return kept(this.#encoders, key, () => new JpegEncoder({ width: out.width, height: out.height }, quality)).encode(
      out,
    );
  }

  #chain(longestSide: number, scaleOptions: string, format: string): string {
    const size = fitWithin(this.#display, longestSide);
    // Scaling comes before turning: it is the cheaper order, and so the sides are swapped here.
    const turned = this.#rotation % 180 !== 0;
    const [width, height] = turned ? [size.height, size.width] : [size.width, size.height];
    return `scale=${width}:${height}:${scaleOptions},format=${format}${uprightChain(this.#rotation)}`;
  }

  [Symbol.dispose](): void {
    this.#luma[Symbol.dispose]();
    for (const part of [...this.#rgb.values(), ...this.#yuv.values(), ...this.#encoders.values()]) {
      part[Symbol.dispose]();
    }
  }
}

function kept<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
