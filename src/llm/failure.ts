import { FramesiftError } from '../core/errors.ts';
import type { Effort } from './model.ts';
import type { Refusal } from './refusal.ts';

/**
 * What went wrong with one request.
 * `refused`: nothing listens. `connection`: the line broke before the answer ended. `busy`: 429 or 503.
 * `server`: another 5xx. `request`: 4xx, asking again would not help. `first-token`, `answer`: too slow.
 */
export type RequestFailureKind = 'refused' | 'connection' | 'busy' | 'server' | 'request' | 'first-token' | 'answer';

export class RequestFailure extends Error {
  readonly kind: RequestFailureKind;
  /** What the server asked for with `Retry-After`, milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** What of the request the server does not take, where it says so. */
  readonly refusal: Refusal | undefined;

  constructor(
    kind: RequestFailureKind,
    message: string,
    options: ErrorOptions & { retryAfterMs?: number; refusal?: Refusal } = {},
  ) {
    super(message, options);
    this.name = 'RequestFailure';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.refusal = options.refusal;
  }
}

/**
 * Why there is no answer: the request failed for good, what came back could not be used, or it was not asked, as the
 * budget is spent.
 */
export type AnswerErrorKind = RequestFailureKind | 'truncated' | 'invalid' | 'budget';

/** A question that has no answer. The run goes on without it. */
export class AnswerError extends FramesiftError {
  readonly kind: AnswerErrorKind;
  /** What the model wrote, where it wrote something. */
  readonly raw: string | undefined;
  /** What was spent on it all the same. */
  readonly effort: Effort;

  constructor(kind: AnswerErrorKind, message: string, options: ErrorOptions & { raw?: string; effort: Effort }) {
    super('model', message, options);
    this.name = 'AnswerError';
    this.kind = kind;
    this.raw = options.raw;
    this.effort = options.effort;
  }
}
