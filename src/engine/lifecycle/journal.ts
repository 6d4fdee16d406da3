import { FramesiftError, messageOf } from '../../core/errors.ts';
import { runFormatVersion, type RunRecord, type RunState, type StageRecord } from '../../core/run.ts';
import type { StageTime } from '../../core/stage-time.ts';
import type { DecodeReport } from '../../core/video.ts';
import { version } from '../../core/version.ts';
import { cpuShare } from './cpu-share.ts';

/** What a run knows of itself when it begins. */
export type RunBeginning = Pick<RunRecord, 'workflow' | 'source' | 'video' | 'options' | 'models' | 'stages'> &
  // What an earlier part of the run had found, until this one knows better.
  Partial<Pick<RunRecord, 'decode' | 'counts' | 'figures' | 'mark'>>;

/** Where the record is written, whole or not at all. */
interface RecordFolder {
  writeRecord(record: RunRecord): Promise<void>;
}

/**
 * Keeps a run's `run.json` true while it goes: what it works on, its stages, its state, what it took, why it ended. Times
 * and costs count from when it was made.
 */
export class RunJournal implements Disposable {
  #folder: RecordFolder | undefined;
  readonly #since = Date.now();
  /** By the clock that no change of date moves. */
  readonly #from = performance.now();
  readonly #cpu = Symbol('run');
  #record: RunRecord | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor() {
    cpuShare.begin(this.#cpu);
  }

  /** Whether anything was written down: a run that could not begin leaves no record. */
  get begun(): boolean {
    return this.#record !== undefined;
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.#from) / 1000;
  }

  /** @param folder where the record is written from now on; borrowed */
  async begin(folder: RecordFolder, beginning: RunBeginning): Promise<void> {
    this.#folder = folder;
    await this.#write({
      formatVersion: runFormatVersion,
      framesift: version,
      state: 'running',
      started: new Date(this.#since).toISOString(),
      timings: [],
      counts: {},
      figures: {},
      cost: { modelCalls: 0, tokensIn: 0, tokensOut: 0, cpuMs: 0, peakMemoryMb: 0 },
      warnings: [],
      ...beginning,
    });
  }

  /** Writes down how far a stage is. Only after `begin`. */
  async noteStage(
    id: string,
    more: { readonly [Key in keyof StageRecord]?: StageRecord[Key] | undefined },
  ): Promise<void> {
    const record = this.#record!;
    await this.#write({
      ...record,
      stages: record.stages.map((stage) => (stage.id === id ? ({ ...stage, ...more } as StageRecord) : stage)),
    });
  }

  /** What this run and its decoders took until now: CPU milliseconds and MiB. */
  spent({ cpuMs, peakMemoryMb }: DecodeReport): Pick<RunRecord['cost'], 'cpuMs' | 'peakMemoryMb'> {
    return {
      cpuMs: Math.round(cpuShare.of(this.#cpu) + cpuMs),
      peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024 + peakMemoryMb),
    };
  }

  /** The stretch from `sinceMs` (default: the beginning) to now as a stage of this process. */
  stage(stage: string, sinceMs = this.#from): StageTime {
    return { stage, where: 'here', wallMs: Math.round(performance.now() - sinceMs), count: 1 };
  }

  /** The record of the run that has ended, as the report shows it; nothing is written yet. Only after `begin`. */
  ended(results: Partial<RunRecord>): RunRecord {
    const record = this.#record!;
    const whole = record.stages.every(({ state }) => state === 'finished');
    return { ...record, ...results, state: whole ? 'finished' : 'incomplete', finished: this.#now() };
  }

  /** The beginning's date and what has passed since: a clock that was set meanwhile makes no run last a year. */
  #now(): string {
    return new Date(this.#since + performance.now() - this.#from).toISOString();
  }

  /** Writes that all results are there. */
  finish(record: RunRecord): Promise<void> {
    return this.#write(record);
  }

  /** Writes down why the run ended, where it began at all and the disk takes it: what counts is the error itself. */
  async fail(
    error: unknown,
    signal: AbortSignal,
  ): Promise<{ state: 'failed' | 'interrupted'; code: string; message: string }> {
    const code = error instanceof FramesiftError ? error.code : 'bug';
    const state = signal.aborted ? 'interrupted' : 'failed';
    await this.#end(state, { error: { code, message: messageOf(error) } });
    return { state, code, message: messageOf(error) };
  }

  /** For the end of every run: one that was given up in the middle was interrupted. */
  async close(): Promise<void> {
    if (this.#record?.state === 'running') await this.#end('interrupted');
  }

  [Symbol.dispose](): void {
    cpuShare.end(this.#cpu);
  }

  async #end(state: RunState, more: Partial<RunRecord> = {}): Promise<void> {
    if (this.#record) await this.#write({ ...this.#record, ...more, state }).catch(() => {});
  }

  /** One after another, so that the last is what stays. */
  #write(record: RunRecord): Promise<void> {
    this.#record = record;
    const write = this.#writing.catch(() => {}).then(() => this.#folder!.writeRecord(record));
    this.#writing = write;
    return write;
  }
}
