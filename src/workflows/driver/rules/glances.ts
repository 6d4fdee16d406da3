/** A stretch off the road. Stretches between which the driver only blinked are of one glance. */
interface Away {
  readonly glance: number;
  readonly start: number;
  end: number;
  /** Sum of the confidence of its frames, each weighed by its seconds. */
  sure: number;
}

/** What the window holds at some time. */
export interface GlancesTally {
  /** Seconds off the road. */
  readonly seconds: number;
  /** In how many glances. */
  readonly count: number;
  /** When the first one began, within the window. */
  readonly start: number;
  /** 0–1, mean over those seconds. */
  readonly confidence: number;
}

/**
 * Glances off the road within a sliding window: the tally behind VATS ("visual attention time sharing", Euro NCAP Safe
 * Driving protocol v10.4). It is emptied by looking at the road for long enough. Time of which nothing is known is
 * added to neither side, and begins the look at the road anew, unless it is as short as a blink.
 */
export class Glances {
  readonly #windowSeconds: number;
  readonly #backSeconds: number;
  readonly #blinkSeconds: number;
  #stretches: Away[] = [];
  #glance = 0;
  #away = false;
  #onRoad = 0;
  #unknown = 0;

  constructor(windowSeconds: number, backSeconds: number, blinkSeconds: number) {
    this.#windowSeconds = windowSeconds;
    this.#backSeconds = backSeconds;
    this.#blinkSeconds = blinkSeconds;
  }

  /** A stretch in which the gaze was off the road, on it, or unknown. */
  add(start: number, end: number, away: boolean | undefined, confidence: number): void {
    if (away === undefined) {
      this.#unknown += end - start;
      if (this.#unknown <= this.#blinkSeconds + 1e-6) return;
      this.#away = false;
      this.#onRoad = 0;
      return;
    }
    this.#unknown = 0;
    if (away) {
      this.#onRoad = 0;
      if (!this.#away) this.#glance += 1;
      this.#away = true;
      const sure = (end - start) * confidence;
      const last = this.#stretches.at(-1);
      if (last?.glance === this.#glance && start - last.end < 1e-6) {
        last.end = end;
        last.sure += sure;
      } else this.#stretches.push({ glance: this.#glance, start, end, sure });
      return;
    }
    this.#away = false;
    this.#onRoad += end - start;
    if (this.#onRoad >= this.#backSeconds - 1e-6) this.#stretches = [];
  }

  /** When the first one that still counts began; undefined where none does. */
  get earliest(): number | undefined {
    return this.#stretches[0]?.start;
  }

  /** What lies within the window up to this time. */
  at(timeSeconds: number): GlancesTally {
    const from = timeSeconds - this.#windowSeconds;
    if (this.#stretches[0] && this.#stretches[0].end <= from) {
      this.#stretches = this.#stretches.filter(({ end }) => end > from);
    }
    let [seconds, sure, count, before] = [0, 0, 0, 0];
    for (const stretch of this.#stretches) {
      const within = stretch.end - Math.max(stretch.start, from);
      seconds += within;
      sure += stretch.sure * (within / (stretch.end - stretch.start));
      if (stretch.glance !== before) count += 1;
      before = stretch.glance;
    }
    const start = Math.max(from, this.#stretches[0]?.start ?? timeSeconds);
    return { seconds, count, start, confidence: seconds > 0 ? sure / seconds : 0 };
  }
}
