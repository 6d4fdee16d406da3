import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Benchmark } from '../../src/app/benchmark.ts';
import { framesift } from '../fixtures/command.ts';

test('bench measures this machine', async () => {
  const said = await framesift('bench', '--json');
  assert.equal(said.code, 0, said.err);
  const { rows, videoSeconds, machine } = JSON.parse(said.out) as Benchmark;
  assert.ok(Math.abs(videoSeconds - 61) < 0.1 && machine.cores > 0);
  assert.equal(rows.length, 3);
  for (const { timesRealTime, wallSeconds, cpuSeconds, peakMb } of rows) {
    assert.ok(Math.abs(timesRealTime * wallSeconds - videoSeconds) < 0.01);
    assert.ok(cpuSeconds > 0.1 && peakMb > 30);
  }
  const [, plain, text] = rows;
  assert.ok(text!.cpuSeconds > plain!.cpuSeconds, 'reading costs something');
  assert.equal(said.err, '');
});
