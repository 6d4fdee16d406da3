import { FramesiftError, messageOf } from '../../core/errors.ts';
import type { ModelRecord, RunSummary } from '../../core/run.ts';
import type { FrameSource } from '../../core/video.ts';
import { plural } from '../../core/words.ts';
import type { SlidesOutcome } from './finding/outcome.ts';
import { runSlides } from './finding/run-slides.ts';
import type {
  OpenRun,
  PlannedStage,
  PrepareOrder,
  PreparedRun,
  RunResults,
  RunnableWorkflow,
} from '../../engine/lifecycle/workflow.ts';
import { runFiles } from '../../store/run-files.ts';
import { slidesAreWhole } from '../../store/read-slides.ts';
import { SlidesFolder } from '../../store/slides-folder.ts';
import type { TextRecognizer } from '../../vision/text/recognizer.ts';
import type { Adapters, OpenSlideModels } from '../adapters.ts';
import { anywhere, openFaceFinder, withoutFaces } from '../redaction.ts';
import { checkFrom, mediaLimits } from '../parse-options.ts';
import { contextSystem } from './context.ts';
import { openContextWriter, type OpenContextWriter } from './context-writer.ts';
import { writeMissingContexts } from './missing-contexts.ts';
import { parseSlidesOptions, type SlidesOptions } from './options.ts';
import { reportSlides } from './report.ts';
import { defined } from '../../core/defined.ts';

/** Where the JSON Schema of `slides.json` is published: inside the package. */
const slidesSchemaUrl = 'https://unpkg.com/framesift/docs/reference/slides.schema.json';

const stageFiles = {
  slides: [
    runFiles.slides,
    runFiles.shown,
    runFiles.states,
    runFiles.pictures,
    runFiles.images,
    runFiles.memory,
    runFiles.ledger,
    runFiles.report,
  ],
  context: [],
} as const;

/** The `slides` workflow: the slides of a talk recording, each once. */
export function slidesWorkflow(adapters: Adapters): RunnableWorkflow {
  return {
    id: 'slides',
    version: 1,
    folderSuffix: '.framesift',
    check: (input) => void parseSlidesOptions(input),
    asks: () => false,
    prepare: (input, order) => Promise.resolve(new SlidesRun(adapters, parseSlidesOptions(input), order)),
    describe: ({ counts }: RunSummary) => plural(counts['slides'] ?? 0, 'slide'),
  };
}

/** Everything but where, and by how many threads, it is worked on decides what is found. */
function decidesOf({
  threads: _,
  device: _d,
  embedded: _e,
  context: _c,
  maxPixels: _p,
  maxFrames: _f,
  maxMemoryMb: _m,
  maxSeconds: _s,
  maxOutputMb: _o,
  ...rest
}: SlidesOptions): Record<string, unknown> {
  return rest;
}

class SlidesRun implements PreparedRun {
  readonly options: SlidesOptions;
  readonly definition;
  readonly stages: readonly PlannedStage[];
  readonly otherStages = stageFiles;
  readonly #adapters: Adapters;
  readonly #order: PrepareOrder;
  readonly #opened = new AsyncDisposableStack();
  #frames: FrameSource | undefined;
  #text: TextRecognizer | undefined;
  #pictures: OpenSlideModels | undefined;
  #context: OpenContextWriter | undefined;

  constructor(adapters: Adapters, options: SlidesOptions, order: PrepareOrder) {
    this.#adapters = adapters;
    this.#order = order;
    this.options = options;
    const { context } = options;
    if (context !== undefined && !options.text) {
      throw new FramesiftError('usage', '--context needs the text of the slides: leave out --no-text.');
    }
    this.definition = { keep: options.keep, ...(context === undefined ? {} : { contextSystem }) };
    this.stages = [
      {
        id: 'slides',
        decides: decidesOf(options),
        files: stageFiles.slides,
        // Killed before its results were in the record, a run that writes no context has no other stage to continue.
        isMissing: async ({ decode, forgotten }, folder) =>
          (context === undefined && decode === undefined) || !(await slidesAreWhole(folder, forgotten === undefined)),
      },
      ...(context === undefined ? [] : [{ id: 'context', decides: { model: context }, files: stageFiles.context }]),
    ];
  }

  get #inTurn(): boolean {
    return this.#order.settings.inTurn ?? this.options.threads === 1;
  }

  async open(run: OpenRun): Promise<{ video: FrameSource['info']; models: ModelRecord[] }> {
    const { options } = this;
    const adapters = this.#adapters;
    const { decoder, hwaccel, threads, from, text } = options;
    // Opened first: what cannot be played should say so before any model is loaded.
    const frames = await adapters.openVideo(run.video, {
      decoder,
      hwaccel,
      onNotice: run.warn,
      // Reading text sets the pace where it is done, and one decoder the less is memory for it.
      segments: !text,
      inTurn: this.#inTurn,
      limits: mediaLimits(options),
      signal: run.signal,
      ...defined({ threads }),
    });
    this.#frames = this.#opened.use(frames);
    if (options.redact) {
      this.#frames = withoutFaces(frames, this.#opened.use(await openFaceFinder(adapters)), anywhere);
    }
    checkFrom(run.video, from, frames.info);
    const found = run.stage('slides').earlier === 'done';
    if (!found && text) this.#text = await adapters.textRecognizer(options, threads);
    if (!found) this.#pictures = await adapters.slideModels(options);
    for (const notice of this.#pictures?.notices ?? []) run.warn(notice);
    this.#context = await this.#openContext(run);
    const pictures = this.#pictures?.records ?? [];
    return {
      video: frames.info,
      models: [...(this.#text?.models ?? []), ...contextRecord(this.#context), ...pictures],
    };
  }

  /** A model that cannot be asked costs the context, not the run; a name that is none is the caller's mistake. */
  async #openContext({ signal, warn, settings: { agree } }: OpenRun): Promise<OpenContextWriter | undefined> {
    const { context, device, embedded } = this.options;
    if (context === undefined) return undefined;
    try {
      const writer = await openContextWriter(this.#adapters, context, {
        signal,
        device,
        onChange: warn,
        ...defined({ embedded, agree }),
      });
      return this.#opened.use(writer);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FramesiftError && error.code === 'usage') throw error;
      warn(`No context is written: ${messageOf(error)}`);
      return undefined;
    }
  }

  async work(run: OpenRun): Promise<RunResults> {
    const stage = run.stage('slides');
    await stage.begin();
    if (stage.earlier === 'done') return writeMissingContexts(run, this.#context);
    // States hold small pictures as they were decoded.
    await using folder = new SlidesFolder(run.folder, this.options.redact ? [runFiles.states] : []);
    const outcome = await this.#find(run, folder);
    await folder.writeJson(runFiles.slides, {
      $schema: slidesSchemaUrl,
      video: run.source.name,
      slides: outcome.slides,
      unsure: outcome.unsure,
    });
    await folder.writeJson(runFiles.shown, { shown: outcome.shown, quiet: outcome.quiet });
    await stage.end();
    for (const notice of this.#text?.notices() ?? []) run.warn(notice);
    if (this.options.context !== undefined) {
      await run.stage('context').end(outcome.slides.filter(lacksContext).length);
    }
    return { ...resultsOf(outcome), shown: this.#context ? shownSlides(outcome.slides) : [] };
  }

  async #find(run: OpenRun, sink: SlidesFolder): Promise<SlidesOutcome> {
    const { every, from, until, exact, jpegQuality, keep } = this.options;
    const text = this.#text;
    const context = this.#context;
    const { trace } = run;
    const pass = runSlides({
      source: this.#frames!,
      sink,
      ...(text ? { text } : {}),
      ...(context ? { context } : {}),
      models: this.#pictures!.models,
      ...(trace ? { onSpan: ({ stage, ...span }) => trace({ stage, name: stage, ...span }) } : {}),
      options: {
        everySeconds: every,
        ...defined({ fromSeconds: from, untilSeconds: until }),
        exact,
        jpegQuality,
        keep,
        textsAtOnce: 2,
        contextsAtOnce: 2,
        inTurn: this.#inTurn,
      },
      signal: run.signal,
    });
    let step = await pass.next();
    for (; !step.done; step = await pass.next()) run.tell(step.value);
    return step.value;
  }

  report(record: Parameters<PreparedRun['report']>[0], run: OpenRun): Promise<void> {
    return reportSlides(run.folder, record);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

/** Times of the slides that a model was shown to write of. */
const shownSlides = (slides: SlidesOutcome['slides']): number[] =>
  slides.filter(({ textState }) => textState === 'read').map(({ timestamp }) => timestamp);

/** A slide without text is never asked about. */
const lacksContext = ({ context, textState }: SlidesOutcome['slides'][number]): boolean =>
  context === undefined && textState === 'read';

function contextRecord(context: OpenContextWriter | undefined): ModelRecord[] {
  if (!context) return [];
  const { digest, device } = context.facts;
  return [{ use: 'context', id: context.id, ...(digest ? { version: digest } : {}), ...(device ? { device } : {}) }];
}

function resultsOf(outcome: SlidesOutcome): RunResults {
  const { decode, slides, framesLookedAt, framesKept, dropped, textsRead, quiet } = outcome;
  const byRule = Object.entries(dropped).map(([rule, count]) => [`dropped:${rule}`, count] as const);
  return {
    timings: outcome.timings,
    decode,
    counts: {
      framesInVideo: decode.packets,
      framesLookedAt,
      quietSeconds: Math.round(quiet.reduce((sum, { start, end }) => sum + end - start, 0)),
      framesKept,
      slides: slides.length,
      textsRead,
      ...Object.fromEntries(byRule),
    },
    cost: { modelCalls: outcome.modelCalls, tokensIn: outcome.tokensIn, tokensOut: outcome.tokensOut },
    warnings: outcome.warnings,
  };
}
