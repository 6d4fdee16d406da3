import { basename } from 'node:path';
import { isMap, isNode, type Document, type LineCounter } from 'yaml';
import { z } from 'zod';
import { FramesiftError } from '../core/errors.ts';
import { parseYaml, readYamlText, YamlFault, type Yaml } from '../core/yaml.ts';
import { severities } from '../core/event.ts';
import type { Workflow } from '../core/workflow.ts';
import { defineWorkflow, WorkflowError, type QuestionDefinition } from './define.ts';
import { defined } from '../core/defined.ts';

/** What a field of an answer may be, as it is written in YAML. */
const Field = z.union(
  [
    z.strictObject({ one_of: z.array(z.string().min(1)).min(2) }),
    z.strictObject({ some_of: z.array(z.string().min(1)).min(2), most: z.int().min(1).optional() }),
    z.strictObject({ whole: z.tuple([z.int(), z.int()]).refine(([from, to]) => from < to, 'from is not below to') }),
    z.literal('yes_no'),
    z.literal('text'),
  ],
  { error: 'a field is yes_no, text, {one_of: [A, B]}, {some_of: [A, B]} or {whole: [0, 20]}' },
);

const Question = z.strictObject({
  ask: z.string().min(1),
  answer: z.record(z.string(), Field).refine((fields) => Object.keys(fields).length > 0, 'it has no fields'),
  needs: z.array(z.string()).optional(),
  given: z.string().optional(),
  without_needs: z.enum(['ask', 'skip']).optional(),
  frames: z.int().min(1).optional(),
  max_tokens: z.int().min(16).optional(),
});

const Definition = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'a name in lower case, such as shop-counter'),
  version: z.int().min(1).default(1),
  title: z.string().optional(),
  system: z.string().min(1),
  sample: z.strictObject({
    every: z.number().positive(),
    window: z.int(),
    adaptive: z.strictObject({ motion: z.number().positive(), max_gap: z.number().positive() }).optional(),
  }),
  questions: z.record(z.string(), Question),
  events: z
    .record(
      z.string(),
      z.strictObject({
        title: z.string(),
        question: z.string(),
        field: z.string(),
        is: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
        severity: z.enum(severities).optional(),
        min_confidence: z.number().min(0).max(1).optional(),
        begin: z.int().min(1).optional(),
        end: z.int().min(1).optional(),
      }),
    )
    .optional(),
});

/** Reads a user's workflow. Throws FramesiftError `input` (no such file) or `usage` with the file and the line. */
export async function readWorkflow(path: string): Promise<Workflow> {
  const name = basename(path);
  const text = await readYamlText(path).catch((error: unknown) => refuseFault(name, error));
  if (text === undefined) throw new FramesiftError('input', `${path}: no such workflow file. Check the path.`);
  return parseWorkflow(text, name);
}

/** `name` stands before the line in what is thrown: FramesiftError `usage`, `shop.yaml:12: …`. */
export function parseWorkflow(text: string, name: string): Workflow {
  const refuse = (line: number, problem: string): never => refuseFault(name, new YamlFault(line, problem));
  const { value, document, lines } = read(text, name);
  const at = (path: readonly PropertyKey[]) => lineOf(document, path, lines);

  const checked = Definition.safeParse(value);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    if (!issue) return refuse(1, 'not a workflow');
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
    const where = path.length > 0 ? `${path.join('.')}: ` : '';
    return refuse(at(path), `${where}${messageFor(issue)}`);
  }
  const { sample, questions, events = {}, ...rest } = checked.data;
  try {
    return defineWorkflow<string>({
      ...rest,
      title: rest.title ?? rest.id,
      sample: {
        everySeconds: sample.every,
        window: sample.window,
        ...(sample.adaptive
          ? { adaptive: { motion: sample.adaptive.motion, maxGapSeconds: sample.adaptive.max_gap } }
          : {}),
      },
      questions: Object.fromEntries(Object.entries(questions).map(([id, question]) => [id, definitionOf(question)])),
      events: Object.fromEntries(
        Object.entries(events).map(([id, { min_confidence, severity, begin, end, ...event }]) => [
          id,
          {
            ...event,
            ...defined({ severity, minConfidence: min_confidence, begin, end }),
          },
        ]),
      ),
    });
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    const where = error.path.join('.');
    return refuse(at(error.path), `${where}: ${error.problem}`);
  }
}

function read(text: string, name: string): Yaml {
  try {
    return parseYaml(text);
  } catch (error) {
    return refuseFault(name, error);
  }
}

function refuseFault(name: string, error: unknown): never {
  if (!(error instanceof YamlFault)) throw error;
  throw new FramesiftError('usage', `${name}:${error.line}: ${error.message}`);
}

function definitionOf(question: z.infer<typeof Question>): QuestionDefinition<string> {
  const { ask, answer, needs, given, without_needs, frames, max_tokens } = question;
  return {
    ask,
    answer: z.object(Object.fromEntries(Object.entries(answer).map(([field, form]) => [field, schemaOf(form)]))),
    ...defined({ needs, given, withoutNeeds: without_needs, frames, maxTokens: max_tokens }),
  };
}

function schemaOf(form: z.infer<typeof Field>): z.ZodType {
  if (form === 'yes_no') return z.boolean();
  if (form === 'text') return z.string().meta({ maxLength: 200 });
  if ('one_of' in form) return z.enum(form.one_of);
  if ('some_of' in form) return z.array(z.enum(form.some_of)).max(form.most ?? form.some_of.length);
  return z.int().min(form.whole[0]).max(form.whole[1]);
}

function messageFor(issue: z.core.$ZodIssue): string {
  // An empty file, a web page, a list: nothing in it has a name.
  if (issue.code === 'invalid_type' && issue.path.length === 0)
    return 'holds no workflow (id, system, sample, questions)';
  if (issue.code === 'unrecognized_keys') return `nothing is named ${issue.keys[0]} here`;
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing';
  return issue.message;
}

/** The line of a path's own key or item; of the nearest part that exists, where the path is of something missing. */
function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const parent = length === 1 ? document.contents : document.getIn(part.slice(0, -1), true);
    const key = part.at(-1);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isNode(item.key) && String(item.key) === String(key));
      if (pair && isNode(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
    }
    const node = document.getIn(part, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
