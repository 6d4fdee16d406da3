import { z } from 'zod';
import { messageOf } from '../../core/errors.ts';
import { observationId, type Answered, type Observation } from '../../core/observation.ts';
import type { Workflow, WorkflowQuestion } from '../../core/workflow.ts';
import { AnswerError } from '../../llm/failure.ts';
import type { Lane, Use, VisionLanguageModel } from '../../llm/model.ts';
import { readAnswer } from '../../llm/schema.ts';
import type { EncodedWindow } from './encode.ts';
import type { Plan, QuestionsEvent, WindowRecord } from './events.ts';
import { Pace } from './pace.ts';
import { answerSchema, combinedPrompt, partsOf, promptOf, promptVersion, type RenderedPrompt } from './prompts.ts';

export interface AskerOptions {
  readonly workflow: Workflow;
  readonly model: VisionLanguageModel;
  /** Ask a question that needs others under the answers of the window before, where slots are free. */
  readonly speculate: boolean;
  /** Whether its windows go before those of others in the queue for slots. Default false. */
  readonly first?: boolean;
  /** Called with each observation as it comes, before the next question that needs it is asked; it is stored there. */
  readonly keep: (observation: Observation) => Promise<void>;
  readonly emit: (event: QuestionsEvent) => void;
}

/** How speculation went. */
export interface Speculation {
  asked: number;
  /** The new answers agreed: the early answer stands. */
  held: number;
  /** They did not: the question was asked again. */
  wasted: number;
}

type Answers = Map<string, Observation>;

/** Asks a workflow's questions about windows, by any of the three plans. */
export class WindowAsker {
  readonly speculation: Speculation = { asked: 0, held: 0, wasted: 0 };
  readonly #options: AskerOptions;
  readonly #versions: ReadonlyMap<string, string>;
  readonly #combinedVersion: string;
  /** The latest answers of any window, to speculate with. */
  readonly #latest: Answers = new Map();
  readonly #pace = new Pace();

  constructor(options: AskerOptions) {
    this.#options = options;
    const { workflow } = options;
    this.#versions = new Map(workflow.questions.map((q) => [q.id, promptVersion(workflow, q)]));
    this.#combinedVersion = `all-${[...this.#versions.values()].map((version) => version.slice(0, 2)).join('')}`;
  }

  /**
   * Asks what `known` (observations of an earlier run) does not hold. A question that fails is a failed observation;
   * only an abort, and a server that stays away, end in an exception.
   */
  async ask(
    window: EncodedWindow,
    plan: Plan,
    known: ReadonlyMap<string, Observation>,
    signal: AbortSignal,
  ): Promise<WindowRecord> {
    const { questions } = this.#options.workflow;
    const answers: Answers = new Map(known);
    const open = questions.filter(({ id }) => !answers.has(id));
    const since = performance.now();
    if (open.length > 0) {
      if (plan === 'combined' && open.length === questions.length) await this.#combined(window, answers, signal);
      else if (plan === 'lanes') await this.#inOneLane(window, open, answers, signal);
      else await this.#atOnce(window, open, answers, signal);
    }
    return {
      window: window.index,
      span: window.span,
      plan,
      observations: questions.flatMap(({ id }) => answers.get(id) ?? []),
      asked: open.map(({ id }) => id),
      latencyMs: performance.now() - since,
      idle: open.length === 0,
    };
  }

  /** One after another on one slot: the server finds the pictures' prefix where it left it. */
  async #inOneLane(
    window: EncodedWindow,
    open: readonly WorkflowQuestion[],
    answers: Answers,
    signal: AbortSignal,
  ): Promise<void> {
    using lane = this.#options.model.openLane({ priority: this.#priorityOf(window) });
    for (const question of open) {
      const observation = await this.#one(window, question, promptOf(question, answers), answers, signal, lane);
      await this.#keep(observation, answers);
    }
  }

  /** Each as soon as what it needs is there. */
  async #atOnce(
    window: EncodedWindow,
    open: readonly WorkflowQuestion[],
    answers: Answers,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    const within = AbortSignal.any([signal, stop.signal]);
    const asking: Promise<void>[] = [];
    // Free slots are taken in this order: each asks after as many turns of the microtask queue.
    const order = this.#pace.order(open, this.#options.model.free, (question) => this.#mayGuess(question));
    // What is waited for must be under way before what waits for it, wherever the order has it.
    const work = new Map(open.map(({ id }) => [id, Promise.withResolvers<void>()]));
    for (const question of order.questions) {
      const before = question.needs.flatMap((name) => work.get(name)?.promise ?? []);
      const early = order.early.has(question) ? this.#speculate(window, question, within) : undefined;
      const run = async () => {
        await Promise.all(before);
        const prompt = promptOf(question, answers);
        let observation = await early?.take(prompt);
        if (!observation) observation = await this.#one(window, question, prompt, answers, within);
        await this.#keep(observation, answers);
        work.get(question.id)?.resolve();
      };
      asking.push(run());
    }
    try {
      await Promise.all(asking);
    } catch (error) {
      stop.abort(error);
      // Nobody waits for an answer that will not come.
      for (const { resolve } of work.values()) resolve();
      await Promise.allSettled(asking);
      throw error;
    }
  }

  /** The earlier a window, the sooner. */
  #priorityOf({ index }: EncodedWindow): number {
    return this.#options.first ? index - before : index;
  }

  #mayGuess({ needs }: WorkflowQuestion): boolean {
    return this.#options.speculate && needs.every((name) => this.#latest.has(name));
  }

  /** Asks a question under the answers of the window before, to be taken if the new ones say the same. */
  #speculate(window: EncodedWindow, question: WorkflowQuestion, signal: AbortSignal) {
    const guess = promptOf(question, this.#latest);
    const stop = new AbortController();
    this.speculation.asked += 1;
    const either = AbortSignal.any([signal, stop.signal]);
    const asked = Promise.all([]).then(() => this.#one(window, question, guess, this.#latest, either));
    asked.catch(() => {});
    return {
      take: async (prompt: RenderedPrompt): Promise<Observation | undefined> => {
        if (prompt.text !== guess.text) {
          this.speculation.wasted += 1;
          stop.abort(new Error('the answer it was guessed from was another one'));
          return undefined;
        }
        this.speculation.held += 1;
        const observation = await asked;
        return observation.state === 'answered' ? { ...observation, basedOn: prompt.basedOn } : observation;
      },
    };
  }

  async #combined(window: EncodedWindow, answers: Answers, signal: AbortSignal): Promise<void> {
    const { workflow, model } = this.#options;
    const { text, schema } = combinedPrompt(workflow.questions);
    let value: Record<string, unknown> = {};
    let use: Use | undefined;
    let failure: AnswerError | undefined;
    try {
      const answer = await this.#timed(window, 'combined', () =>
        model.answer(
          {
            images: window.images,
            system: workflow.system,
            prompt: text,
            schema,
            maxTokens: workflow.questions.reduce((sum, { maxTokens = defaultAnswerTokens }) => sum + maxTokens, 0),
          },
          { signal, priority: this.#priorityOf(window) },
        ),
      );
      ({ value, use } = answer);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      failure = error;
      value = looseObject(error.raw);
    }
    for (const [index, question] of workflow.questions.entries()) {
      // Sections that are whole are kept, also where the answer as a whole was refused.
      const section = answerSchema(question).safeParse(value[question.id]);
      const version = `${this.#combinedVersion}-${this.#versions.get(question.id)}`;
      await this.#keep(
        section.success
          ? this.#answered(window, question, section.data, index === 0 ? use : undefined, [], version, true)
          : this.#failed(window, question, failure ?? new Error('the section is missing'), version),
        answers,
      );
    }
  }

  async #one(
    window: EncodedWindow,
    question: WorkflowQuestion,
    prompt: RenderedPrompt,
    answers: ReadonlyMap<string, Observation>,
    signal: AbortSignal,
    lane?: Lane,
  ): Promise<Observation> {
    const missing = question.needs.filter((name) => answers.get(name)?.state !== 'answered');
    const base = this.#base(window, question);
    if (missing.length > 0 && question.withoutNeeds === 'skip') return { ...base, state: 'skipped', missing };
    const { frames = window.images.length } = question;
    try {
      const { value, use } = await this.#timed(window, question.id, () =>
        this.#options.model.answer(
          {
            images: window.images.slice(-frames),
            system: this.#options.workflow.system,
            prompt: prompt.text,
            schema: answerSchema(question),
            maxTokens: question.maxTokens ?? defaultAnswerTokens,
          },
          { signal, priority: this.#priorityOf(window), ...(lane ? { lane } : {}) },
        ),
      );
      if (!use.cached) this.#pace.record(question.id, use.answerMs);
      return this.#answered(window, question, value, use, prompt.basedOn);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AnswerError)) throw error;
      return this.#failed(window, question, error);
    }
  }

  async #timed<R extends { readonly use: Use }>(
    window: EncodedWindow,
    name: string,
    work: () => Promise<R>,
  ): Promise<R> {
    const startMs = performance.now();
    const result = await work();
    const endMs = performance.now();
    const { emit } = this.#options;
    const asked = Math.max(startMs, endMs - result.use.answerMs);
    emit({ type: 'activity', activity: { stage: 'wait', name, window: window.index, startMs, endMs: asked } });
    emit({ type: 'activity', activity: { stage: 'ask', name, window: window.index, startMs: asked, endMs } });
    return result;
  }

  #answered(
    window: EncodedWindow,
    question: WorkflowQuestion,
    value: Record<string, unknown>,
    use: Use | undefined,
    basedOn: readonly string[],
    version?: string,
    combined = false,
  ): Answered {
    const { tokensIn, tokensReused, tokensOut } = use ?? {};
    return {
      ...this.#base(window, question, version),
      state: 'answered',
      ...partsOf(value),
      source: use?.cached ? 'cache' : 'model',
      basedOn,
      ...(combined ? { combined: true as const } : {}),
      cost: {
        ...(tokensIn === undefined ? {} : { tokensIn }),
        ...(tokensReused === undefined ? {} : { tokensReused }),
        ...(tokensOut === undefined ? {} : { tokensOut }),
        queueMs: round(use?.queueMs ?? 0),
        firstTokenMs: round(use?.firstTokenMs ?? 0),
        answerMs: round(use?.answerMs ?? 0),
        attempts: use?.attempts ?? 0,
      },
    };
  }

  #failed(window: EncodedWindow, question: WorkflowQuestion, error: Error, version?: string): Observation {
    const kind = error instanceof AnswerError ? error.kind : 'invalid';
    const raw = error instanceof AnswerError ? error.raw : undefined;
    return {
      ...this.#base(window, question, version),
      state: 'failed',
      error: { kind, message: messageOf(error), ...(raw === undefined ? {} : { raw: raw.slice(0, 4000) }) },
    };
  }

  #base(window: EncodedWindow, question: WorkflowQuestion, version = this.#versions.get(question.id) ?? '') {
    const { frames = window.frames.length } = question;
    return {
      id: observationId(window.index, question.id),
      window: window.index,
      question: question.id,
      span: window.span,
      frames: window.frames.slice(-frames),
      model: this.#options.model.id,
      promptVersion: version,
    };
  }

  async #keep(observation: Observation, answers: Answers): Promise<void> {
    answers.set(observation.question, observation);
    if (observation.state === 'answered') this.#latest.set(observation.question, observation);
    const startMs = performance.now();
    await this.#options.keep(observation);
    const { question: name, window } = observation;
    const activity = { stage: 'write', name, window, startMs, endMs: performance.now() } as const;
    this.#options.emit({ type: 'activity', activity });
    this.#options.emit({ type: 'observation', observation });
  }
}

/** More than there are windows in any video. */
const before = 1e9;

/** Tokens of one short answer with its reason; a cut one is asked once more with twice as much. */
const defaultAnswerTokens = 256;

const looseSchema = z.record(z.string(), z.unknown());

function looseObject(raw: string | undefined): Record<string, unknown> {
  if (raw === undefined) return {};
  const read = readAnswer(raw, looseSchema);
  return 'value' in read ? read.value : {};
}

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
