import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { MemoryGate } from '../../engine/batch/run-batch.ts';

/** Expected of a job before one was seen: a recording at 1080p with its models, MiB (`bench/speed/memory.ts`). */
const expectedMb = 700;

/** Room left for what the processes' figures do not show, share of the budget. */
const reserve = 0.05;

/** What is free now and may be taken without pushing anything else out, MiB; a container's limit counts. */
export const freeMemoryMb = (): number => process.availableMemory() / 2 ** 20;

/**
 * Keeps a batch within its memory: a further job begins where the budget has room for what the largest so far has
 * taken, beside what all processes hold now.
 */
export class MemoryBudget implements MemoryGate {
  readonly budgetMb: number;
  readonly #pids: () => readonly number[];
  #peakMb = 0;
  #mostPerJobMb = 0;
  #sampling: NodeJS.Timeout | undefined;

  /** @param pids the processes whose trees count */
  constructor(budgetMb: number, pids: () => readonly number[]) {
    this.budgetMb = budgetMb;
    this.#pids = pids;
  }

  /** The most that all processes held together, MiB, as far as it was looked at. */
  get peakMb(): number {
    return this.#peakMb;
  }

  /** Looks now and then, so that the peak is known. */
  watch(running: () => number): Disposable {
    const look = async (): Promise<void> => {
      await this.#look(running());
      this.#sampling = setTimeout(() => void look(), 500);
      this.#sampling.unref();
    };
    void look();
    return { [Symbol.dispose]: () => clearTimeout(this.#sampling) };
  }

  async admits(running: number): Promise<boolean> {
    const held = await this.#look(running);
    const next = Math.max(expectedMb, this.#mostPerJobMb);
    // A job that began a moment ago has not grown yet: it is counted as large as it may become.
    return Math.max(held, running * next) + next <= this.budgetMb * (1 - reserve);
  }

  async #look(running: number): Promise<number> {
    const held = await treeMemoryMb(this.#pids());
    this.#peakMb = Math.max(this.#peakMb, held);
    if (running > 0) this.#mostPerJobMb = Math.max(this.#mostPerJobMb, held / running);
    return held;
  }
}

/** Resident memory of processes and all below them, MiB. 0 where the system does not tell. */
export async function treeMemoryMb(pids: readonly number[]): Promise<number> {
  if (pids.length === 0) return 0;
  const table = process.platform === 'linux' ? await fromProc(pids) : await fromPs(pids);
  return table / 1024;
}

/** Kilobytes, from /proc: the children of a process are listed with its main thread. */
async function fromProc(pids: readonly number[]): Promise<number> {
  let sum = 0;
  const open = [...pids];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    try {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      sum += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
      open.push(...children.split(' ').filter(Boolean).map(Number));
    } catch {
      // It has ended.
    }
  }
  return sum;
}

/** Kilobytes, from the `ps` of macOS and the BSDs. */
async function fromPs(pids: readonly number[]): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,rss='], { maxBuffer: 2 ** 24 });
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
    const ours = new Set(pids);
    for (let grown = true; grown;) {
      const before = ours.size;
      for (const [pid, parent] of rows) if (ours.has(parent)) ours.add(pid);
      grown = ours.size > before;
    }
    return rows.reduce((sum, [pid, , kilobytes]) => sum + (ours.has(pid) ? kilobytes : 0), 0);
  } catch {
    // No such program: the budget is kept by what is expected of a job.
    return 0;
  }
}
