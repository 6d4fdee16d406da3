import { messageOf } from '../../core/errors.ts';
import { combinedPrefix, observationId, type Observation, type ObservationCost } from '../../core/observation.ts';
import type { Workflow, WorkflowQuestion } from '../../core/workflow.ts';
import { AnswerError } from '../../llm/failure.ts';
import type { Effort, Use } from '../../llm/model.ts';
import type { EncodedWindow } from './encode.ts';
import type { PlanKind } from './events.ts';
import { partsOf, promptVersion } from './prompts.ts';
import { defined } from '../../core/defined.ts';

/** Makes observations of what a model said, or did not say. */
export class AnswerRecords {
  readonly #model: string;
  readonly #versions: ReadonlyMap<string, string>;
  readonly #combinedVersion: string;

  constructor(workflow: Workflow, model: string) {
    this.#model = model;
    this.#versions = new Map(workflow.questions.map((q) => [q.id, promptVersion(workflow, q)]));
    const all = [...this.#versions.values()].map((version) => version.slice(0, 2)).join('');
    this.#combinedVersion = `${combinedPrefix}${all}`;
  }

  /** @param took undefined for a section of a combined answer after the first, which has no cost of its own */
  answered(
    window: EncodedWindow,
    question: WorkflowQuestion,
    value: Record<string, unknown>,
    took: Use | Effort | undefined,
    { kind = 'separate', basedOn = [] }: { readonly kind?: PlanKind; readonly basedOn?: readonly string[] },
  ): Observation {
    return {
      ...this.base(window, question, kind),
      state: 'answered',
      ...partsOf(value),
      source: took && 'cached' in took && took.cached ? 'cache' : 'model',
      basedOn,
      ...(kind === 'combined' ? { combined: true as const } : {}),
      cost: costOf(took),
    };
  }

  failed(
    window: EncodedWindow,
    question: WorkflowQuestion,
    error: Error,
    took: Use | Effort | undefined,
    kind: PlanKind = 'separate',
  ): Observation {
    const { kind: why = 'invalid', raw }: Partial<AnswerError> = error instanceof AnswerError ? error : {};
    return {
      ...this.base(window, question, kind),
      state: 'failed',
      error: { kind: why, message: messageOf(error), ...(raw === undefined ? {} : { raw: raw.slice(0, 4000) }) },
      cost: costOf(took),
    };
  }

  base(window: EncodedWindow, question: WorkflowQuestion, kind: PlanKind = 'separate') {
    const { frames = window.frames.length } = question;
    const version = this.#versions.get(question.id) ?? '';
    return {
      id: observationId(window.index, question.id),
      window: window.index,
      question: question.id,
      span: window.span,
      frames: window.frames.slice(-frames),
      model: this.#model,
      promptVersion: kind === 'combined' ? `${this.#combinedVersion}-${version}` : version,
    };
  }
}

function costOf(took: Use | Effort | undefined): ObservationCost {
  const { tokensIn, tokensReused, tokensOut } = took ?? {};
  const tokensSaved = took && 'tokensSaved' in took ? took.tokensSaved : undefined;
  return {
    ...defined({ tokensIn, tokensReused, tokensOut, tokensSaved }),
    queueMs: round(took?.queueMs ?? 0),
    firstTokenMs: round(took && 'firstTokenMs' in took ? took.firstTokenMs : 0),
    answerMs: round(took?.answerMs ?? 0),
    attempts: took?.attempts ?? 0,
  };
}

/** With the requests and tokens of the answer that it replaces; times are its own. */
export function withCostOf(observation: Observation, replaced: Observation | undefined): Observation {
  const more = replaced && 'cost' in replaced ? replaced.cost : undefined;
  if (!more || observation.state === 'skipped') return observation;
  const cost: Mutable<ObservationCost> = { ...costOf(undefined), ...observation.cost };
  cost.attempts += more.attempts;
  for (const name of ['tokensIn', 'tokensReused', 'tokensOut'] as const) {
    if (more[name] !== undefined) cost[name] = (cost[name] ?? 0) + more[name];
  }
  return { ...observation, cost };
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
