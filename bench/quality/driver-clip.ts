import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runWorkflow } from '../../src/app/run.ts';
import type { MeasuredEvent } from '../../src/core/driver-state.ts';
import { runFiles } from '../../src/store/run-files.ts';
import type { FoundSpan } from './driver-score.ts';

/** What the on-device engine says of a clip. */
export interface ClipFindings {
  readonly spans: readonly FoundSpan[];
  readonly events: readonly Pick<MeasuredEvent, 'rule' | 'start' | 'end' | 'confidence'>[];
  readonly seconds: number;
}

/** Runs the on-device engine over a clip and tells what it says of it. */
export async function findingsOf(video: string, signal: AbortSignal): Promise<ClipFindings> {
  const folder = mkdtempSync(join(tmpdir(), 'framesift-driver-'));
  try {
    const output = join(folder, 'run');
    for await (const _ of runWorkflow('driver', video, {}, { output, signal }));
    const read = (file: string): unknown => JSON.parse(readFileSync(join(output, file), 'utf8'));
    const { spans } = read(runFiles.spans) as { spans: FoundSpan[] };
    const events = read(runFiles.events) as MeasuredEvent[];
    const { totals } = read(runFiles.driver) as { totals: { startSeconds: number; endSeconds: number } };
    return { spans, events, seconds: totals.endSeconds - totals.startSeconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
