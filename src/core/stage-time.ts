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
