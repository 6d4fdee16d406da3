import type { Picture } from '../../core/frame.ts';

/** To the encoding process: one `begin`, then frames in the order of their times, then `end`. Each is answered once. */
export type ToEncoder =
  | {
      readonly type: 'begin';
      readonly path: string;
      readonly width: number;
      readonly height: number;
      readonly rate: number;
    }
  | { readonly type: 'frame'; readonly picture: Picture; readonly timeSeconds: number }
  | { readonly type: 'end' };

export interface FromEncoder {
  /** What went wrong; absent where all is well. */
  readonly error?: string;
}
