import { print, printJson } from './print.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalAdapters } from '../app/adapters/local-adapters.ts';
import { findWorkflow } from '../app/registry.ts';
import type { WorkflowRef } from '../core/batch.ts';
import { FramesiftError, exitCodes } from '../core/errors.ts';
import type { ToldEvent } from '../core/run-event.ts';
import type { RunSummary } from '../core/run.ts';
import { runLifecycle } from '../engine/lifecycle/run.ts';
import type { RunnableWorkflow } from '../engine/lifecycle/workflow.ts';
import { askedOnTerminal } from './agree.ts';
import { showBatch } from './batch.ts';
import { batchSettingsOf, isBatch, stayOn } from './batch-options.ts';
import { interruptible } from './ending.ts';
import { profileLines } from './profile.ts';
import { RunView } from './run-view.ts';
import type { RunFlags } from './run-options.ts';
import { describeSummary, isPartial } from './summary.ts';
import { userPath } from './user-path.ts';
import { defined } from '../core/defined.ts';

/** What is to be run on which videos, as the command line says. */
export interface Asked {
  readonly workflow: WorkflowRef;
  readonly videos: readonly string[];
  /** The workflow's options, as far as they were given. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Runs a workflow on one video, or on several as a batch, and shows how it goes. */
export async function showRuns({ workflow, videos, options }: Asked, flags: RunFlags): Promise<void> {
  if (flags.json && flags.quiet) throw new FramesiftError('usage', '--json and --quiet exclude each other.');
  if (flags.cpus !== undefined) stayOn(flags.cpus);
  const [video = ''] = videos;
  if (!(await isBatch(videos, flags))) {
    await using adapters = new LocalAdapters();
    return await showRun(
      { workflow: await findWorkflow(workflow, adapters), video: userPath(video), input: options },
      flags,
    );
  }
  for (const name of ['profile', 'trace'] as const) {
    if (flags[name]) throw new FramesiftError('usage', `--${name} looks at one video: name one, without --jobs.`);
  }
  const { output, force, logLevel } = flags;
  const { threads: _, ...rest } = options;
  const batch = { workflow, options: rest, settings: batchSettingsOf(flags), logLevel };
  return showBatch(
    videos,
    {
      ...batch,
      ...(output === undefined ? {} : { output: userPath(output) }),
      ...defined({ force }),
    },
    flags,
  );
}

export interface ShownRun {
  readonly workflow: RunnableWorkflow;
  readonly video: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Runs one video and shows how it goes; sets the exit code of a run that came to its end with gaps. */
export async function showRun({ workflow, video, input }: ShownRun, flags: RunFlags): Promise<void> {
  using signal = interruptible();
  const { json = false, quiet = false, output, force, profile, trace, logLevel } = flags;
  const agree = askedOnTerminal(json || quiet);
  const settings = {
    signal,
    logLevel,
    ...defined({ agree }),
    ...(output === undefined ? {} : { output: userPath(output) }),
    ...defined({ force }),
    ...(trace === undefined ? (profile ? { trace: true } : {}) : { trace: userPath(trace) }),
  };
  using view = json || quiet ? undefined : new RunView(Number(input['until'] ?? Infinity));
  const onEvent = (event: ToldEvent): void => {
    if (json) printJson(event);
    view?.show(event);
  };
  const summary = await runLifecycle({ workflow, video, input, settings, onEvent });
  view?.clear();
  if (isPartial(summary)) process.exitCode = exitCodes.incomplete;
  if (!view) return;
  print(describeSummary(summary, await titlesOf(summary)));
  if (profile) print(await profileLines(summary.folder, summary.alreadyDone));
}

/** Titles of the events that lie in a run's folder, each once. */
async function titlesOf({ folder, counts }: RunSummary): Promise<readonly string[]> {
  if (!counts['events']) return [];
  const text = await readFile(join(folder, 'events.json'), 'utf8').catch(() => '[]');
  const events = JSON.parse(text) as readonly { readonly title: string }[];
  return [...new Set(events.map(({ title }) => title))];
}
