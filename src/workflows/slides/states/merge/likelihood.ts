import { evidenceNames, type Evidence } from './evidence.ts';
import trained from './merge-model.json' with { type: 'json' };
import { probabilityOf, type BoostedTrees } from './model.ts';

const model = trained as unknown as BoostedTrees;

/** How likely two states are of one slide, 0–1, by the model that `bench/train/merge.ts` trained. */
export function sameLikelihood(evidence: Evidence): number {
  return probabilityOf(
    model,
    evidenceNames.map((name) => evidence[name]),
  );
}

/**
 * The same where no text was looked for. Rules that rather show a page twice than lose one: nothing that was drawn may be
 * gone, and what is added is a build only right after.
 */
export function drawingLikelihood({ lostPixels, drawn, next, details }: Evidence): number {
  if (lostPixels > leastLost) return 0.1;
  if (drawn < leastDrawn) return 0.95;
  return next === 1 && details > leastShown ? 0.8 : 0.2;
}

/** Two pixels of 200, a twentieth of the details, and as many details as a short title has. */
const leastLost = 0.01;
const leastDrawn = 0.02;
const leastShown = 0.1;
