import { FramesiftError } from '../../core/errors.ts';
import type { Observation } from '../../core/observation.ts';
import type { Slide } from '../../core/slide.ts';
import type { StoredRun } from './format.ts';

export type Cell = string | number | boolean | undefined;

/** Results as rows under named columns. */
export interface Table {
  /** What a row is: `slides`, `answers`, `measurements`. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly Cell[]>;
}

/**
 * The table that a run is worth: its slides, else its answers, else its measurements.
 *
 * @throws FramesiftError `input` where it holds none of them
 */
export async function tableOf(run: StoredRun): Promise<Table> {
  if (run.has('slides')) return slidesTable(await run.slides());
  if (run.has('ask')) return answersTable(await run.observations());
  if (run.has('measure')) return measurementsTable(await run.measurements());
  throw new FramesiftError(
    'input',
    `${run.folder}: holds no finished results. Go on with: framesift resume ${run.folder}`,
  );
}

/** The name of a table's file, before its ending. */
export function tableName(run: StoredRun): string {
  if (run.has('slides')) return 'slides';
  return run.has('ask') ? 'answers' : 'measurements';
}

function slidesTable(slides: readonly Slide[]): Table {
  const columns = ['slide', 'start', 'end', 'appearances', 'seconds', 'kind', 'confidence', 'title', 'text', 'image'];
  const rows = slides.map((slide) => {
    const { index, appearances, kind, confidence, title, text, image } = slide;
    const seconds = appearances.reduce((sum, { start, end }) => sum + end - start, 0);
    const rounded = Math.round(seconds * 1000) / 1000;
    return [
      index,
      appearances[0]?.start,
      appearances.at(-1)?.end,
      appearances.length,
      rounded,
      kind,
      confidence,
      title,
      text,
      image,
    ];
  });
  return { name: 'slides', columns, rows };
}

/**
 * A row for each window and question.
 *
 * @param fields the columns of the answers; those that were answered unless given
 */
export function answersTable(observations: readonly Observation[], fields = answeredFields(observations)): Table {
  const rows = observations.map((one) => {
    const answered = one.state === 'answered' ? one : undefined;
    const reason = answered?.reason ?? (one.state === 'failed' ? one.error.message : undefined);
    const values = fields.map((field) => cellOf(answered?.answer[field]));
    const head = [one.span.start, one.span.end, one.question, one.state];
    return [...head, ...values, answered?.confidence, reason, answered?.source, one.model, answered?.cost.answerMs];
  });
  const columns = [
    'start',
    'end',
    'question',
    'state',
    ...fields,
    'confidence',
    'reason',
    'source',
    'model',
    'answer_ms',
  ];
  return { name: 'answers', columns, rows };
}

function answeredFields(observations: readonly Observation[]): string[] {
  const answers = observations.flatMap((one) => (one.state === 'answered' ? [one.answer] : []));
  return [...new Set(answers.flatMap((answer) => Object.keys(answer)))];
}

const cellOf = (value: unknown): Cell => (Array.isArray(value) ? value.join('; ') : (value as Cell));

function measurementsTable({ columns, rows }: Awaited<ReturnType<StoredRun['measurements']>>): Table {
  return { name: 'measurements', columns, rows: withoutNaN(rows) };
}

function* withoutNaN(rows: Iterable<readonly number[]>): Generator<readonly Cell[]> {
  for (const row of rows) yield row.map((value) => (Number.isNaN(value) ? undefined : value));
}
