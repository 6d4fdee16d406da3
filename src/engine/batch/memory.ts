import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { MemoryGate } from './run-batch.ts';

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
  #peakMb = 0;
  #maxPerJobMb = 0;
  #sampling: NodeJS.Timeout | undefined;

  constructor(budgetMb: number) {
    this.budgetMb = budgetMb;
  }

  /** The most that all processes held together, MiB, as far as it was looked at. */
  get peakMb(): number {
    return this.#peakMb;
  }

  /** Looks now and then, so that the peak is known. */
  watch(running: () => number): Disposable {
    const look = async (): Promise<void> => {
      await this.#look(running());
      this.#sampling = setTimeout(() => void look(), 1000);
      this.#sampling.unref();
    };
    void look();
    return { [Symbol.dispose]: () => clearTimeout(this.#sampling) };
  }

  async admits(running: number): Promise<boolean> {
    const held = await this.#look(running);
    const next = Math.max(expectedMb, this.#maxPerJobMb);
    // A job that began a moment ago has not grown yet: it is counted as large as it may become.
    return Math.max(held, running * next) + next <= this.budgetMb * (1 - reserve);
  }

  async #look(running: number): Promise<number> {
    const held = await treeMemoryMb(process.pid);
    this.#peakMb = Math.max(this.#peakMb, held);
    if (running > 0) this.#maxPerJobMb = Math.max(this.#maxPerJobMb, held / running);
    return held;
  }
}

/**
 * Memory of a process and all below it, MiB; 0 where the system does not tell. On Linux shared pages are divided among
 * those who share them, so that each counts once.
 */
export async function treeMemoryMb(root: number): Promise<number> {
  const kilobytes = process.platform === 'linux' ? await fromProc(root) : await fromPs(root);
  return kilobytes / 1024;
}

/** Kilobytes, from /proc: the children of a process are listed with its main thread. */
async function fromProc(root: number): Promise<number> {
  let sum = 0;
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    try {
      const memory = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
      sum += Number(/^Pss:\s+(\d+)/m.exec(memory)?.[1] ?? 0);
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
      open.push(...children.split(' ').filter(Boolean).map(Number));
    } catch {
      // It has ended.
    }
  }
  return sum;
}

/** Kilobytes, from the `ps` of macOS and the BSDs. */
async function fromPs(root: number): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,rss='], { maxBuffer: 2 ** 24 });
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
    const ours = new Set([root]);
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
