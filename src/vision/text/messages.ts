import type { ErrorCode } from '../../core/errors.ts';
import type { Picture } from '../../core/frame.ts';
import type { TextReading } from '../../core/measurement.ts';

/** To the thread that reads. Readings are answered in the order asked. */
export type Request =
  | { readonly type: 'read'; readonly call: number; readonly picture: Picture }
  | { readonly type: 'cancel'; readonly call: number }
  | { readonly type: 'close' };

/** From the thread that reads: `ready` or `failed` once, then one answer for every `read`. */
export type Reply =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: Failure }
  | { readonly type: 'reading'; readonly call: number; readonly reading: TextReading }
  | { readonly type: 'refused'; readonly call: number; readonly error: Failure };

/** An error on its way between threads, where a class does not survive; no `code` for a bug. */
export interface Failure {
  readonly code?: ErrorCode;
  readonly message: string;
}
