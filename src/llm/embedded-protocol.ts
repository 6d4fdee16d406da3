import type { Device } from '../core/device.ts';
import type { Piece } from './provider.ts';

/** What the embedded model's process is told. `id` names a question from its `ask` to its end. */
export type EngineRequest =
  | {
      readonly type: 'load';
      readonly model: string;
      readonly projector: string;
      /** Of one slot. */
      readonly contextTokens: number;
      /** Questions at once. */
      readonly slots: number;
      readonly device: Device;
    }
  | { readonly type: 'ask'; readonly id: number; readonly options: Readonly<Record<string, unknown>> }
  | { readonly type: 'stop'; readonly id: number }
  | { readonly type: 'inspect' };

/** A graphics card, or the CPU, that a build of the engine finds. */
export interface EngineDevice {
  readonly build: string;
  readonly name: string;
  readonly gpu: boolean;
}

/** What it answers to `inspect`. */
export type InspectReply =
  | { readonly type: 'inspected'; readonly devices: readonly EngineDevice[] }
  | { readonly type: 'refused'; readonly part: 'engine'; readonly message: string };

/** What it answers to `load`. */
export type LoadReply =
  /** `device`: where it runs, as the engine calls it. */
  | { readonly type: 'loaded'; readonly device: string }
  | { readonly type: 'refused'; readonly part: 'engine' | 'model' | 'projector'; readonly message: string };

/** What it answers to `ask`: any number of `text`, then one `end` or `failed`. */
export type AskReply = { readonly id: number } & (
  | { readonly type: 'text'; readonly text: string }
  | ({ readonly type: 'end' } & Extract<Piece, { end: string }>)
  | { readonly type: 'failed'; readonly message: string; readonly hopeless: boolean }
);
