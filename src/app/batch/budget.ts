import type { JobRecord } from '../../core/batch.ts';
import { FramesiftError } from '../../core/errors.ts';

type Options = Readonly<Record<string, unknown>>;
/** Of a budget, what it is counted in. */
type Spent = (cost: NonNullable<JobRecord['cost']>) => number;

const budgets: Readonly<Record<string, { readonly spent: Spent; readonly whole: boolean }>> = {
  maxTokensTotal: { spent: ({ tokensIn, tokensOut }) => tokensIn + tokensOut, whole: true },
  maxCost: { spent: ({ money = 0 }) => money, whole: false },
};

/**
 * The options of each run that is still to be made: what is left of the batch's budget, in equal shares. A run that was
 * killed has spent of its own share, which only grows from call to call, so that all runs together keep to the whole.
 *
 * @param jobs of the batch; finished ones have spent what their records say
 * @throws FramesiftError `usage` where nothing is left for each
 */
export function dividedBudget(options: Options, jobs: readonly JobRecord[]): Options {
  const divided: Record<string, unknown> = { ...options };
  const open = jobs.filter(({ state }) => state !== 'finished').length;
  for (const [name, { spent, whole }] of Object.entries(budgets)) {
    const total = options[name];
    if (typeof total !== 'number' || open === 0) continue;
    const gone = jobs.reduce((sum, { state, cost }) => sum + (state === 'finished' && cost ? spent(cost) : 0), 0);
    const share = Math.max(0, total - gone) / open;
    divided[name] = whole ? Math.floor(share) : share;
    if (!(whole ? share >= 1 : share > 0)) {
      throw new FramesiftError(
        'usage',
        `The budget of ${total} is spent: finished videos took ${gone}. Give a larger one for the ${open} that are left.`,
      );
    }
  }
  return divided;
}
