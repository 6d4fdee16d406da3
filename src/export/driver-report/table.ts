import type { Observation } from '../../core/observation.ts';
import type { Workflow } from '../../core/workflow.ts';
import { lineOf } from '../formats/csv.ts';
import { answersTable } from '../formats/table.ts';

/** One line a window and question, the answers' fields as columns named by the question's fields. RFC 4180. */
export function observationsTable(workflow: Workflow, observations: readonly Observation[]): string {
  const fields = [...new Set(workflow.questions.flatMap(({ answer }) => Object.keys(answer.shape)))];
  const { columns, rows } = answersTable(observations, fields);
  return [columns, ...rows].map(lineOf).join('');
}
