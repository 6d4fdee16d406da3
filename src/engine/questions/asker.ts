import type { Observation } from '../../core/observation.ts';
import type { Workflow, WorkflowQuestion } from '../../core/workflow.ts';
import { AnswerError } from '../../llm/failure.ts';
import type { AskOptions, Use, VisionLanguageModel } from '../../llm/model.ts';
import { AnswerRecords, withCostOf } from './answer-records.ts';
import { tellRequests } from './activity.ts';
import type { EncodedWindow } from './encode.ts';
import type { Plan, QuestionsEvent, WindowRecord } from './events.ts';
import { HoldRate } from './hold-rate.ts';
import { Pace } from './pace.ts';
import {
  answerSchema,
  combinedPrompt,
  defaultAnswerTokens,
  promptOf,
  sectionsIn,
  type RenderedPrompt,
} from './prompts.ts';

export interface AskerOptions {
  readonly workflow: Workflow;
  readonly model: VisionLanguageModel;
  /** Ask a question that needs others under the answers of the window before, where slots are free. */
  readonly speculate: boolean;
  /** Of such guesses so many must hold lately, or no more are made for a while; 0–1. Default 0.5. */
  readonly speculateShare?: number;
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
  /** Not asked early, as too few had held lately. */
  braked: number;
}

type Answers = Map<string, Observation>;

interface AskedWindow extends EncodedWindow {
  readonly replaced: ReadonlyMap<string, Observation>;
}

/** Asks a workflow's questions about windows, by any of the three plans. */
export class WindowAsker {
  readonly #speculation = { asked: 0, held: 0, wasted: 0 };
  readonly #holdRate: HoldRate;
  readonly #options: AskerOptions;
  readonly #records: AnswerRecords;
  /** The latest answers of any window, to speculate with. */
  readonly #latest: Answers = new Map();
  readonly #pace = new Pace();

  constructor(options: AskerOptions) {
    this.#options = options;
    const { workflow, speculateShare = 0.5 } = options;
    this.#holdRate = new HoldRate(speculateShare);
    this.#records = new AnswerRecords(workflow, options.model.id);
  }

  get speculation(): Speculation {
    return { ...this.#speculation, braked: this.#holdRate.braked };
  }

  /**
   * Asks what `known` (observations of an earlier run) does not hold; by the plan `combined` all, where it does not hold
   * all. A question that fails is a failed observation; only an abort, and a server that stays away, end in an exception.
   *
   * @param replaced observations that the new ones replace; what they took is counted with those
   */
  async ask(
    encoded: EncodedWindow,
    plan: Plan,
    known: ReadonlyMap<string, Observation>,
    signal: AbortSignal,
    replaced: ReadonlyMap<string, Observation> = new Map(),
  ): Promise<WindowRecord> {
    const { questions } = this.#options.workflow;
    const window = { ...encoded, replaced };
    const all = questions.every(({ id }) => known.has(id));
    const answers: Answers = new Map(all || plan !== 'combined' ? known : []);
    const open = questions.filter(({ id }) => !answers.has(id));
    const since = performance.now();
    if (open.length > 0) {
      if (plan === 'combined') await this.#combined(window, answers, signal);
      else if (plan === 'lanes') await this.#inOneLane(window, open, answers, signal);
      else await this.#atOnce(window, open, answers, signal, plan === 'primed');
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
    window: AskedWindow,
    open: readonly WorkflowQuestion[],
    answers: Answers,
    signal: AbortSignal,
  ): Promise<void> {
    using lane = this.#options.model.openLane({ priority: this.#priorityOf(window) });
    for (const question of open) {
      const observation = await this.#one(window, question, promptOf(question, answers), answers, signal, { lane });
      await this.#keep(observation, answers, window);
    }
  }

  /**
   * Each as soon as what it needs is there; `primed`: the others when the first one's words come, as the server has read
   * the pictures then. All on one server.
   */
  async #atOnce(
    window: AskedWindow,
    open: readonly WorkflowQuestion[],
    answers: Answers,
    signal: AbortSignal,
    primed: boolean,
  ): Promise<void> {
    const stop = new AbortController();
    const within = AbortSignal.any([signal, stop.signal]);
    const asking: Promise<void>[] = [];
    // Free slots are taken in this order: each asks after as many turns of the microtask queue.
    const order = this.#pace.order(open, this.#options.model.free, (question) => this.#mayGuess(question));
    // What is waited for must be under way before what waits for it, wherever the order has it.
    const work = new Map(open.map(({ id }) => [id, Promise.withResolvers<void>()]));
    const first = primed ? order.questions.find(({ needs }) => needs.every((name) => !work.has(name))) : undefined;
    const read = Promise.withResolvers<void>();
    for (const question of order.questions) {
      const needed = question.needs.flatMap((name) => work.get(name)?.promise ?? []);
      const before = first && question !== first ? [...needed, read.promise] : needed;
      const early = order.early.has(question) ? this.#speculate(window, question, within) : undefined;
      const how = { together: window, ...(question === first ? { onFirstWord: read.resolve } : {}) };
      const run = async () => {
        await Promise.all(before);
        const prompt = promptOf(question, answers);
        let observation = await early?.take(prompt);
        if (!observation) observation = await this.#one(window, question, prompt, answers, within, how);
        if (question === first) read.resolve();
        await this.#keep(observation, answers, window);
        work.get(question.id)?.resolve();
      };
      asking.push(run());
    }
    try {
      await Promise.all(asking);
    } catch (error) {
      stop.abort(error);
      // Nobody waits for an answer that will not come.
      read.resolve();
      for (const { resolve } of work.values()) resolve();
      await Promise.allSettled(asking);
      throw error;
    }
  }

  /** The earlier a window, the sooner; those of a first one before all that any video has. */
  #priorityOf({ index }: AskedWindow): number {
    return this.#options.first ? index - 1e9 : index;
  }

  #mayGuess({ id, needs }: WorkflowQuestion): boolean {
    return this.#options.speculate && needs.every((name) => this.#latest.has(name)) && this.#holdRate.allows(id);
  }

  /** Asks a question under the answers of the window before, to be taken if the new ones say the same. */
  #speculate(window: AskedWindow, question: WorkflowQuestion, signal: AbortSignal) {
    const guess = promptOf(question, this.#latest);
    const stop = new AbortController();
    this.#speculation.asked += 1;
    const either = AbortSignal.any([signal, stop.signal]);
    const asked = Promise.all([]).then(() =>
      this.#one(window, question, guess, this.#latest, either, { together: window }),
    );
    asked.catch(() => {});
    return {
      take: async (prompt: RenderedPrompt): Promise<Observation | undefined> => {
        if (prompt.text !== guess.text) {
          this.#speculation.wasted += 1;
          this.#holdRate.record(question.id, false);
          stop.abort(new Error('the answer it was guessed from was another one'));
          return undefined;
        }
        this.#speculation.held += 1;
        this.#holdRate.record(question.id, true);
        const observation = await asked;
        return observation.state === 'answered' ? { ...observation, basedOn: prompt.basedOn } : observation;
      },
    };
  }

  async #combined(window: AskedWindow, answers: Answers, signal: AbortSignal): Promise<void> {
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
      value = sectionsIn(error.raw);
    }
    for (const [index, question] of workflow.questions.entries()) {
      // Sections that are whole are kept, also where the answer as a whole was refused.
      const section = answerSchema(question).safeParse(value[question.id]);
      const took = index === 0 ? (use ?? failure?.effort) : undefined;
      const observation = section.success
        ? this.#records.answered(window, question, section.data, took, { kind: 'combined' })
        : this.#records.failed(window, question, failure ?? new Error('the section is missing'), took, 'combined');
      await this.#keep(observation, answers, window);
    }
  }

  async #one(
    window: AskedWindow,
    question: WorkflowQuestion,
    prompt: RenderedPrompt,
    answers: ReadonlyMap<string, Observation>,
    signal: AbortSignal,
    how: Pick<AskOptions, 'lane' | 'together' | 'onFirstWord'>,
  ): Promise<Observation> {
    const missing = question.needs.filter((name) => answers.get(name)?.state !== 'answered');
    const base = this.#records.base(window, question);
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
          { signal, priority: this.#priorityOf(window), ...how },
        ),
      );
      if (!use.cached) this.#pace.record(question.id, use.answerMs);
      return this.#records.answered(window, question, value, use, { basedOn: prompt.basedOn });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AnswerError)) throw error;
      return this.#records.failed(window, question, error, error.effort);
    }
  }

  async #timed<R extends { readonly use: Use }>(window: AskedWindow, name: string, work: () => Promise<R>): Promise<R> {
    const since = performance.now();
    try {
      const result = await work();
      tellRequests(this.#options.emit, window.index, name, since, result.use);
      return result;
    } catch (error) {
      if (error instanceof AnswerError) tellRequests(this.#options.emit, window.index, name, since, error.effort);
      throw error;
    }
  }

  async #keep(told: Observation, answers: Answers, { replaced }: AskedWindow): Promise<void> {
    const spent = 'cost' in told ? told.cost : undefined;
    const observation = withCostOf(told, replaced.get(told.question));
    answers.set(observation.question, observation);
    if (observation.state === 'answered') this.#latest.set(observation.question, observation);
    const startMs = performance.now();
    await this.#options.keep(observation);
    const { question: name, window } = observation;
    const activity = { stage: 'write', name, window, startMs, endMs: performance.now() } as const;
    this.#options.emit({ type: 'activity', activity });
    this.#options.emit({ type: 'observation', observation, ...(spent ? { spent } : {}) });
  }
}
