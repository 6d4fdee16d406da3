import { FramesiftError, messageOf } from '../../../core/errors.ts';
import type { TextReading } from '../../../core/measurement.ts';
import type { RunEvent } from '../../../core/run-event.ts';
import type { Slide, SlideContext } from '../../../core/slide.ts';
import { AnswerError } from '../../../llm/failure.ts';
import { StoredView } from '../states/stored-view.ts';
import { PictureCache } from '../../../vision/picture-cache.ts';
import type { Stopwatch } from '../../../engine/stopwatch.ts';
import type { DecidedPage } from './decide-slides.ts';
import type { Candidate, Draft, Portrait } from './draft.ts';
import { isContext, isReading } from './recalled.ts';
import type { SlidesEngine } from './ports.ts';
import { slideOf } from './slide-of.ts';
import type { StateRecord } from './state-record.ts';

export interface Costs {
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly textsRead: number;
}

/** Makes what is kept of a chosen frame: its JPEG, its text, beside decoding; then the contexts of what became slides. */
export class Portraits {
  readonly warnings: string[] = [];
  readonly #engine: SlidesEngine;
  readonly #watch: Stopwatch;
  readonly #readings = new PictureCache<Promise<TextReading>>();
  readonly #reading = new Set<Promise<unknown>>();
  readonly #writing = new Set<Promise<unknown>>();
  readonly #contexts = new Map<number, Promise<SlideContext | undefined>>();
  readonly #abort = new AbortController();
  #modelDown = false;
  #textsRead = 0;

  constructor(engine: SlidesEngine, watch: Stopwatch) {
    this.#engine = engine;
    this.#watch = watch;
  }

  costs(): Costs {
    const { requests = 0, tokensIn = 0, tokensOut = 0 } = this.#engine.context?.spent ?? {};
    return { modelCalls: requests, tokensIn, tokensOut, textsRead: this.#textsRead };
  }

  /** Takes over the candidate's frame and releases it once its pixels are out. */
  async make(slide: number, candidate: Candidate): Promise<Portrait> {
    using frame = candidate.frame;
    const { options, sink, source, text } = this.#engine;
    const jpeg = await this.#watch.wait('JPEG of slides', () => frame.jpeg({ quality: options.jpegQuality }));
    await this.#watch.time('write', () => sink.writePicture(slide, jpeg));
    const { index, timeSeconds, hidden, seconds, figures, settled, shaky, worded, view } = candidate;
    // Boxed: a promise handed through `await` would be waited for here, and decoding with it.
    const { reading } = text ? await this.#read(candidate) : {};
    if (options.inTurn) await reading;
    return {
      index,
      timeSeconds,
      hidden,
      seconds,
      figures,
      settled,
      shaky,
      stored: new StoredView(view),
      still: view.still,
      width: source.info.width,
      height: source.info.height,
      ...(worded ? { worded } : {}),
      ...(reading ? { reading } : {}),
    };
  }

  /** Starts a reading; waits first where too many are under way, so that pixels do not pile up. */
  async #read({ frame, timeSeconds }: Candidate): Promise<{ reading?: Promise<TextReading> }> {
    const { text, sink, options } = this.#engine;
    const key = `text ${text!.id} ${timeSeconds.toFixed(6)}`;
    const before = this.#readings.get(frame.luma);
    if (before) return { reading: before };
    const recalled = await sink.recall(key);
    // Handed to the reader all the same: what later pictures share with this one must come out as if it had been read.
    const known = isReading(recalled) ? { known: recalled.lines } : {};
    while (this.#reading.size >= options.textsAtOnce) {
      await this.#watch.wait('texts before', () => Promise.race(this.#reading));
    }
    const picture = await this.#watch.wait('pixels of slides', () => frame.rgb());
    const signal = AbortSignal.any([this.#engine.signal, this.#abort.signal]);
    const reading = this.#watch
      .elsewhere('text', 'thread', () => text!.read(picture, { signal, ...known }))
      .then(async (result) => {
        if ('known' in known) return result;
        this.#textsRead += 1;
        await sink.remember(key, result);
        return result;
      })
      .finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
    this.#readings.set(frame.luma, reading);
    // Whoever needs it awaits it later; until then a failure must not end the process.
    reading.catch(() => {});
    return { reading };
  }

  /** Starts to write what the slides are about, now that it is known which pictures are slides. */
  startContexts(slides: readonly StateRecord[]): void {
    for (const { id, time, text } of slides) {
      const context = text?.state === 'read' ? this.#write(id, text.text, time) : undefined;
      if (context) this.#contexts.set(id, context);
    }
  }

  #write(state: number, text: string, timeSeconds: number): Promise<SlideContext | undefined> | undefined {
    const { context: writer, options, sink } = this.#engine;
    if (!writer) return undefined;
    const signal = AbortSignal.any([this.#engine.signal, this.#abort.signal]);
    const task = (async () => {
      const key = `context ${writer.id} ${timeSeconds.toFixed(6)}`;
      const recalled = await sink.recall(key);
      if (isContext(recalled)) return recalled;
      while (this.#writing.size >= options.contextsAtOnce) await Promise.race(this.#writing);
      if (this.#modelDown) return undefined;
      const asked = this.#watch.elsewhere('context', 'server', async () =>
        writer.write({ image: await sink.readPicture(state), text }, { signal }),
      );
      const counted = asked.catch(() => {}).finally(() => this.#writing.delete(counted));
      this.#writing.add(counted);
      try {
        const written = await asked;
        await sink.remember(key, written);
        return written;
      } catch (error) {
        signal.throwIfAborted();
        this.#noteFailure(error);
        return undefined;
      }
    })();
    task.catch(() => {});
    return task;
  }

  /** A model that is down costs the context, not the run, and is told of once. */
  #noteFailure(error: unknown): void {
    // One answer that could not be used says nothing of the next slide's.
    const down = error instanceof FramesiftError && error.code === 'model' && !(error instanceof AnswerError);
    if (this.#modelDown) return;
    this.#modelDown = down;
    const consequence = down ? 'Slides after that have no context.' : 'That slide has no context.';
    this.warnings.push(`The language model failed: ${messageOf(error)} ${consequence}`);
  }

  /** Waits for everything under way. */
  async *settle(framesLookedAt: number, slides: number): AsyncGenerator<RunEvent> {
    for (const [stage, tasks] of [
      ['text', this.#reading],
      ['context', this.#writing],
    ] as const) {
      while (tasks.size > 0) {
        yield { type: 'progress', stage, seconds: slides - tasks.size, ofSeconds: slides, framesLookedAt, slides };
        await this.#watch.wait(`last ${stage}s`, () => Promise.race(tasks));
      }
    }
  }

  /** The finished slide, its image under its final name. */
  async slide(draft: Draft, record: StateRecord, page: DecidedPage, index: number): Promise<Slide> {
    const context = await this.#contexts.get(draft.slide);
    const image = await this.#engine.sink.placeImage(draft.slide, index);
    return slideOf(record, page, { index, image }, context);
  }

  async abandon(): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled([...this.#reading, ...this.#writing]);
  }
}
