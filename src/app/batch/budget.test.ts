import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobRecord } from '../../core/batch.ts';
import { dividedBudget } from './budget.ts';

const job = (state: JobRecord['state'], tokens = 0): JobRecord => ({
  video: 'a.mp4',
  folder: 'a',
  bytes: 1,
  attempts: 0,
  state,
  cost: { modelCalls: 1, tokensIn: tokens, tokensOut: 0, money: tokens / 100, cpuMs: 0, peakMemoryMb: 0 },
});

test('a batch’s budget is divided among the videos that are left, less what the finished ones took', () => {
  const options = { model: 'x', maxTokensTotal: 1000, maxCost: 10 };
  const fresh = [job('waiting'), job('waiting'), job('waiting')];
  assert.deepEqual(dividedBudget(options, fresh), { model: 'x', maxTokensTotal: 333, maxCost: 10 / 3 });
  // One has taken less than its share: the others have more. One was killed: what it has taken is of its own share.
  const later = [job('finished', 200), job('interrupted', 333), job('waiting')];
  assert.deepEqual(dividedBudget(options, later), { model: 'x', maxTokensTotal: 400, maxCost: 4 });
  assert.throws(() => dividedBudget(options, [job('finished', 1000), job('waiting')]), { code: 'usage' });
  assert.deepEqual(dividedBudget({ model: 'x' }, fresh), { model: 'x' });
});
