import type { Device } from '../core/device.ts';
import type { Method } from '../stream/rpc.ts';
import type { Piece } from './provider.ts';

export interface Load {
  readonly model: string;
  readonly projector: string;
  /** Of one slot. */
  readonly contextTokens: number;
  /** Questions at once. */
  readonly slots: number;
  readonly device: Device;
}

/** A graphics card, or the CPU, that a build of the engine finds. */
export interface EngineDevice {
  readonly build: string;
  readonly name: string;
  readonly gpu: boolean;
}

export interface Loaded {
  readonly type: 'loaded';
  /** Where it runs, as the engine calls it. */
  readonly device: string;
}

export interface Refused {
  readonly type: 'refused';
  readonly part: 'engine' | 'model' | 'projector';
  readonly message: string;
}

export type Answered =
  | ({ readonly type: 'end' } & Extract<Piece, { end: string }>)
  /** The same question would fail again. */
  | { readonly type: 'hopeless'; readonly message: string };

/** What the embedded model's process does. */
export interface EngineMethods {
  readonly load: Method<Load, Loaded | Refused>;
  /** Takes the engine's own options, and tells the answer's text as it is written. */
  readonly ask: Method<Readonly<Record<string, unknown>>, Answered, string>;
  readonly inspect: Method<void, readonly EngineDevice[]>;
}
