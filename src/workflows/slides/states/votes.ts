import type { FrameKind } from '../../../core/slide.ts';
import type { KindDecision } from './kind.ts';

/** What one frame classifier says of a view. Shares are 0–1. */
export interface GateVote {
  readonly model: string;
  readonly label: string;
  /** Of the labels that are kept, together. */
  readonly kept: number;
  /** Below it the view is refused; undefined where the classifier was never calibrated. */
  readonly threshold?: number;
}

export interface GateVerdict {
  readonly refused: boolean;
  /** 0–1, mean share by which the classifiers on the winning side are for it. */
  readonly confidence: number;
}

/** Where nobody has found a better one. */
const evenShare = 0.5;

export const refuses = ({ kept, threshold }: GateVote): boolean => kept < (threshold ?? evenShare);

/**
 * More than half of the classifiers must refuse. One alone decides only with a threshold that somebody has measured;
 * without one it needs a second of its opinion.
 */
export function gateVerdict(votes: readonly GateVote[]): GateVerdict {
  const against = votes.filter(refuses);
  const measured = against.some(({ threshold }) => threshold !== undefined);
  const refused = against.length * 2 > votes.length && (measured || against.length >= 2);
  const winners = refused ? against : votes.filter((vote) => !refuses(vote));
  const sides = winners.length > 0 ? winners : votes;
  const confidence = sides.reduce((sum, { kept }) => sum + (refused ? 1 - kept : kept), 0) / Math.max(1, sides.length);
  return { refused, confidence };
}

/** What labels in words say of a view: the shares of all labels by the kind they stand for. */
export interface WordedKind {
  readonly model: string;
  readonly label: string;
  readonly kind: FrameKind;
  /** 0–1, of all labels that stand for `kind`. */
  readonly confidence: number;
  /** From it on the model may overrule; undefined where it was never calibrated. */
  readonly threshold?: number;
}

/** True where the model is sure enough, by measurement, to overrule. */
export const overrules = ({ confidence, threshold }: WordedKind): boolean =>
  threshold !== undefined && confidence >= threshold;

/**
 * The kind by the rules of thumb and by a model together. A calibrated model that is sure decides; otherwise the rules
 * do. Where both agree the surer of the two counts.
 */
export function withWordedKind(rules: KindDecision, worded: WordedKind | undefined): KindDecision {
  if (worded === undefined) return rules;
  if (overrules(worded) && worded.kind !== rules.kind) {
    return { kind: worded.kind, confidence: worded.confidence, rule: 'words' };
  }
  if (worded.kind !== rules.kind) return rules;
  return { ...rules, confidence: Math.max(rules.confidence, overrules(worded) ? worded.confidence : 0) };
}
