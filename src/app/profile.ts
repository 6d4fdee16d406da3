import type { RunRecord } from '../core/run.ts';
import type { StageTime } from '../core/stage-time.ts';
import { readRecord } from '../store/run-folder.ts';

/** Where the time of a finished run went. Milliseconds. */
export interface Profile {
  readonly wallMs: number;
  /** CPU time of the decoding processes, and of this one with all its threads. */
  readonly cpuMs: { readonly decoder: number; readonly here: number };
  /** The share of `wallMs` that each stage worked; above 1 where several processes did. */
  readonly stages: readonly (StageTime & { readonly workMs: number; readonly share: number })[];
}

export function profileOf({ started, finished, timings, decode, cost }: RunRecord): Profile {
  const wallMs = finished === undefined ? 0 : Date.parse(finished) - Date.parse(started);
  const decoder = Math.round(decode?.cpuMs ?? 0);
  return {
    wallMs,
    cpuMs: { decoder, here: Math.max(0, cost.cpuMs - decoder) },
    stages: timings.map((timing) => {
      const workMs = timing.wallMs - (timing.waitMs ?? 0);
      return { ...timing, workMs, share: wallMs > 0 ? workMs / wallMs : 0 };
    }),
  };
}

/** Of the run that is in a folder; undefined where none is. */
export async function readProfile(folder: string): Promise<Profile | undefined> {
  const record = await readRecord(folder);
  return record && profileOf(record);
}
