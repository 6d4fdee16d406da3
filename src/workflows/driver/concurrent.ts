import type { MeasuredEvent } from '../../core/driver-state.ts';
import type { StageTime } from '../../core/stage-time.ts';
import type { FrameSource } from '../../core/video.ts';
import type { DecoderTally } from '../../engine/decoder-tally.ts';
import { MeasuredAhead } from './measuring/measured-ahead.ts';
import { verifyEvents } from './measuring/verify-events.ts';
import type { OpenRun } from '../../engine/lifecycle/workflow.ts';
import type { Calm } from '../../engine/questions/adaptive.ts';
import { Verifications } from '../../store/verifications.ts';
import { together } from '../../stream/together.ts';
import type { Adapters } from '../adapters.ts';
import { encodingOf, type Asked, type Asking, type AskingStage } from '../questions/stage.ts';
import type { AskOptions, MeasureOptions } from './options.ts';
import { verifying } from './verification.ts';
import { watchFace, type FaceOutcome, type FaceSettings } from './watch.ts';

/** All that measuring and asking one video at the same time needs. */
export interface ConcurrentOrder {
  readonly run: OpenRun;
  readonly adapters: Adapters;
  readonly options: MeasureOptions;
  readonly settings: FaceSettings;
  readonly asking: Asking & { readonly options: AskOptions };
  readonly stage: AskingStage;
  /** Frames for the questions. Borrowed. */
  readonly frames: FrameSource;
  /** The frames of a source as the model is shown them. */
  readonly shown: (source: FrameSource) => FrameSource;
  /** Opens another decoder of the same video. */
  readonly openFrames: (signal: AbortSignal) => Promise<FrameSource>;
  /** Where the time of the decoders that this opens is counted. */
  readonly tally: DecoderTally;
}

/** What was measured while a model was asked. */
export interface ConcurrentOutcome {
  readonly asked: Asked;
  readonly face: FaceOutcome;
  /** In order of beginning, with their pictures and the model's opinions. */
  readonly events: readonly MeasuredEvent[];
  /** What measuring took, but for decoding, which is in the tally. */
  readonly stages: readonly StageTime[];
  /** Of the measuring decoder, where this run measured; MB. */
  readonly decoderMemoryMb: number;
}

/**
 * Measures, verifies and asks at the same time. Measuring leads: what is asked waits only where it matters whether a
 * stretch is calm and that is not certain yet, and an event is shown to the model as soon as it has ended. So the results
 * are those of measuring all before the first question, and the time is that of the slower of both.
 *
 * Each has a decoder of its own, which rests while nobody takes its frames: the questions are about a fraction of the
 * frames, about a minute behind those being measured, and keeping these would cost more than decoding them again.
 *
 * @throws FramesiftError of decoder, models, server or disk, or the signal's reason
 */
export async function measureAndAsk(order: ConcurrentOrder): Promise<ConcurrentOutcome> {
  const { run, settings, asking, stage, frames } = order;
  const works = (within: AbortSignal) => {
    const ahead = new MeasuredAhead(settings.rules, settings.calibration, within);
    const calm: Calm = { holds: (stretch) => ahead.isCalm(stretch), maxGapSeconds: asking.options.calmGap };
    return [
      measure(order, ahead, within),
      verify(order, ahead, within),
      stage.ask(order.shown(frames), calm, within),
    ] as const;
  };
  type Results = readonly [FaceOutcome, readonly MeasuredEvent[], Asked];
  const [face, verified, asked] = await together<Results>(run.signal, works);
  const opinions = new Map(verified.map((event) => [event.id, event]));
  const events = face.events.map((event) => {
    const opinion = opinions.get(event.id)?.opinion;
    return opinion ? { ...event, opinion } : event;
  });
  const { measured } = face;
  const stages = measured.stages.filter(({ where }) => where !== 'decoder');
  const decoderMemoryMb = measured.stages.length > 0 ? measured.decode.peakMemoryMb : 0;
  return { asked, face, events, stages, decoderMemoryMb };
}

async function measure(order: ConcurrentOrder, ahead: MeasuredAhead, signal: AbortSignal): Promise<FaceOutcome> {
  const { run, adapters, options, settings, tally } = order;
  await using source = await order.openFrames(signal);
  const outcome = await watchFace({
    run,
    adapters,
    options,
    settings,
    source,
    onMeasured: (measurement) => ahead.push(measurement),
    onConcluded: (conclusion) => ahead.conclude(conclusion),
    signal,
  });
  await tally.add(source);
  for (const message of outcome.warnings) run.warn(message);
  return outcome;
}

/** Asks the model whether it sees the measured events too, each on frames of its own span. */
async function verify(order: ConcurrentOrder, ahead: MeasuredAhead, signal: AbortSignal): Promise<MeasuredEvent[]> {
  const { run, asking, stage, tally } = order;
  const { model, workflow } = asking;
  const verified: MeasuredEvent[] = [];
  const events = verifyEvents({
    events: ahead.events,
    // Events are rare: a decoder that is there for each of them costs less memory than one that waits for them.
    framesOf: async function* (sampler, { signal: within }) {
      await using source = await order.openFrames(within);
      try {
        yield* order.shown(source).frames(sampler, { signal: within });
      } finally {
        if (!within.aborted) await tally.add(source);
      }
    },
    model,
    store: await Verifications.open(run.folder.path, model.id),
    workflowOf: (rule) => verifying(workflow, rule),
    frames: workflow.sample.window,
    encode: encodingOf(asking),
    signal,
    emit: stage.emit,
  });
  for await (const event of events) {
    verified.push(event);
    run.tell({ type: 'event', event });
  }
  return verified;
}
