import { pino } from 'pino';
import type { Logger } from 'pino';
import { redact } from '../core/secrets.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export type RunLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** JSON lines into a file; it is made with the first line and flushed when it is disposed. */
export function openRunLog(path: string, level: LogLevel): RunLog & AsyncDisposable {
  const destination = pino.destination({ dest: path, sync: false, append: true });
  // A log that cannot be written must not take the run with it: what cannot be written is told by the results.
  destination.on('error', () => {});
  const logger = pino({ level, base: { pid: process.pid }, hooks: { streamWrite: redact } }, destination);
  return Object.assign(logger, {
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        destination.once('close', resolve);
        destination.once('error', () => resolve());
        destination.end();
      }),
  });
}
