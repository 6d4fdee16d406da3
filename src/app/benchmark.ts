import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVideo } from '../media/open-video.ts';
import { renderSampleTalk } from '../media/sample-talk.ts';
import { runWorkflow } from './run.ts';
import { version } from '../core/version.ts';

/** What a piece of work took on this machine. */
export interface BenchmarkRow {
  readonly name: string;
  /** Seconds of video a second of the clock. */
  readonly timesRealTime: number;
  readonly wallSeconds: number;
  /** Of all processes. */
  readonly cpuSeconds: number;
  /** Largest resident memory of the decoding processes, and of this one where it did more than wait; MB of 2^20 bytes. */
  readonly peakMb: number;
}

export interface Benchmark {
  readonly framesift: string;
  readonly node: string;
  readonly machine: { readonly processor: string; readonly cores: number; readonly platform: string };
  readonly videoSeconds: number;
  readonly rows: readonly BenchmarkRow[];
}

/**
 * Measures this machine with the sample talk: every frame decoded by one thread, and its slides without and with text.
 * Draws the talk first, which counts for nothing.
 *
 * @param onRow told each row as soon as it is known
 * @throws FramesiftError `dependency` where the talk cannot be drawn or decoded
 */
export async function benchmark(
  { signal }: { readonly signal: AbortSignal },
  onRow: (row: BenchmarkRow) => void = () => {},
): Promise<Benchmark> {
  const folder = await mkdtemp(join(tmpdir(), 'framesift-bench-'));
  try {
    const { path } = await renderSampleTalk(join(folder, 'talk.mp4'), { signal });
    const rows: BenchmarkRow[] = [];
    const { row: decoding, seconds } = await decodeWhole(path, signal);
    const keep = (row: BenchmarkRow): void => {
      rows.push(row);
      onRow(row);
    };
    keep(decoding);
    for (const [name, text] of [
      ['slides, without text', false],
      ['slides, with text', true],
    ] as const)
      keep(await findSlides(name, { video: path, output: join(folder, name), text, seconds, signal }));
    const [processor] = cpus();
    return {
      framesift: version,
      node: process.version,
      machine: {
        processor: processor?.model.trim() ?? 'unknown',
        cores: availableParallelism(),
        platform: `${process.platform} ${process.arch}`,
      },
      videoSeconds: seconds,
      rows,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function decodeWhole(path: string, signal: AbortSignal): Promise<{ row: BenchmarkRow; seconds: number }> {
  const { size } = await stat(path);
  const started = performance.now();
  await using source = await openVideo(path, { threads: 1, signal });
  // So short a step wants every frame, so none can be left out.
  const everySeconds = 1 / ((source.info.frameRate ?? 30) * 2);
  for await (const frame of source.frames({ everySeconds }, { signal })) frame[Symbol.dispose]();
  const { endSeconds, cpuMs, peakMemoryMb } = source.report();
  const wallSeconds = (performance.now() - started) / 1000;
  const name = `decode every frame (${Math.round(size / 1e5) / 10} MB)`;
  const row = { name, timesRealTime: endSeconds / wallSeconds, wallSeconds, cpuSeconds: cpuMs / 1000 };
  return { row: { ...row, peakMb: peakMemoryMb }, seconds: endSeconds };
}

async function findSlides(
  name: string,
  order: { video: string; output: string; text: boolean; seconds: number; signal: AbortSignal },
): Promise<BenchmarkRow> {
  const { video, output, text, seconds, signal } = order;
  const started = performance.now();
  const run = runWorkflow('slides', video, { text }, { output, logLevel: 'silent', signal });
  let step = await run.next();
  while (!step.done) step = await run.next();
  const wallSeconds = (performance.now() - started) / 1000;
  const { cpuMs, peakMemoryMb } = step.value.cost;
  return { name, timesRealTime: seconds / wallSeconds, wallSeconds, cpuSeconds: cpuMs / 1000, peakMb: peakMemoryMb };
}
