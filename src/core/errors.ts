const marker = Symbol.for('framesift.error');

/** Whether an error is one that Framesift raised on purpose, by whichever copy of the package. */
export function isFramesiftError(error: unknown): error is FramesiftError {
  return typeof error === 'object' && error !== null && marker in error;
}

/**
 * What ended badly, in one line that says what to do next.
 *
 * Every error that Framesift raises on purpose is one of these; anything else is a bug and exits with 1.
 */
export class FramesiftError extends Error {
  readonly code: ErrorCode;
  /** Tells these errors apart where two copies of the package are loaded: `instanceof` knows those of one copy. */
  readonly [marker] = true;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FramesiftError';
    this.code = code;
  }
}

/** Exit codes of the command, one per kind of failure. All are below 124; Ctrl-C gives 130. */
export const exitCodes = {
  /** An option or argument that cannot be taken. */
  usage: 2,
  /** The input is missing, a directory, or may not be read. */
  input: 3,
  /** The input was read and is not a video that can be used: no video stream, encrypted, empty, not media. */
  media: 4,
  /** The result cannot be written: no room, no permission, the folder belongs to another video. */
  output: 5,
  /** An optional part that this call needs is not installed. */
  dependency: 6,
  /** A model or its server cannot be used. */
  model: 7,
  /** The decoder's process died in native code. */
  crash: 8,
  /** Of several videos at least one failed; the others are done. */
  batch: 9,
  /** The run, or a run of a batch, ended and part of it failed; the same command asks for just these again. */
  incomplete: 10,
} as const;

/** What kind of failure an error is; `exitCodes` has the number of each. */
export type ErrorCode = keyof typeof exitCodes;

/** Ctrl-C, or the caller's own signal: the run can be continued. */
export const interruptedExitCode = 130;

/** The first line of any thrown thing, for a message meant for people. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? text;
}

/** The system's own code (`ENOSPC`, `EACCES`, …) where the error carries one. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
