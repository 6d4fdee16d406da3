import type { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import type { Severity } from '../core/event.ts';
import type { Adaptive, EventRule, Workflow, WorkflowQuestion } from '../core/workflow.ts';

/** A question as it is written down; what may be left out has a default. */
export interface QuestionDefinition<Names extends string> {
  readonly ask: string;
  readonly answer: z.ZodObject;
  readonly needs?: readonly Names[];
  readonly given?: string;
  /** Default `ask`. */
  readonly withoutNeeds?: 'ask' | 'skip';
  readonly frames?: number;
  readonly maxTokens?: number;
}

/** When answers become an event: which field of which question, which values, how many in a row. */
export interface EventDefinition<Names extends string> {
  readonly title: string;
  readonly question: Names;
  readonly field: string;
  readonly is: readonly (string | number | boolean)[];
  /** Default `warning`. */
  readonly severity?: Severity;
  /** Default 0.5. */
  readonly minConfidence?: number;
  /** Default 2. */
  readonly begin?: number;
  /** Default 2. */
  readonly end?: number;
}

/** A workflow of questions as it is written: what is sampled, asked and concluded. */
export interface WorkflowDefinition<Names extends string> {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly system: string;
  readonly sample: { readonly everySeconds: number; readonly window: number; readonly adaptive?: Adaptive };
  readonly questions: { readonly [Name in Names]: QuestionDefinition<NoInfer<Names>> };
  readonly events?: Readonly<Record<string, EventDefinition<NoInfer<Names>>>>;
}

/** What is wrong with a workflow, and where: the path of keys and list positions that leads there. */
export class WorkflowError extends FramesiftError {
  readonly path: readonly (string | number)[];
  readonly problem: string;

  constructor(problem: string, path: readonly (string | number)[]) {
    super('usage', `The workflow is wrong at ${path.join('.') || 'its top'}: ${problem}`);
    this.problem = problem;
    this.path = path;
  }
}

/** Fields that every answer has besides its question's own. */
export const commonFields = ['reason', 'confidence'] as const;

/**
 * Checks a workflow and puts its questions in an order in which each comes after what it needs. A misspelt `needs` in
 * TypeScript does not compile; one in YAML, a cycle, or a `given` that names no field is found here.
 * Throws WorkflowError.
 */
export function defineWorkflow<Names extends string>(definition: WorkflowDefinition<Names>): Workflow {
  const { sample } = definition;
  const window = sample.window;
  if (!Number.isInteger(window) || window < 2 || window > 8) {
    throw new WorkflowError('a window has 2 to 8 frames', ['sample', 'window']);
  }
  if (!(sample.everySeconds > 0)) throw new WorkflowError('must be more than 0 seconds', ['sample', 'every']);
  const named = Object.entries<QuestionDefinition<Names>>(definition.questions);
  if (named.length === 0) throw new WorkflowError('it asks nothing', ['questions']);
  const questions = new Map(
    named.map(([id, question]) => [
      id,
      {
        id,
        ask: question.ask,
        answer: question.answer,
        needs: question.needs ?? [],
        given: question.given,
        withoutNeeds: question.withoutNeeds ?? 'ask',
        frames: question.frames,
        maxTokens: question.maxTokens,
      } satisfies WorkflowQuestion,
    ]),
  );
  for (const question of questions.values()) checkQuestion(question, questions, window);
  return {
    id: definition.id,
    version: definition.version,
    title: definition.title,
    system: definition.system,
    sample: { everySeconds: sample.everySeconds, window, adaptive: sample.adaptive },
    questions: inOrder(questions),
    events: Object.entries<EventDefinition<Names>>(definition.events ?? {}).map(([id, event]) =>
      checkedRule(id, event, questions),
    ),
  };
}

function checkQuestion(question: WorkflowQuestion, all: ReadonlyMap<string, WorkflowQuestion>, window: number): void {
  const at = (...rest: (string | number)[]) => ['questions', question.id, ...rest];
  if (!/^[a-z][a-z0-9_-]*$/i.test(question.id)) throw new WorkflowError('a name is a word such as face_state', at());
  for (const name of commonFields) {
    if (name in question.answer.shape)
      throw new WorkflowError(`every answer has a ${name} already`, at('answer', name));
  }
  for (const [index, name] of question.needs.entries()) {
    if (!all.has(name)) {
      throw new WorkflowError(
        `no question is named ${name}; there are ${[...all.keys()].join(', ')}`,
        at('needs', index),
      );
    }
  }
  if (question.frames !== undefined && !(question.frames >= 1 && question.frames <= window)) {
    throw new WorkflowError(`between 1 and the window's ${window} frames`, at('frames'));
  }
  for (const [whole, name = '', field = ''] of (question.given ?? '').matchAll(placeholder)) {
    const needed = all.get(name);
    if (!needed || !question.needs.includes(name))
      throw new WorkflowError(`${whole} is not among its needs`, at('given'));
    if (!(field in needed.answer.shape)) throw new WorkflowError(`${name} has no answer field ${field}`, at('given'));
  }
}

/** `{{question.field}}` in `given`. */
export const placeholder = /\{\{\s*([\w-]+)\.([\w-]+)\s*\}\}/g;

/** Depth first, so that a cycle is met on the way and can be named. */
function inOrder(questions: ReadonlyMap<string, WorkflowQuestion>): WorkflowQuestion[] {
  const ordered = new Set<WorkflowQuestion>();
  const visit = (question: WorkflowQuestion, way: readonly string[]) => {
    if (ordered.has(question)) return;
    if (way.includes(question.id)) {
      const circle = [...way.slice(way.indexOf(question.id)), question.id];
      throw new WorkflowError(`questions need each other in a circle: ${circle.join(' → ')}`, [
        'questions',
        question.id,
        'needs',
      ]);
    }
    for (const name of question.needs) visit(questions.get(name) as WorkflowQuestion, [...way, question.id]);
    ordered.add(question);
  };
  for (const question of questions.values()) visit(question, []);
  return [...ordered];
}

function checkedRule(
  id: string,
  event: EventDefinition<string>,
  questions: ReadonlyMap<string, WorkflowQuestion>,
): EventRule {
  const at = (key: string) => ['events', id, key];
  const question = questions.get(event.question);
  if (!question) throw new WorkflowError(`no question is named ${event.question}`, at('question'));
  const field = question.answer.shape[event.field] as z.ZodType | undefined;
  if (!field) throw new WorkflowError(`${event.question} has no answer field ${event.field}`, at('field'));
  for (const value of event.is) {
    if (!field.safeParse(value).success) throw new WorkflowError(`${event.field} is never ${value}`, at('is'));
  }
  const { begin = 2, end = 2, minConfidence = 0.5, severity = 'warning' } = event;
  if (begin < 1 || end < 1) throw new WorkflowError('at least 1 answer', at(begin < 1 ? 'begin' : 'end'));
  return {
    id,
    title: event.title,
    severity,
    question: event.question,
    field: event.field,
    is: event.is,
    minConfidence,
    begin,
    end,
  };
}
