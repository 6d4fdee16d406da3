import type { ErrorCode } from '../../core/errors.ts';
import type { Picture } from '../../core/frame.ts';

/** A picture and what is to be known about it. The picture's data are given away. */
export interface Question {
  readonly picture: Picture;
}

/** To the thread. Questions are answered in the order asked. */
export type Request<Q extends Question> =
  | { readonly type: 'ask'; readonly call: number; readonly question: Q }
  | { readonly type: 'cancel'; readonly call: number }
  | { readonly type: 'close' };

/** From the thread: `ready` or `failed` once, then one answer for every `ask`. */
export type Reply<A> =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: Failure }
  | { readonly type: 'answer'; readonly call: number; readonly answer: A }
  | { readonly type: 'refused'; readonly call: number; readonly error: Failure };

/** An error on its way between threads, where a class does not survive; no `code` for a bug. */
export interface Failure {
  readonly code?: ErrorCode;
  readonly message: string;
}
