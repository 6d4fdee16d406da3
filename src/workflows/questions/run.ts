import type { ModelRecord } from '../../core/run.ts';
import type { FrameSource, VideoInfo } from '../../core/video.ts';
import type { Workflow } from '../../core/workflow.ts';
import { plural } from '../../core/words.ts';
import type { OpenRun, PreparedRun, RunnableWorkflow, RunResults } from '../../engine/lifecycle/workflow.ts';
import { runFiles } from '../../store/run-files.ts';
import type { Adapters } from '../adapters.ts';
import { definitionOf } from '../definition.ts';
import { anywhere, openFaceFinder, withoutFaces } from '../redaction.ts';
import { checkFrom, mediaLimits } from '../parse-options.ts';
import { parseQuestionsOptions } from './options.ts';
import { readEventsFile } from './read-events.ts';
import { reportQuestions } from './report.ts';
import { askAlone, askedModelRecord, askStage, openAskedModel, shaped, type Asking } from './stage.ts';
import { defined } from '../../core/defined.ts';

/** A workflow of questions, of a YAML file or of TypeScript, as something that can be run. */
export function questionsWorkflow(workflow: Workflow, adapters: Adapters): RunnableWorkflow {
  return {
    id: workflow.id,
    version: workflow.version,
    folderSuffix: `.${workflow.id}.framesift`,
    check: (input) => void parseQuestionsOptions(input),
    asks: () => true,
    async prepare(input, order) {
      const options = parseQuestionsOptions(input);
      const asked = shaped(workflow, options);
      const model = await openAskedModel(adapters, options, asked, order);
      return new QuestionsRun(adapters, { workflow: asked, model, options });
    },
    describe: ({ counts }) => `${plural(counts['events'] ?? 0, 'event')}, ${plural(counts['answered'] ?? 0, 'answer')}`,
  };
}

class QuestionsRun implements PreparedRun {
  readonly options;
  readonly definition;
  readonly stages;
  readonly #adapters: Adapters;
  readonly #asking: Asking;
  readonly #opened = new AsyncDisposableStack();
  #frames: FrameSource | undefined;

  constructor(adapters: Adapters, asking: Asking) {
    this.#adapters = adapters;
    this.#asking = asking;
    this.#opened.use(asking.model);
    this.options = { ...asking.options };
    this.definition = definitionOf(asking.workflow);
    this.stages = [askStage(asking)];
  }

  async open(run: OpenRun): Promise<{ video: VideoInfo; models: ModelRecord[] }> {
    const { decoder, hwaccel, threads, from, redact } = this.#asking.options;
    const frames = await this.#adapters.openVideo(run.video, {
      decoder,
      hwaccel,
      onNotice: run.warn,
      limits: mediaLimits(this.#asking.options),
      signal: run.signal,
      ...defined({ threads }),
    });
    this.#frames = this.#opened.use(frames);
    if (redact) {
      this.#frames = withoutFaces(frames, this.#opened.use(await openFaceFinder(this.#adapters)), anywhere);
    }
    checkFrom(run.video, from, frames.info);
    return { video: frames.info, models: [askedModelRecord(this.#asking.model)] };
  }

  work(run: OpenRun): Promise<RunResults> {
    return askAlone(this.#asking, run, this.#frames!, async (events) => {
      await run.folder.writeJson(runFiles.events, events);
      return events.length;
    });
  }

  async report(record: Parameters<PreparedRun['report']>[0], { folder }: OpenRun): Promise<void> {
    const { asked } = await readEventsFile(folder.path);
    await reportQuestions(folder, record, this.definition, asked);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}
