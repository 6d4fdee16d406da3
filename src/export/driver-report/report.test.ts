import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { Observation } from '../../core/observation.ts';
import type { RunRecord } from '../../core/run.ts';
import type { Workflow } from '../../core/workflow.ts';
import { renderDriverReport } from './report.ts';

const workflow: Workflow = {
  id: 'driver',
  version: 1,
  title: 'Driver',
  system: '',
  sample: { everySeconds: 2, window: 4 },
  questions: [{ id: 'eyes', title: 'Eyes', images: 'window', ask: () => '', answer: z.object({ shut: z.boolean() }) }],
  events: [],
} as unknown as Workflow;

const windows = [0, 1, 2, 3].map(
  (window): Observation =>
    ({
      id: `${window}.eyes`,
      window,
      question: 'eyes',
      span: { start: window * 2, end: window * 2 + 2 },
      state: 'answered',
      answer: { shut: false },
      confidence: 1,
      reason: '',
      frames: [],
      source: 'model',
      model: 'm',
      cost: { attempts: 1, answerMs: 1 },
    }) as unknown as Observation,
);

/** The page of four windows of two seconds. */
function page(decodedSeconds: number | undefined, options: RunRecord['options']): string {
  const record = {
    source: { name: 'cabin.mp4' },
    models: [],
    options,
    ...(decodedSeconds === undefined ? {} : { decode: { endSeconds: decodedSeconds } }),
  } as unknown as RunRecord;
  return renderDriverReport({ record, workflow, observations: windows, events: [], decisions: [] });
}

const lengthOf = (text: string): string | undefined => /<dd>([^<]*)<\/dd><dt>of video/.exec(text)?.[1];
const barsOf = (text: string): { x: number; width: number }[] =>
  [...text.matchAll(/x="([\d.]+)" y="0" width="([\d.]+)"/g)].map(([, x, width]) => ({ x: +x!, width: +width! }));

test('the timeline ends where the video does, whatever the last window spans', () => {
  assert.equal(lengthOf(page(7.5, {})), '7.5 s');
  const bars = barsOf(page(7.5, {}));
  assert.deepEqual(bars.at(-1), { x: 800, width: 200 });
  assert.deepEqual(bars[0], { x: 0, width: 266.67 });
});

test('the timeline ends at --until, past which decoders run, and with a shorter video before it', () => {
  assert.equal(lengthOf(page(9.4, { until: 7 })), '7 s');
  assert.ok(barsOf(page(9.4, { until: 7 })).every(({ x, width }) => x + width <= 1000.01));
  assert.equal(lengthOf(page(8, { until: 60 })), '8 s');
  assert.equal(lengthOf(page(undefined, {})), '8 s');
});
