import type { WorkflowRef } from '../core/batch.ts';
import { FramesiftError } from '../core/errors.ts';
import type { RunRecord } from '../core/run.ts';
import type { RunnableWorkflow } from '../engine/lifecycle/workflow.ts';
import type { Adapters } from '../workflows/adapters.ts';
import { workflowOf } from '../workflows/definition.ts';
import { driverWorkflow } from '../workflows/driver/run.ts';
import { questionsWorkflow } from '../workflows/questions/run.ts';
import { slidesWorkflow } from '../workflows/slides/run.ts';
import { readWorkflow } from '../workflows/yaml.ts';

/** The workflows that are part of the program. A further one is a folder in `workflows/` and a line here. */
const builtIn: Readonly<Record<string, (adapters: Adapters) => RunnableWorkflow>> = {
  slides: slidesWorkflow,
  driver: driverWorkflow,
};

export const builtInWorkflows: readonly string[] = Object.keys(builtIn);

/**
 * The workflow of that name, or the one that a YAML file defines.
 *
 * @throws FramesiftError `usage` where there is none of that name; `input` or `usage` where the file is wrong
 */
export async function findWorkflow({ id, file }: WorkflowRef, adapters: Adapters): Promise<RunnableWorkflow> {
  if (file !== undefined) return questionsWorkflow(await readWorkflow(file), adapters);
  const made = builtIn[id];
  if (made) return made(adapters);
  throw new FramesiftError(
    'usage',
    `${id}: no workflow has this name. There are ${builtInWorkflows.join(' and ')}, and your own: framesift ask VIDEO --workflow my.yaml`,
  );
}

/** The workflow that a run was made by: its own definition, as `run.json` holds it, where it is not built in. */
export function workflowOfRun({ workflow }: RunRecord, folder: string, adapters: Adapters): RunnableWorkflow {
  const made = builtIn[workflow.id];
  return made ? made(adapters) : questionsWorkflow(workflowOf(workflow.definition, folder), adapters);
}
