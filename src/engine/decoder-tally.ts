import { addedUp, type StageTime } from '../core/stage-time.ts';
import type { FrameSource } from '../core/video.ts';

/** What several decoding processes of one run took, added up by stage. */
export class DecoderTally {
  #stages: readonly StageTime[] = [];
  #cpuMs = 0;

  get stages(): readonly StageTime[] {
    return this.#stages;
  }

  get cpuMs(): number {
    return Math.round(this.#cpuMs);
  }

  /** Counts what a source has done so far: once, between two passes, when it is not used any more. */
  async add(source: FrameSource): Promise<void> {
    const spent = await source.spent?.();
    this.#cpuMs += spent ? spent.cpuMs : lastPassMs(source);
    this.#stages = addedUp([...this.#stages, ...(spent?.stages ?? [])]);
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
