import { plainText } from '../core/plain-text.ts';
import { cut, eraseLine, errorColours, writeTo } from './print.ts';
import type { RunProgress } from '../core/run-event.ts';
import { clock, lasting, percent } from '../core/words.ts';

/** How far a stage is; `slides` candidates and a `note` are shown behind it. */
export type Progress = Pick<RunProgress, 'stage' | 'seconds' | 'ofSeconds' | 'slides'> & { readonly note?: string };

/** Shows how far a run is. */
export interface ProgressView {
  show(event: Progress): void;
  /** Takes the bar off the screen so that something else can be printed. */
  clear(): void;
  /** Nothing is shown from now on. */
  end(): void;
}

export const stageNames: Readonly<Record<string, string>> = {
  decode: 'looking',
  measure: 'measuring',
  ask: 'asking',
  text: 'reading text',
  context: 'writing context',
  overlay: 'drawing',
  report: 'writing report',
};

/** Stages that count seconds of video; the others count pieces. */
const inTime = (stage: Progress['stage']): boolean => ['decode', 'measure', 'ask', 'overlay'].includes(stage);

/** A bar that redraws itself on a terminal; a plain line every ten seconds, and at the end of a stage, where it is piped. */
export function progressView(stream: NodeJS.WriteStream, now: () => number = Date.now): ProgressView {
  return stream.isTTY ? new Bar(stream, now) : new PlainLines(stream, now);
}

/** Says rate and time left from the progress of one stage since it began. */
class Pace {
  readonly #now: () => number;
  #stage = '';
  #startedAt = 0;
  #startSeconds = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  describe({ stage, seconds, ofSeconds }: Progress): string {
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#startedAt = this.#now();
      this.#startSeconds = seconds;
    }
    const elapsed = (this.#now() - this.#startedAt) / 1000;
    const done = seconds - this.#startSeconds;
    if (elapsed < 0.5 || done <= 0) return '';
    const rate = done / elapsed;
    const speed = inTime(stage) ? `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}× real time` : '';
    const left = ofSeconds === undefined ? '' : `${lasting((ofSeconds - seconds) / rate)} left`;
    return [speed, left].filter(Boolean).join(' · ');
  }
}

class Bar implements ProgressView {
  readonly #stream: NodeJS.WriteStream;
  readonly #pace: Pace;
  readonly #now: () => number;
  #drawnAt = -Infinity;
  #stage = '';

  constructor(stream: NodeJS.WriteStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
    this.#pace = new Pace(now);
  }

  show(event: Progress): void {
    const pace = this.#pace.describe(event);
    // Ten times a second is as fast as anybody reads.
    if (this.#now() - this.#drawnAt < 100 && event.stage === this.#stage) return;
    this.#drawnAt = this.#now();
    this.#stage = event.stage;
    const { seconds, ofSeconds, slides = 0, stage, note = '' } = event;
    const share = ofSeconds === undefined || ofSeconds <= 0 ? undefined : Math.min(1, seconds / ofSeconds);
    const where = inTime(stage)
      ? `${clock(seconds)}${ofSeconds === undefined ? '' : ` of ${lasting(ofSeconds)}`}`
      : `${seconds} of ${ofSeconds ?? '?'}`;
    const line = [
      `${stageNames[stage] ?? plainText(stage)} ${share === undefined ? '' : drawBar(share)} ${where}`,
      slides > 0 ? `${slides} candidate${slides === 1 ? '' : 's'}` : '',
      note,
      pace,
    ];
    const text = line.filter(Boolean).join(' · ');
    writeTo(this.#stream, `${eraseLine}${cut(text, Math.max(20, this.#stream.columns - 1))}`);
  }

  clear(): void {
    writeTo(this.#stream, eraseLine);
  }

  end(): void {}
}

/** Where nothing was printed for so long, what is waited for is said once more, milliseconds. */
const silenceMs = 30_000;

class PlainLines implements ProgressView {
  readonly #stream: NodeJS.WriteStream;
  readonly #pace: Pace;
  readonly #now: () => number;
  readonly #silence: NodeJS.Timeout;
  #printedAt: number;
  #stage = 'decode';
  #last: Progress | undefined;

  constructor(stream: NodeJS.WriteStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
    this.#pace = new Pace(now);
    this.#printedAt = now();
    this.#silence = setInterval(() => this.look(), 1000).unref();
  }

  show(event: Progress): void {
    const pace = this.#pace.describe(event);
    this.#last = event;
    if (this.#now() - this.#printedAt < 10_000 && event.stage === this.#stage) return;
    this.#stage = event.stage;
    if (event.stage !== 'report') this.#print(event, pace);
  }

  clear(): void {}

  end(): void {
    clearInterval(this.#silence);
  }

  /** Says what is waited for, where nothing was said for long. */
  look(): void {
    if (this.#now() - this.#printedAt < silenceMs) return;
    if (this.#last) this.#print(this.#last, 'still waiting');
    else {
      this.#printedAt = this.#now();
      writeTo(this.#stream, 'starting: still waiting\n');
    }
  }

  #print(event: Progress, more: string): void {
    this.#printedAt = this.#now();
    const timed = inTime(event.stage);
    const where = timed ? clock(event.seconds) : `${event.seconds}`;
    const of = event.ofSeconds === undefined ? '' : ` of ${timed ? lasting(event.ofSeconds) : event.ofSeconds}`;
    const line = [`${stageNames[event.stage] ?? plainText(event.stage)}: ${where}${of}`, event.note ?? '', more];
    writeTo(this.#stream, `${line.filter(Boolean).join(' · ')}\n`);
  }
}

export function drawBar(share: number): string {
  const width = 24;
  const full = Math.round(share * width);
  return `${errorColours.cyan('━'.repeat(full))}${errorColours.dim('─'.repeat(width - full))} ${percent(share).padStart(5)}`;
}
