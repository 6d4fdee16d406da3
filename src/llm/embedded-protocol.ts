import type { Piece } from './provider.ts';

/** What the embedded model's process is told. */
export type EngineRequest =
  | { readonly type: 'load'; readonly model: string; readonly projector: string; readonly contextTokens: number }
  | { readonly type: 'ask'; readonly options: Readonly<Record<string, unknown>>; readonly maxTokens: number }
  | { readonly type: 'stop' };

/** What it answers: `text` and one `end` or `failed` for each `ask`. */
export type EngineReply =
  | { readonly type: 'loaded' }
  | { readonly type: 'refused'; readonly part: 'engine' | 'model' | 'projector'; readonly message: string }
  | { readonly type: 'text'; readonly text: string }
  | ({ readonly type: 'end' } & Extract<Piece, { end: string }>)
  | { readonly type: 'failed'; readonly message: string };
