import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Answered, Observation } from '../../core/observation.ts';
import type { Workflow, WorkflowQuestion } from '../../core/workflow.ts';
import { readAnswer } from '../../llm/schema.ts';

/** The longest reason that is asked for; a longer one is cut, not refused. */
const reasonLength = 160;

const whole = new WeakMap<WorkflowQuestion, z.ZodObject>();

/**
 * A question's whole answer: the reason first, because a model that has said why judges better than one that has not;
 * then the question's own fields; then how sure it is, as a whole per cent: grammars do not keep a number's bounds.
 */
export function answerSchema(question: WorkflowQuestion): z.ZodObject {
  let schema = whole.get(question);
  if (!schema) {
    schema = z.object({
      reason: z.string().meta({ maxLength: reasonLength }),
      ...question.answer.shape,
      confidence: z.int().min(0).max(100),
    });
    whole.set(question, schema);
  }
  return schema;
}

export interface RenderedPrompt {
  readonly text: string;
  /** Observations whose answers are in the text. */
  readonly basedOn: readonly string[];
}

/** A question's prompt, told the answers it needs, as far as there are any. */
export function promptOf(question: WorkflowQuestion, answers: ReadonlyMap<string, Observation>): RenderedPrompt {
  const needed = question.needs.map((name) => answers.get(name)).filter((seen) => seen?.state === 'answered');
  if (question.given === undefined || needed.length < question.needs.length) return { text: question.ask, basedOn: [] };
  const given = question.given.replace(/\{\{\s*([\w-]+)\.([\w-]+)\s*\}\}/g, (_, name: string, field: string) =>
    String((answers.get(name) as Answered).answer[field]),
  );
  return { text: `${given}\n${question.ask}`, basedOn: needed.map(({ id }) => id) };
}

/** One prompt for all questions, and one schema with a section for each. */
export function combinedPrompt(questions: readonly WorkflowQuestion[]): { text: string; schema: z.ZodObject } {
  const sections = questions.map(({ id, ask }) => `${id}: ${ask}`);
  return {
    text: `Answer each of these questions in its own section.\n${sections.join('\n')}`,
    schema: z.object(Object.fromEntries(questions.map((question) => [question.id, answerSchema(question)]))),
  };
}

const looseSchema = z.record(z.string(), z.unknown());

/** What of an answer to all questions can be read, where it was refused as a whole. */
export function sectionsIn(raw: string | undefined): Record<string, unknown> {
  if (raw === undefined) return {};
  const read = readAnswer(raw, looseSchema);
  return 'value' in read ? read.value : {};
}

/** The longest that is said in one question, its system text included, and the most tokens of an answer to one. */
export function largestQuestion(
  { system, questions }: Workflow,
  combined: boolean,
): { readonly longestText: string; readonly answerTokens: number } {
  const tokens = questions.map(({ maxTokens = defaultAnswerTokens }) => maxTokens);
  if (combined) {
    const { text } = combinedPrompt(questions);
    return { longestText: `${system}\n${text}`, answerTokens: tokens.reduce((sum, more) => sum + more, 0) };
  }
  const texts = questions.map(({ ask, given = '' }) => `${system}\n${given}\n${ask}`);
  const longestText = texts.reduce((a, b) => (b.length > a.length ? b : a), '');
  return { longestText, answerTokens: Math.max(...tokens) };
}

/** Tokens of one short answer with its reason; a cut one is asked once more with twice as much. */
export const defaultAnswerTokens = 256;

/** The first 12 letters of a hash over all words that the model is given besides the answers it is told. */
export function promptVersion(workflow: Workflow, question: WorkflowQuestion): string {
  const schema = z.toJSONSchema(answerSchema(question));
  const words = [workflow.system, question.ask, question.given, question.frames, schema];
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 12);
}

// oxlint-disable-next-line no-control-regex -- a model's words go to terminals: no escape sequence may be in them
const unprintable = /[\u0000-\u001f\u007f-\u009f\s]+/g;

/** Splits a checked answer into what is stored. */
export function partsOf(value: Record<string, unknown>): {
  answer: Record<string, unknown>;
  confidence: number;
  reason: string;
} {
  const { reason, confidence, ...answer } = value;
  const line = String(reason).replaceAll(unprintable, ' ').trim();
  return {
    answer,
    confidence: Number(confidence) / 100,
    reason: line.length <= reasonLength ? line : `${line.slice(0, reasonLength - 1)}…`,
  };
}
