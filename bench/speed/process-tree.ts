import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

export interface Cost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Highest sum over the process and all its descendants, proportional set size, MB of a million bytes. */
  readonly peakMb: number;
}

/** Fields of /proc/PID/stat after the command's name, which may hold anything; proc(5) counts them from 3. */
function statOf(pid: number | 'self'): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** CPU seconds of the children that have ended, their own ended children included. A tick is 10 ms on Linux. */
function endedChildrenSeconds(): number {
  const fields = statOf('self');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = Number(statOf(Number(name))[1]);
      const known = children.get(parent);
      if (known) known.push(Number(name));
      else children.set(parent, [Number(name)]);
    } catch {
      // It ended while the list was read.
    }
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** Shared pages are divided among those who share them, so that a sum over processes counts each once. */
function memoryMb(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return (Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

/** Milliseconds between two looks at the memory, at least. */
const minBetweenMs = 200;

/**
 * Runs a command to its end and tells what it and everything it started took. Linux only.
 *
 * @param watching share of one core that looking at the memory may take. Low, so that it does not slow what is measured;
 *   higher where memory alone is of interest, for peaks of short processes are missed between two looks
 */
export async function costOf(command: string, options: readonly string[], watching = 0.02): Promise<Cost> {
  const before = endedChildrenSeconds();
  const began = performance.now();
  const child = spawn(command, options, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  let peakMb = 0;
  let timer: NodeJS.Timeout | undefined;
  const sample = (): void => {
    if (child.pid === undefined) return;
    const since = performance.now();
    peakMb = Math.max(
      peakMb,
      descendants(child.pid).reduce((sum, pid) => sum + memoryMb(pid), 0),
    );
    // The kernel walks all pages for it.
    timer = setTimeout(sample, Math.max(minBetweenMs, (performance.now() - since) * (1 / watching - 1)));
  };
  sample();
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${command} ${options.join(' ')} ended with ${code}: ${complaint.trim()}`);
  return { cpuSeconds: endedChildrenSeconds() - before, wallSeconds: (performance.now() - began) / 1000, peakMb };
}
