import type { Observation } from '../../core/observation.ts';
import type { Workflow } from '../../core/workflow.ts';
import { lineOf } from '../formats/csv.ts';

/** One line a window and question, the answers' fields as columns named `question.field`. RFC 4180. */
export function observationsTable(workflow: Workflow, observations: readonly Observation[]): string {
  const fields = [...new Set(workflow.questions.flatMap(({ answer }) => Object.keys(answer.shape)))];
  const head = ['start', 'end', 'question', 'state', ...fields, 'confidence', 'reason', 'source', 'model', 'answer_ms'];
  const rows = observations.map((one) => {
    const answered = one.state === 'answered' ? one : undefined;
    return [
      one.span.start,
      one.span.end,
      one.question,
      one.state,
      ...fields.map((field) => cellOf(answered?.answer[field])),
      answered?.confidence,
      answered?.reason ?? (one.state === 'failed' ? one.error.message : undefined),
      answered?.source,
      one.model,
      answered?.cost.answerMs,
    ];
  });
  return [head, ...rows].map(lineOf).join('');
}

const cellOf = (value: unknown): string | number | boolean | undefined =>
  Array.isArray(value) ? value.join('; ') : (value as string | number | boolean | undefined);
