/** What a stage of a run took. */
export interface StageTime {
  readonly stage: string;
  /** Who did it: this process' main thread, the decoding process, another thread, a model's server. Default: here. */
  readonly where?: 'here' | 'decoder' | 'thread' | 'server';
  /** Summed over all times that it was done, waiting included; what overlapped counts each for itself. */
  readonly wallMs: number;
  /** Of that, the part in which nothing was done but waiting. */
  readonly waitMs?: number;
  readonly cpuMs?: number;
  readonly count: number;
}

/** The same stages of several processes as one list, in order of first appearance. */
export function addedUp(times: readonly StageTime[]): StageTime[] {
  const stages = new Map<string, StageTime>();
  for (const time of times) {
    const known = stages.get(time.stage);
    const waitMs = (known?.waitMs ?? 0) + (time.waitMs ?? 0);
    stages.set(time.stage, {
      ...time,
      wallMs: (known?.wallMs ?? 0) + time.wallMs,
      ...(waitMs > 0 ? { waitMs } : {}),
      count: (known?.count ?? 0) + time.count,
    });
  }
  return [...stages.values()];
}
