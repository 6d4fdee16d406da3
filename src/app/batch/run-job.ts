import type { Job, JobEvent, JobResult } from '../../core/batch.ts';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import { endOfRun, type RunRecord } from '../../core/run.ts';
import { plural } from '../../core/words.ts';
import { readRecord } from '../../store/run-folder.ts';
import { analyzeDriverFace } from '../driver-face.ts';
import type { DriverFaceOptionsInput } from '../driver-face-options.ts';
import { analyzeSlides } from '../analyze-slides.ts';
import { askVideo } from '../driver.ts';
import type { DriverOptionsInput } from '../driver-options.ts';
import type { LogLevel } from '../log.ts';
import type { SharedModels } from '../shared-models.ts';
import type { SlidesOptionsInput } from '../slides-options.ts';

export interface JobSettings {
  /** As they were given on the command line; checked by the workflow. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly threads: number;
  readonly inTurn: boolean;
  readonly force: boolean;
  readonly logLevel: LogLevel;
  /** Models that are kept from job to job. */
  readonly shared: SharedModels;
  readonly signal: AbortSignal;
  readonly onEvent: (event: JobEvent) => void;
}

/** Runs one video of a batch. Never rejects: what went wrong is part of the result. */
export async function runJob(job: Job, settings: JobSettings): Promise<JobResult> {
  const { signal } = settings;
  try {
    const results = await runners[job.kind](job, settings);
    const record = await readRecord(job.folder);
    return { state: 'finished', ...(record ? costOf(record) : {}), ...results };
  } catch (error) {
    const code = error instanceof FramesiftError ? error.code : 'bug';
    const stopped = signal.aborted && !(error instanceof FramesiftError);
    return { state: stopped ? 'interrupted' : 'failed', error: { code, message: messageOf(error) } };
  }
}

type Found = Pick<JobResult, 'results' | 'alreadyDone'>;

const runners: Record<Job['kind'], (job: Job, settings: JobSettings) => Promise<Found>> = {
  async slides({ video, folder }, { options, threads, onEvent, ...settings }) {
    let found: Found = {};
    const input = { threads, ...options } as SlidesOptionsInput;
    for await (const event of analyzeSlides(video, input, { output: folder, ...settings })) {
      if (event.type === 'progress' || event.type === 'warning') onEvent(event);
      else if (event.type === 'finished') {
        const { slides, alreadyDone } = event.summary;
        found = { results: plural(slides, 'slide'), alreadyDone };
      }
    }
    return found;
  },

  async 'driver-face'({ video, folder }, { options, threads, force, shared, signal, onEvent }) {
    let found: Found = {};
    const input = { threads, ...options } as DriverFaceOptionsInput;
    for await (const event of analyzeDriverFace(video, input, { output: folder, force, shared, signal })) {
      if (event.type === 'progress' || event.type === 'warning') onEvent(event);
      else if (event.type === 'finished') {
        const { events, alreadyDone } = event.summary;
        const count = Object.values(events).reduce((sum, each) => sum + each, 0);
        found = { results: plural(count, 'event'), alreadyDone };
      }
    }
    return found;
  },

  async questions({ video, folder }, { options, threads, force, logLevel, shared, signal, onEvent }) {
    let ofSeconds: number | undefined;
    // Both go on side by side; one line is shown for a video.
    let measuring = false;
    const input: DriverOptionsInput = { threads, ...options };
    const summary = await askVideo(video, input, {
      output: folder,
      force,
      logLevel,
      shared,
      signal,
      onEvent: (event) => {
        if (event.type === 'started') ofSeconds = event.video.durationSeconds;
        else if (event.type === 'warning') onEvent(event);
        else if (event.type === 'measuring') onEvent({ ...event, type: 'progress' });
        if (event.type === 'measuring') measuring = true;
        else if (event.type === 'all-measured') measuring = false;
        else if (event.type === 'window' && !measuring) {
          const seconds = event.record.span.end;
          onEvent({ type: 'progress', stage: 'ask', seconds, ...(ofSeconds === undefined ? {} : { ofSeconds }) });
        }
      },
    });
    for (const message of summary.record.warnings) onEvent({ type: 'warning', message });
    const answered = summary.record.counts['answered'] ?? 0;
    const results = `${plural(summary.events.length + summary.measured.length, 'event')}, ${plural(answered, 'answer')}`;
    return { results, alreadyDone: summary.alreadyDone };
  },
};

function costOf(record: RunRecord): Partial<JobResult> {
  const { cost, warnings, options } = record;
  const { cpuMs, modelCalls, tokensIn, tokensOut } = cost;
  const end = endOfRun(record);
  return {
    ...(end === undefined ? {} : { videoSeconds: end - Number(options['from'] ?? 0) }),
    cost: { cpuSeconds: Math.round(cpuMs) / 1000, modelCalls, tokensIn, tokensOut },
    warnings: warnings.length,
  };
}
