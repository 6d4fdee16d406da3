import type { StageTime } from '../core/stage-time.ts';
import type { FrameSource } from '../core/video.ts';

/** What several decoding processes of one run took, added up by stage. */
export class DecoderTally {
  readonly #stages = new Map<string, StageTime>();
  #cpuMs = 0;

  get stages(): readonly StageTime[] {
    return [...this.#stages.values()];
  }

  get cpuMs(): number {
    return Math.round(this.#cpuMs);
  }

  /** Counts what a source has done so far: once, between two passes, when it is not used any more. */
  async add(source: FrameSource): Promise<void> {
    const spent = await source.spent?.();
    this.#cpuMs += spent ? spent.cpuMs : lastPassMs(source);
    for (const time of spent?.stages ?? []) {
      const known = this.#stages.get(time.stage);
      this.#stages.set(time.stage, known ? sum(known, time) : time);
    }
  }
}

/** Of a source that cannot tell what all its passes took. */
function lastPassMs(source: FrameSource): number {
  try {
    return source.report().cpuMs;
  } catch {
    // No pass came to its end.
    return 0;
  }
}

function sum(a: StageTime, b: StageTime): StageTime {
  const waitMs = (a.waitMs ?? 0) + (b.waitMs ?? 0);
  return { ...a, wallMs: a.wallMs + b.wallMs, ...(waitMs > 0 ? { waitMs } : {}), count: a.count + b.count };
}
