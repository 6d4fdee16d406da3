import type { DriverFace, EyeEvidence, EyeMeasurement } from '../../../core/face.ts';
import type { DriverRules } from './rules.ts';

/** How the eyes are believed to be by what their pictures said up to now: chances that add up to 1. */
export type EyeBeliefs = EyeEvidence;

/** Before anything was seen. Own choice: lids are down for less than a tenth of the time, hidden eyes are rarer. */
const before: EyeBeliefs = { open: 0.87, down: 0.08, hidden: 0.05 };
/** That one of two eyes is hidden while the other one is seen: behind a hand, hair, the nose. Own choice. */
const oneHidden = 0.15;
/** Pictures of one eye a tenth of a second apart err alike: each says less than it would alone. Seconds that count in full. */
const independentSeconds = 0.1;
/** Chances so small are as likely mistakes of the network. */
const least = 0.02;

/**
 * What pictures of the eyes say, over time: a hidden Markov model of open eyes, lids that are down, and hidden eyes, filtered
 * forward. How often one becomes the other is in the rules' table.
 */
export class EyeBelief {
  readonly #rules: DriverRules;
  #now: EyeBeliefs = before;
  #at: number | undefined;

  constructor(rules: DriverRules) {
    this.#rules = rules;
  }

  /** @returns undefined where no picture of an eye was looked at */
  push(timeSeconds: number, driver: DriverFace | undefined): EyeBeliefs | undefined {
    const seconds = this.#at === undefined ? 0 : timeSeconds - this.#at;
    const said = driver && likelihood(driver);
    if (!said) return undefined;
    const ahead = this.#at === undefined ? before : this.#passed(seconds);
    this.#at = timeSeconds;
    const share = Math.min(1, Math.max(0.25, seconds / independentSeconds));
    const weighed = {
      open: ahead.open * said.open ** share,
      down: ahead.down * said.down ** share,
      hidden: ahead.hidden * said.hidden ** share,
    };
    const sum = weighed.open + weighed.down + weighed.hidden;
    this.#now = { open: weighed.open / sum, down: weighed.down / sum, hidden: weighed.hidden / sum };
    return this.#now;
  }

  /** What is to be expected after that time. */
  #passed(seconds: number): EyeBeliefs {
    const { lidsFallPerSecond, lidsRisePerSecond, eyesHidePerSecond, eyesShowPerSecond } = this.#rules;
    const left = (perSecond: number): number => Math.exp(-perSecond * seconds);
    const { open, down, hidden } = this.#now;
    const [falls, rises] = [1 - left(lidsFallPerSecond), 1 - left(lidsRisePerSecond)];
    const [hide, show] = [1 - left(eyesHidePerSecond), 1 - left(eyesShowPerSecond)];
    const stillOpen = open * (1 - falls) + down * rises;
    const stillDown = down * (1 - rises) + open * falls;
    return {
      open: stillOpen * (1 - hide) + hidden * show * (before.open / (before.open + before.down)),
      down: stillDown * (1 - hide) + hidden * show * (before.down / (before.open + before.down)),
      hidden: hidden * (1 - show) + (stillOpen + stillDown) * hide,
    };
  }
}

/** Of both eyes together, each believed as far as its confidence goes. */
function likelihood({ left, right }: DriverFace): EyeEvidence | undefined {
  const eyes = [left, right].flatMap((eye) =>
    eye.evidence && eye.confidence > 0 ? [believed(eye, eye.evidence)] : [],
  );
  if (eyes.length === 0) return undefined;
  const product = (of: (eye: EyeEvidence) => number): number => eyes.reduce((all, eye) => all * of(eye), 1);
  return {
    open: product(({ open, hidden }) => (1 - oneHidden) * open + oneHidden * hidden),
    down: product(({ down, hidden }) => (1 - oneHidden) * down + oneHidden * hidden),
    hidden: product(({ hidden }) => hidden),
  };
}

/** The network knows small and turned eyes, and says less of them itself; how far they are seen counts half. */
function believed({ confidence }: EyeMeasurement, { open, down, hidden }: EyeEvidence): EyeEvidence {
  const trust = Math.sqrt(confidence);
  const partly = (chance: number): number => Math.max(least, chance) * trust + (1 - trust) / 3;
  return { open: partly(open), down: partly(down), hidden: partly(hidden) };
}
