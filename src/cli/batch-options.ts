import { execFileSync } from 'node:child_process';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { parseMemory, parseShard } from '../app/batch/batch.ts';
import { isBatchInput } from '../engine/batch/inputs.ts';
import type { BatchSettings } from '../core/batch.ts';
import { FramesiftError, messageOf } from '../core/errors.ts';
import { userPath } from './user-path.ts';
import { number } from './values.ts';
import { defined } from '../core/defined.ts';

/** Flags of every command that takes several videos. */
export interface BatchFlags {
  readonly jobs?: number | 'auto';
  readonly memory?: number;
  readonly shard?: { readonly part: number; readonly of: number };
  readonly limit?: number;
  readonly failFast?: boolean;
  readonly cpus?: string;
}

export function addBatchOptions(command: Command): Command {
  return command
    .option('-j, --jobs <count|auto>', 'videos at once (default: auto, one for each core)', jobCount)
    .option(
      '--memory <size>',
      'what all of them together may take, such as 4G (default: 80 % of what is free)',
      parseMemory,
    )
    .option('--shard <part/of>', 'this part of the videos alone, such as 2/8: for several machines', parseShard)
    .option('--limit <count>', 'the first so many videos alone', count)
    .option('--fail-fast', 'stop when a video fails (default: go on with the others)')
    .option('--cpus <list>', 'stay on these cores, such as 0-3 (Linux)');
}

/** Names of flags that make a batch of even one video. */
export const batchFlagNames = ['jobs', 'memory', 'shard', 'limit', 'failFast'] as const;

/** Whether a flag is about the batch, and no option of each run. */
export const isBatchFlag = (name: string): boolean => name === 'cpus' || batchFlagNames.some((flag) => flag === name);

/** Whether this call is about a batch: by its inputs, or by a flag that only a batch has. */
export async function isBatch(inputs: readonly string[], flags: BatchFlags): Promise<boolean> {
  if (batchFlagNames.some((name) => flags[name] !== undefined)) return true;
  return isBatchInput(inputs, userPath);
}

export function batchSettingsOf(flags: BatchFlags & { readonly threads?: number }): BatchSettings {
  const { jobs = 'auto', memory: memoryMb, threads, shard, limit, failFast } = flags;
  return { jobs, ...defined({ memoryMb, threads, shard, limit, failFast }) };
}

/**
 * Moves this process, and so all that it starts, to the given cores.
 *
 * @throws FramesiftError `usage` where the list is none, `dependency` where the system cannot do it
 */
export function stayOn(cpus: string): void {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(cpus)) {
    throw new FramesiftError('usage', `--cpus: ${cpus} is not a list of cores. Write 0-3 or 0,2.`);
  }
  if (process.platform !== 'linux')
    throw new FramesiftError('dependency', '--cpus works on Linux alone: leave it out.');
  try {
    // All threads: those that run already, of the garbage collector for one, are moved as well.
    execFileSync('taskset', ['-a', '-p', '-c', cpus, String(process.pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing) throw new FramesiftError('dependency', '--cpus needs the program taskset (util-linux).');
    throw new FramesiftError('usage', `--cpus: the cores ${cpus} cannot be had (${messageOf(error)}).`);
  }
}

function jobCount(text: string): number | 'auto' {
  return text === 'auto' ? text : count(text);
}

function count(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}
