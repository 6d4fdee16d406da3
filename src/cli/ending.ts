import { errorColours } from './colours.ts';
import { FramesiftError, exitCodes, interruptedExitCode, messageOf } from '../core/errors.ts';

/** Sets the exit code for an error and prints its one line; with `verbose` the stack as well. */
export function endWith(error: unknown, verbose: boolean): void {
  if (isInterruption(error)) {
    process.exitCode = interruptedExitCode;
    process.stderr.write('Interrupted. Run the same command again to continue.\n');
    return;
  }
  const known = error instanceof FramesiftError;
  process.exitCode = known ? exitCodes[error.code] : 1;
  const hint = known ? '' : ' This is a fault of framesift: please report it with what --verbose prints.';
  process.stderr.write(`${errorColours.red('Error:')} ${messageOf(error)}${hint}\n`);
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}

/** The reason that `interruptible` aborts with. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}

function isInterruption(error: unknown): boolean {
  return error instanceof Interruption || (error instanceof Error && error.cause instanceof Interruption);
}

/** A signal that Ctrl-C and a polite kill abort; the second Ctrl-C ends the process at once. */
export function interruptible(): AbortSignal & Disposable {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(interruptedExitCode);
    controller.abort(new Interruption('interrupted'));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  return Object.assign(controller.signal, {
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, stop);
    },
  });
}

/** Commander's complaint about the command line as one line like all others. */
export function usageLine(text: string): string {
  const said = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/[^.!?)]$/, '$&.');
  // A file may begin with a dash; what ends as videos do is more likely one than an option.
  const [, file] = /unknown option '(-[^']*\.\w{2,4})'/.exec(said) ?? [];
  const hint = file === undefined ? 'See framesift --help.' : `If it is a file, write ./${file}`;
  return `${errorColours.red('Error:')} ${said.replace(/^[a-z]/, (letter) => letter.toUpperCase())} ${hint}\n`;
}
