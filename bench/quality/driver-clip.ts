import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runWorkflow } from '../../src/app/run.ts';
import { runFiles } from '../../src/store/run-files.ts';
import type { FoundSpan } from './driver-score.ts';

/** Runs the on-device engine over a clip and tells what it says of it. */
export async function spansOf(video: string, signal: AbortSignal): Promise<FoundSpan[]> {
  const folder = mkdtempSync(join(tmpdir(), 'framesift-driver-'));
  try {
    const output = join(folder, 'run');
    for await (const _ of runWorkflow('driver', video, {}, { output, signal }));
    const json = readFileSync(join(output, runFiles.spans), 'utf8');
    return (JSON.parse(json) as { spans: FoundSpan[] }).spans;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
