import { resultOf, type Job, type JobResult } from '../../core/batch.ts';
import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { ToldEvent } from '../../core/run-event.ts';
import { runLifecycle } from '../../engine/lifecycle/run.ts';
import type { RunnableWorkflow } from '../../engine/lifecycle/workflow.ts';
import type { LogLevel } from '../../store/run-log.ts';

export interface JobSettings {
  /** As they were given on the command line; checked by the workflow. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly threads: number;
  readonly inTurn: boolean;
  readonly force: boolean;
  readonly logLevel: LogLevel;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ToldEvent) => void;
}

/**
 * Runs one video of a batch. Never rejects: what went wrong is part of the result.
 *
 * @param find the workflow; models behind it are kept from job to job
 */
export async function runJob(
  job: Job,
  find: () => Promise<RunnableWorkflow>,
  settings: JobSettings,
): Promise<JobResult> {
  const { options, threads, inTurn, force, logLevel, signal, onEvent } = settings;
  try {
    const workflow = await find();
    const summary = await runLifecycle({
      workflow,
      video: job.video,
      input: { threads, ...options },
      settings: { output: job.folder, force, logLevel, inTurn, signal },
      onEvent,
    });
    return resultOf(summary, workflow.describe(summary));
  } catch (error) {
    const code = error instanceof FramesiftError ? error.code : 'bug';
    const stopped = signal.aborted && !(error instanceof FramesiftError);
    return { state: stopped ? 'interrupted' : 'failed', error: { code, message: messageOf(error) } };
  }
}
