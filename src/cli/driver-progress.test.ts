import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AskVideoEvent } from '../app/driver.ts';
import { besideProgress } from './driver-progress.ts';

const measuring = (seconds: number): AskVideoEvent => ({
  type: 'measuring',
  stage: 'measure',
  seconds,
  ofSeconds: 60,
  frames: 0,
});
const window = (index: number): AskVideoEvent => ({
  type: 'window',
  record: {
    window: index,
    span: { start: index * 2, end: index * 2 + 2 },
    plan: 'lanes',
    observations: [],
    latencyMs: 0,
    idle: false,
  },
});

test('measuring is shown with how far the answers are, then asking', () => {
  const far = besideProgress(60);
  far({ type: 'started', video: { durationSeconds: 100 } } as AskVideoEvent);
  const [first, , second, , , last] = [
    measuring(1),
    window(0),
    measuring(20),
    window(4),
    { type: 'all-measured' } as const,
    window(10),
  ].map(far);
  assert.ok(first?.stage === 'measure' && first.note === '');
  assert.ok(second?.stage === 'measure' && second.seconds === 20 && second.note === 'answers up to 0:02');
  assert.deepEqual(last, { stage: 'ask', seconds: 22, ofSeconds: 60 });
});

test('where nothing is measured nothing is shown', () => {
  assert.equal(besideProgress()(window(3)), undefined);
});
