import type { DecoderTime } from '../../core/video.ts';

/** Adds up what the stages of the decoding process take. Two readings of the clock a packet: nothing beside decoding. */
export class Spent {
  readonly #stages = new Map<string, { wallMs: number; count: number }>();
  #busyMs = 0;
  #idleMs = 0;

  time<T>(stage: string, work: () => T): T {
    const started = performance.now();
    try {
      return work();
    } finally {
      const wallMs = performance.now() - started;
      let entry = this.#stages.get(stage);
      if (!entry) this.#stages.set(stage, (entry = { wallMs: 0, count: 0 }));
      entry.wallMs += wallMs;
      entry.count += 1;
      this.#busyMs += wallMs;
    }
  }

  /** Waiting for whoever takes the frames; what was asked for meanwhile is work. */
  async idle(waiting: () => Promise<void>): Promise<void> {
    const [started, busy] = [performance.now(), this.#busyMs];
    await waiting();
    this.#idleMs += performance.now() - started - (this.#busyMs - busy);
  }

  report(): DecoderTime {
    const { user, system } = process.cpuUsage();
    const stages = [...this.#stages].map(([stage, { wallMs, count }]) => {
      return { stage, where: 'decoder' as const, wallMs: Math.round(wallMs), count };
    });
    const idleMs = Math.round(this.#idleMs);
    return {
      stages: [...stages, { stage: 'idle', where: 'decoder', wallMs: idleMs, waitMs: idleMs, count: 1 }],
      cpuMs: Math.round((user + system) / 1000),
    };
  }
}
