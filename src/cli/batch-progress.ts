import { control, cut, errorColours, nameOf, writeTo } from './print.ts';
import { plainText } from '../core/plain-text.ts';
import type { BatchEvent, JobRecord } from '../core/batch.ts';
import { lasting } from '../core/words.ts';
import { drawBar } from './progress.ts';

/** Shows how far a batch is. */
export interface BatchProgressView {
  show(event: BatchEvent): void;
  /** Takes everything off the screen so that something else can be printed. */
  clear(): void;
}

/** One line for all, and one for each running video, on a terminal; where it is piped, a line for each video that ended. */
export function batchProgressView(stream: NodeJS.WriteStream, now: () => number = Date.now): BatchProgressView {
  return stream.isTTY ? new Lines(stream, now) : new EndedLines(stream);
}

interface Running {
  readonly name: string;
  stage: string;
  seconds: number;
  ofSeconds: number | undefined;
}

class Lines implements BatchProgressView {
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  readonly #running = new Map<string, Running>();
  readonly #jobs = new Map<string, JobRecord>();
  #ended = 0;
  #failed = 0;
  #bytes = 0;
  #bytesEnded = 0;
  #drawn = 0;
  #drawnAt = -Infinity;
  #began = 0;

  constructor(stream: NodeJS.WriteStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  show(event: BatchEvent): void {
    let urgent = true;
    switch (event.type) {
      case 'batch-started':
        for (const job of event.jobs) this.#jobs.set(job.folder, job);
        this.#began = this.#now();
        this.#ended = event.jobs.filter(({ state }) => state === 'finished').length;
        this.#bytes = event.jobs.reduce((sum, { state, bytes }) => sum + (state === 'finished' ? 0 : bytes), 0);
        break;
      case 'job-started':
        this.#running.set(event.job, {
          name: this.#nameOf(event.job),
          stage: 'starting',
          seconds: 0,
          ofSeconds: undefined,
        });
        break;
      case 'warning':
        this.#print(errorColours.yellow(`${this.#nameOf(event.job)}: ${plainText(event.message)}`));
        break;
      case 'progress': {
        const running = this.#running.get(event.job);
        const { stage, seconds, ofSeconds } = event;
        if (running) Object.assign(running, { stage, seconds, ofSeconds });
        urgent = false;
        break;
      }
      case 'job-ended': {
        const { record } = event;
        this.#running.delete(event.job);
        this.#ended += 1;
        this.#bytesEnded += record.bytes;
        if (record.state === 'failed') this.#failed += 1;
        this.#print(endedLine(record));
        break;
      }
      case 'batch-finished':
        return;
      case 'started':
      case 'stage':
      case 'decision':
      case 'slide':
      case 'observation':
      case 'window':
      case 'plan':
      case 'server-away':
      case 'server-back':
      case 'event':
      case 'finished':
      case 'ended':
        urgent = false;
    }
    // Ten times a second is as fast as anybody reads.
    if (!urgent && this.#now() - this.#drawnAt < 100) return;
    this.#draw();
  }

  #nameOf(job: string): string {
    return nameOf(this.#jobs.get(job)?.video ?? job);
  }

  clear(): void {
    if (this.#drawn > 0) writeTo(this.#stream, `${control(`[${this.#drawn}A`)}${control('r')}${control('[J')}`);
    this.#drawn = 0;
  }

  #print(line: string): void {
    this.clear();
    writeTo(this.#stream, `${line}\n`);
  }

  #draw(): void {
    this.clear();
    this.#drawnAt = this.#now();
    const rows = Math.max(1, this.#stream.rows - 2);
    const lines = [this.#overall(), ...[...this.#running.values()].slice(0, rows - 1).map(runningLine)];
    const width = Math.max(20, this.#stream.columns - 1);
    writeTo(this.#stream, lines.map((line) => `${cut(line, width)}\n`).join(''));
    this.#drawn = lines.length;
  }

  #overall(): string {
    const share = this.#share();
    const elapsed = (this.#now() - this.#began) / 1000;
    const left = share > 0.02 && elapsed > 5 ? ` · ${lasting((elapsed * (1 - share)) / share)} left` : '';
    const failed = this.#failed > 0 ? errorColours.red(` · ${this.#failed} failed`) : '';
    return `${drawBar(share)} ${this.#ended} of ${this.#jobs.size} videos${failed}${left}`;
  }

  /** By size, the best that is known of a video's length before it is opened. */
  #share(): number {
    if (this.#bytes === 0) return 1;
    let done = this.#bytesEnded;
    for (const [job, { seconds, ofSeconds }] of this.#running) {
      if (ofSeconds) done += this.#jobs.get(job)!.bytes * Math.min(1, seconds / ofSeconds);
    }
    return Math.min(1, done / this.#bytes);
  }
}

class EndedLines implements BatchProgressView {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(event: BatchEvent): void {
    if (event.type === 'job-ended') writeTo(this.#stream, `${endedLine(event.record)}\n`);
  }

  clear(): void {}
}

function endedLine({ video, state, results, error, elapsedSeconds = 0, warnings = 0 }: JobRecord): string {
  const name = nameOf(video);
  if (state === 'failed')
    return errorColours.red(`✗ ${name}: ${plainText(error?.message.replace(`${video}: `, '') ?? 'failed')}`);
  if (state === 'interrupted') return errorColours.yellow(`– ${name}: interrupted`);
  const warned = warnings > 0 ? errorColours.yellow(` · ${warnings} warning${warnings === 1 ? '' : 's'}`) : '';
  const mark = state === 'incomplete' ? errorColours.yellow('!') : errorColours.green('✓');
  return `${mark} ${name}: ${results ?? 'done'} in ${elapsedSeconds.toFixed(1)} s${warned}`;
}

const stageNames: Readonly<Record<string, string>> = {
  decode: 'looking',
  measure: 'measuring',
  ask: 'asking',
  text: 'reading text',
  context: 'writing context',
  report: 'writing report',
};

function runningLine({ name, stage, seconds, ofSeconds }: Running): string {
  const share = ofSeconds ? `${String(Math.round(100 * Math.min(1, seconds / ofSeconds))).padStart(3)} %` : '     ';
  return `  ${share}  ${name} ${errorColours.dim(stageNames[stage] ?? plainText(stage))}`;
}
