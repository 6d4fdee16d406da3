import type { DriverRuleName, MeasuredEvent, Opinion } from '../../../core/driver-state.ts';
import type { Frame, FrameRef } from '../../../core/frame.ts';
import type { Observation } from '../../../core/observation.ts';
import type { FrameSource } from '../../../core/video.ts';
import type { Workflow } from '../../../core/workflow.ts';
import { EncodedImage } from '../../../llm/image.ts';
import type { VisionLanguageModel } from '../../../llm/model.ts';
import { parallel } from '../../../stream/parallel.ts';
import { WindowAsker } from '../../../engine/questions/asker.ts';
import type { EncodedWindow, EncodeOptions } from '../../../engine/questions/encode.ts';
import type { QuestionsEvent } from '../../../engine/questions/events.ts';
import { promptVersion } from '../../../engine/questions/prompts.ts';

/** Where opinions are kept, so that a run that was broken off does not ask again. */
export interface VerificationStore {
  /** What was said of this event, if the very same question was asked before. */
  recall(event: MeasuredEvent, promptVersion: string): Opinion | undefined;
  keep(event: MeasuredEvent, opinion: Opinion): Promise<void>;
  keepFrames(
    event: MeasuredEvent,
    jpegs: readonly Uint8Array[],
    times: readonly number[],
  ): Promise<readonly FrameRef[]>;
}

export interface VerifyOptions {
  /** As they come. */
  readonly events: AsyncIterable<MeasuredEvent> | Iterable<MeasuredEvent>;
  /** The frames of an event that has to be asked about; one reader at a time. */
  readonly framesOf: FrameSource['frames'];
  readonly model: VisionLanguageModel;
  readonly store: VerificationStore;
  /** The workflow that asks about events of a rule: one question. */
  readonly workflowOf: (rule: DriverRuleName) => Workflow;
  /** Frames that an event is shown by, evenly over its span. */
  readonly frames: number;
  readonly encode: EncodeOptions;
  readonly signal: AbortSignal;
  readonly emit: (event: QuestionsEvent) => void;
}

/**
 * Asks a model for its opinion on each event, on frames of exactly the event's span, before any other question that waits
 * for a slot. The events come back in their order with the opinions beside them; what was measured stays as it is.
 *
 * @throws FramesiftError of decoder, server or disk; an answer that fails is an opinion that failed
 */
export async function* verifyEvents(options: VerifyOptions): AsyncGenerator<MeasuredEvent> {
  const { model, signal, store, workflowOf, emit } = options;
  const askers = new Map<DriverRuleName, WindowAsker>();
  const askerFor = (rule: DriverRuleName): WindowAsker => {
    let asker = askers.get(rule);
    if (!asker) {
      const keep = (): Promise<void> => Promise.resolve();
      const workflow = workflowOf(rule);
      askers.set(rule, (asker = new WindowAsker({ workflow, model, speculate: false, first: true, keep, emit })));
    }
    return asker;
  };
  const work = async ({ event, window }: Task, within: AbortSignal): Promise<MeasuredEvent> => {
    if (window === undefined) return event;
    const { observations } = await askerFor(event.rule).ask(window, 'parallel', new Map(), within);
    const opinion = opinionOf(observations[0], model.id);
    await store.keep(event, opinion);
    return { ...event, opinion };
  };
  const limit = (): number => Math.max(1, model.concurrency);
  yield* parallel(tasks(options), work, { limit, signal });
}

interface Task {
  readonly event: MeasuredEvent;
  /** What it is asked by; undefined where its opinion is known. */
  readonly window: EncodedWindow | undefined;
}

/** One event after another, as a source is read by one reader at a time. */
async function* tasks({ events, workflowOf, store, ...options }: VerifyOptions): AsyncGenerator<Task> {
  let index = 0;
  for await (const event of events) {
    const workflow = workflowOf(event.rule);
    const known = store.recall(event, promptVersion(workflow, workflow.questions[0]!));
    if (known) yield { event: { ...event, opinion: known }, window: undefined };
    else yield { event, window: await encodeEvent(event, index++, store, options) };
  }
}

async function encodeEvent(
  event: MeasuredEvent,
  index: number,
  store: VerificationStore,
  { framesOf, frames: count, encode, signal }: Pick<VerifyOptions, 'framesOf' | 'frames' | 'encode' | 'signal'>,
): Promise<EncodedWindow> {
  const { start, end } = event;
  const everySeconds = Math.max((end - start) / count, 1e-3);
  const sampler = { everySeconds, fromSeconds: start, untilSeconds: Math.max(end, start + 1e-3) };
  const jpeg = { quality: encode.quality, ...(encode.longestSide ? { longestSide: encode.longestSide } : {}) };
  const jpegs: Uint8Array[] = [];
  const times: number[] = [];
  for await (const frame of framesOf(sampler, { signal })) {
    using owned: Frame = frame;
    if (jpegs.length === count) break;
    jpegs.push(await owned.jpeg(jpeg));
    times.push(owned.timeSeconds);
  }
  return {
    index,
    span: { start, end },
    images: jpegs.map((each) => new EncodedImage(each)),
    frames: await store.keepFrames(event, jpegs, times),
  };
}

function opinionOf(observation: Observation | undefined, model: string): Opinion {
  if (observation?.state !== 'answered') {
    const message = observation?.state === 'failed' ? observation.error.message : 'it was not asked';
    return { state: 'failed', model, message };
  }
  const { answer, confidence, reason, frames, promptVersion: version } = observation;
  const seen = answer['seen'] === 'yes' || answer['seen'] === 'no' ? answer['seen'] : 'cannot tell';
  return { state: 'given', model, seen, confidence, reason, frames, promptVersion: version };
}
