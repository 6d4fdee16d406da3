import type { ErrorCode } from '../../core/errors.ts';

/** One line of `framesift doctor`. */
export interface Check {
  readonly area: 'node' | 'decoder' | 'models' | 'servers' | 'model' | 'disk' | 'memory';
  readonly name: string;
  /** False where something that was asked for, or that every run needs, does not work. */
  readonly ok: boolean;
  readonly says: string;
  /** What to do: always where it is not ok, and where something could be better. */
  readonly fix?: string;
  /** The kind of failure, for the exit code. */
  readonly code?: ErrorCode;
}
