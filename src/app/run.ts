import type { RunSummary } from '../core/run.ts';
import type { ToldEvent } from '../core/run-event.ts';
import type { Workflow } from '../core/workflow.ts';
import { watchRun } from '../engine/lifecycle/watch.ts';
import type { RunSettings } from '../engine/lifecycle/workflow.ts';
import type { DriverOptionsInput } from '../workflows/driver/options.ts';
import type { QuestionsOptionsInput } from '../workflows/questions/options.ts';
import { questionsWorkflow } from '../workflows/questions/run.ts';
import type { SlidesOptionsInput } from '../workflows/slides/options.ts';
import { LocalAdapters } from './adapters/local-adapters.ts';
import { findWorkflow } from './registry.ts';

/** The options of each built-in workflow; those of a workflow of questions are the same for all. */
export interface WorkflowOptions {
  readonly slides: SlidesOptionsInput;
  readonly driver: DriverOptionsInput;
}

/**
 * Runs a workflow over a video: a built-in one by its name, one of `defineWorkflow`, or a YAML file by its path. Yields
 * what happens as it happens; the results are in the run folder once `finished` was yielded. Breaking off, or aborting
 * the signal, leaves a folder that the next call continues.
 *
 * ```ts
 * for await (const event of runWorkflow('slides', 'talk.mp4')) {
 *   if (event.type === 'slide') console.log(event.slide.title);
 * }
 * ```
 *
 * @throws FramesiftError with a code of `exitCodes`, or the signal's reason
 */
export function runWorkflow<Name extends keyof WorkflowOptions>(
  workflow: Name,
  video: string,
  options?: WorkflowOptions[Name],
  settings?: RunSettings,
): AsyncGenerator<ToldEvent, RunSummary>;
export function runWorkflow(
  workflow: Workflow | `${string}.yaml` | `${string}.yml`,
  video: string,
  options?: QuestionsOptionsInput,
  settings?: RunSettings,
): AsyncGenerator<ToldEvent, RunSummary>;
export async function* runWorkflow(
  workflow: string | Workflow,
  video: string,
  options: object = {},
  settings: RunSettings = {},
): AsyncGenerator<ToldEvent, RunSummary> {
  await using adapters = new LocalAdapters();
  const named = typeof workflow === 'string';
  const runnable = named
    ? await findWorkflow(/\.ya?ml$/.test(workflow) ? { id: '', file: workflow } : { id: workflow }, adapters)
    : questionsWorkflow(workflow, adapters);
  return yield* watchRun({ workflow: runnable, video, input: options, settings });
}

/** The slides of a talk recording: `runWorkflow('slides', …)`. */
export const analyze = (
  video: string,
  options: SlidesOptionsInput = {},
  settings: RunSettings = {},
): AsyncGenerator<ToldEvent, RunSummary> => runWorkflow('slides', video, options, settings);
