import { FramesiftError, messageOf } from '../core/errors.ts';
import type { RunRecord, RunState } from '../core/run.ts';
import type { StageTime } from '../core/stage-time.ts';
import type { DecodeReport } from '../core/video.ts';
import { version } from './version.ts';

type Kept =
  'framesift' | 'state' | 'error' | 'started' | 'finished' | 'timings' | 'decode' | 'counts' | 'cost' | 'warnings';

/** What a run knows of itself when it begins. */
export type RunBeginning<R extends RunRecord = RunRecord> = Omit<R, Kept>;

/** Where the record is written, whole or not at all. */
interface RecordFolder {
  writeRecord(record: RunRecord): Promise<void>;
}

/** Keeps a run's `run.json` true while it goes: what it works on, its state, what it took, why it ended. Times and costs count from when it was made. */
export class RunJournal<R extends RunRecord = RunRecord> {
  #folder: RecordFolder | undefined;
  readonly #since = Date.now();
  readonly #cpuBefore = process.cpuUsage();
  #record: R | undefined;

  /** Whether anything was written down: a run that could not begin leaves no record. */
  get begun(): boolean {
    return this.#record !== undefined;
  }

  get elapsedSeconds(): number {
    return (Date.now() - this.#since) / 1000;
  }

  /** @param folder where the record is written from now on; borrowed */
  async begin(folder: RecordFolder, beginning: RunBeginning<R>): Promise<void> {
    this.#folder = folder;
    const record: RunRecord = {
      framesift: version,
      state: 'running',
      ...beginning,
      started: new Date(this.#since).toISOString(),
      timings: [],
      counts: {},
      cost: { modelCalls: 0, tokensIn: 0, tokensOut: 0, cpuMs: 0, peakMemoryMb: 0 },
      warnings: [],
    };
    // What a record of this kind has beyond any record's is part of its beginning.
    this.#record = record as R;
    await folder.writeRecord(this.#record);
  }

  /** What this process and its decoders took until now: CPU milliseconds and MiB. */
  spent({ cpuMs, peakMemoryMb }: DecodeReport): Pick<RunRecord['cost'], 'cpuMs' | 'peakMemoryMb'> {
    const usage = process.cpuUsage(this.#cpuBefore);
    return {
      cpuMs: Math.round((usage.user + usage.system) / 1000 + cpuMs),
      peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024 + peakMemoryMb),
    };
  }

  /** The stretch from `sinceMs` (default: the beginning) to now as a stage of this process. */
  stage(stage: string, sinceMs = this.#since): StageTime {
    return { stage, where: 'here', wallMs: Date.now() - sinceMs, count: 1 };
  }

  /** The record of the finished run, as the report shows it; nothing is written yet. Only after `begin`. */
  finished(results: Partial<R>): R {
    return { ...this.#record!, ...results, state: 'finished', finished: new Date().toISOString() };
  }

  /** Writes that all results are there. Only after `begin`. */
  async finish(results: Partial<R>): Promise<void> {
    const record = this.finished(results);
    await this.#folder!.writeRecord(record);
    this.#record = record;
  }

  /** Writes down why the run ended, where it began at all and the disk takes it: what counts is the error itself. */
  async fail(error: unknown, signal: AbortSignal): Promise<void> {
    const code = error instanceof FramesiftError ? error.code : 'bug';
    await this.#end(signal.aborted ? 'interrupted' : 'failed', { error: { code, message: messageOf(error) } });
  }

  /** For the end of every run: one that was given up in the middle was interrupted. */
  async close(): Promise<void> {
    if (this.#record?.state === 'running') await this.#end('interrupted');
  }

  async #end(state: RunState, more: Partial<RunRecord> = {}): Promise<void> {
    if (!this.#record) return;
    this.#record = { ...this.#record, ...more, state };
    await this.#folder?.writeRecord(this.#record).catch(() => {});
  }
}
