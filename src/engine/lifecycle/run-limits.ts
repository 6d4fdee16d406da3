import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FramesiftError } from '../../core/errors.ts';

/** What one run may take besides what its decoder may. */
export interface RunLimits {
  /** Seconds. Default: any number. */
  readonly maxSeconds?: number | undefined;
  /** MB of results in its folder. Default: any number. */
  readonly maxOutputMb?: number | undefined;
}

const lookEveryMs = 2000;

/**
 * A signal that ends a run which takes more than it may; with the signal of whoever began it. Times are counted by the
 * system's own clock, which no change of date moves.
 */
export function limitedSignal(
  signal: AbortSignal,
  folder: string,
  { maxSeconds, maxOutputMb }: RunLimits,
): { readonly signal: AbortSignal } & Disposable {
  const exceeded = new AbortController();
  const end = (code: 'usage' | 'output', message: string): void => exceeded.abort(new FramesiftError(code, message));
  const timers: NodeJS.Timeout[] = [];
  if (maxSeconds !== undefined) {
    const why = `took longer than its limit of ${maxSeconds} s. Run the same command with a larger --max-seconds: what is done is kept.`;
    timers.push(setTimeout(() => end('usage', `${folder}: ${why}`), Math.min(maxSeconds * 1000, 2 ** 31 - 1)));
  }
  if (maxOutputMb !== undefined) {
    const look = async (): Promise<void> => {
      const megabytes = (await bytesIn(folder)) / 1e6;
      if (megabytes <= maxOutputMb) return;
      const why = `its results take ${Math.ceil(megabytes)} MB, more than their limit of ${maxOutputMb}. Run the same command with a larger --max-output-mb.`;
      end('output', `${folder}: ${why}`);
    };
    timers.push(setInterval(() => void look(), lookEveryMs));
  }
  for (const timer of timers) timer.unref();
  return {
    signal: AbortSignal.any([signal, exceeded.signal]),
    [Symbol.dispose]: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    if (!entry.isFile()) return 0;
    return (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
