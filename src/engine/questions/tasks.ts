import type { Observation, WindowDecision } from '../../core/observation.ts';
import type { Span } from '../../core/slide.ts';
import type { FrameSource } from '../../core/video.ts';
import type { Workflow } from '../../core/workflow.ts';
import { WindowChooser, type Calm, type ReuseSimilar } from './adaptive.ts';
import type { EarlierAnswers } from './earlier.ts';
import { encodeWindow, type EncodedWindow, type EncodeOptions } from './encode.ts';
import type { QuestionsEvent } from './events.ts';
import type { QuestionsStore } from './store.ts';
import { frameSpacing, windowsOf, type FrameWindow } from './windows.ts';
import { defined } from '../../core/defined.ts';

/** A window on its way through the stages. */
export interface WindowTask {
  readonly window: number;
  readonly span: Span;
  /** Its frames; undefined where everything about it is known already. */
  readonly frames: FrameWindow | undefined;
  /** What became of it, for windows that take its answers over. */
  readonly record: PromiseWithResolvers<readonly Observation[]>;
  /** Where its answers are taken from, where it is not asked itself. */
  readonly from: { readonly window: number; readonly answers: Promise<readonly Observation[]> } | undefined;
  [Symbol.dispose](): void;
}

export interface PreparedTask extends WindowTask {
  readonly encoded: EncodedWindow | undefined;
}

export interface TaskOptions {
  readonly workflow: Workflow;
  readonly store: QuestionsStore;
  readonly earlier: EarlierAnswers;
  /** Whether windows whose answers are known may still be asked again. */
  readonly keepPictures: boolean;
  readonly similar?: ReuseSimilar;
  readonly calm?: Calm;
  readonly encode: EncodeOptions;
  /** Nothing before and nothing from these times on, seconds. */
  readonly fromSeconds?: number;
  readonly untilSeconds?: number;
  readonly onDecision: (decision: WindowDecision) => void;
  readonly tell: (event: QuestionsEvent) => void;
  readonly signal: AbortSignal;
}

/** The windows that are asked or take answers over, from the first that there is something to do about to the last. */
export async function* chooseWindows(
  source: FrameSource,
  options: TaskOptions,
): AsyncGenerator<WindowTask, void, undefined> {
  const { workflow, store, earlier, keepPictures } = options;
  if (earlier.until < 0) return;
  const chooser = new WindowChooser(workflow.sample.adaptive, options.similar, options.calm);
  let last: WindowTask['from'];
  for await (const window of timedWindows(source, options)) {
    if (window.index > earlier.until) {
      window[Symbol.dispose]();
      return;
    }
    let decision: WindowDecision;
    try {
      decision = await chooser.decide(window);
      options.onDecision(decision);
      await store.keepDecision(decision);
    } catch (error) {
      window[Symbol.dispose]();
      throw error;
    }
    options.tell({ type: 'decision', decision });
    const similar = decision.rule === 'similar';
    if (!decision.asked && !similar) {
      window[Symbol.dispose]();
      continue;
    }
    const known = earlier.isComplete(window.index);
    const needed = !known || (keepPictures && decision.asked);
    if (!needed) window[Symbol.dispose]();
    const record = Promise.withResolvers<readonly Observation[]>();
    // A run that ends early leaves it unsettled; nobody waits for it then.
    const task: WindowTask = {
      window: window.index,
      span: window.span,
      frames: needed ? window : undefined,
      record,
      from: similar && (!known || keepPictures) ? last : undefined,
      [Symbol.dispose]: () => window[Symbol.dispose](),
    };
    if (decision.asked) last = { window: window.index, answers: record.promise };
    yield task;
  }
}

async function* timedWindows(
  source: FrameSource,
  { workflow: { sample }, earlier, fromSeconds = 0, untilSeconds, tell, signal }: TaskOptions,
): AsyncGenerator<FrameWindow, void, undefined> {
  const first = Math.floor(fromSeconds / sample.everySeconds);
  const sampler = {
    everySeconds: frameSpacing(sample),
    fromSeconds: Math.max(first, earlier.from) * sample.everySeconds,
    ...defined({ untilSeconds }),
  };
  let startMs = performance.now();
  for await (const window of windowsOf(source.frames(sampler, { signal }), sample)) {
    const endMs = performance.now();
    tell({ type: 'activity', activity: { stage: 'decode', name: 'decode', window: window.index, startMs, endMs } });
    yield window;
    startMs = performance.now();
  }
}

export async function prepare(task: WindowTask, { encode, store, tell }: TaskOptions): Promise<PreparedTask> {
  if (!task.frames) return { ...task, encoded: undefined };
  const startMs = performance.now();
  const encoded = await encodeWindow(task.frames, encode, (...window) => store.keepWindow(...window));
  const activity = { stage: 'encode', name: 'encode', window: task.window, startMs, endMs: performance.now() } as const;
  tell({ type: 'activity', activity });
  return { ...task, encoded };
}
