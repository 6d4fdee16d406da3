import { plainText } from '../core/plain-text.ts';
import { errorColours, printAside, printError } from './print.ts';
import { FramesiftError, exitCodes, interruptedExitCode, messageOf, systemCodeOf } from '../core/errors.ts';

/** Sets the exit code for an error and prints its one line; with `verbose` the stack as well. */
export function endWith(error: unknown, verbose: boolean): void {
  if (isInterruption(error)) {
    // A run that was stopped because nobody can be told its results has said so.
    if (unprintable) return;
    process.exitCode = interruptedExitCode;
    printAside('Interrupted. Run the same command again to continue.\n');
    return;
  }
  const known = error instanceof FramesiftError;
  process.exitCode = known ? exitCodes[error.code] : 1;
  const hint = known ? '' : ' This is a fault of framesift: please report it with what --verbose prints.';
  printError(`${messageOf(error)}${hint}`);
  if (verbose && error instanceof Error) printAside(`${error.stack ?? ''}\n`);
}

let unprintable = false;

/**
 * What is to happen where nothing more can be printed. Whoever reads has read enough (`framesift models | head`): that is
 * no fault, and there is nobody left to tell. A full disk behind `>` is one. Either way a run under way is stopped in
 * order, so that it can be continued.
 */
export function endUnprintable(): void {
  let told = false;
  process.stdout.on('error', (error) => {
    if (told) return;
    told = true;
    const code = systemCodeOf(error) ?? 'unknown reason';
    if (code !== 'EPIPE') {
      unprintable = true;
      process.exitCode = exitCodes.output;
      const why = code === 'ENOSPC' ? 'no room left on the disk' : code;
      printError(`standard output: cannot be written (${why}). Write it to another place; run again to continue.`);
    }
    if (process.listenerCount('SIGTERM') === 0) process.exit();
    process.emit('SIGTERM', 'SIGTERM');
  });
  // Without standard error the results are still worth having.
  process.stderr.on('error', () => {});
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
  return `${errorColours.red('Error:')} ${plainText(said.replace(/^[a-z]/, (letter) => letter.toUpperCase()))} ${hint}\n`;
}
