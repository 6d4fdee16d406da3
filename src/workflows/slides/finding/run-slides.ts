import type { RunEvent } from '../../../core/run-event.ts';
import type { Slide, Span } from '../../../core/slide.ts';
import { decideKind } from '../states/kind.ts';
import type { KindDecision } from '../states/kind.ts';
import { kindFigures } from '../states/kind-figures.ts';
import { QuietSpans, canBeQuiet } from '../states/quiet-spans.ts';
import { SlideBook } from '../states/slide-book.ts';
import type { Placement } from '../states/slide-book.ts';
import { withWordedKind } from '../states/votes.ts';
import { Stopwatch } from '../../../engine/stopwatch.ts';
import { appear } from './draft.ts';
import type { Candidate, Draft } from './draft.ts';
import { decideSlides, type SlideDecisions } from './decide-slides.ts';
import { LedgerBook } from './ledger-book.ts';
import { recordingWarnings, shownSpans, type SlidesOutcome, type Stretch } from './outcome.ts';
import { Opinions, opinionsOf } from './opinions.ts';
import { Portraits } from './portraits.ts';
import type { SlidesEngine } from './ports.ts';
import { recordStates, recordStretch } from './state-record.ts';
import { unsureSpans, unsureWarning, type RestlessStretch } from './unsure.ts';
import { Watcher } from './watcher.ts';
import type { WatchedView } from './watcher.ts';
import { runFiles } from '../../../store/run-files.ts';

/**
 * One pass: frames → views → slides, with texts read and contexts written while decoding goes on. Yields progress and,
 * once everything is decided, each slide; returns the outcome. Throws the signal's reason when it is aborted.
 */
export async function* runSlides(engine: SlidesEngine): AsyncGenerator<RunEvent, SlidesOutcome> {
  const pass = new SlidesPass(engine);
  try {
    yield* pass.watch();
    return yield* pass.conclude();
  } finally {
    await pass.release();
  }
}

function apply({ pictureOf, pages }: SlideDecisions, draft: Draft): void {
  const page = pages.get(draft.slide);
  if (!page) {
    draft.mergedInto = pictureOf.get(draft.slide)!;
    return;
  }
  draft.kind = page.kind;
  draft.appearances.splice(0, Infinity, ...page.appearances);
}

/** Rules about pictures whose text may know better. */
const decidedByText = new Set(['black', 'empty', 'wordless-emblem', 'tool-bars']);

class SlidesPass {
  readonly #engine: SlidesEngine;
  readonly #watch: Stopwatch;
  readonly #watcher: Watcher;
  readonly #book = new SlideBook();
  readonly #drafts: Draft[] = [];
  readonly #stretches: Stretch[] = [];
  readonly #restless: RestlessStretch[] = [];
  readonly #ledger = new LedgerBook();
  readonly #portraits: Portraits;
  readonly #opinions: Opinions | undefined;
  /** The draft shown last, and whether anything else was shown since. */
  #open: Draft | undefined;
  #interrupted = false;
  #quiet: readonly Span[] = [];

  constructor(engine: SlidesEngine) {
    this.#engine = engine;
    this.#watch = new Stopwatch(engine.onSpan);
    this.#watcher = new Watcher(this.#watch);
    this.#portraits = new Portraits(engine, this.#watch);
    this.#opinions = engine.models && new Opinions(engine.models, engine.signal);
  }

  async *watch(): AsyncGenerator<RunEvent> {
    const { source, options, signal } = this.#engine;
    const { everySeconds, fromSeconds, untilSeconds } = options;
    const part = {
      ...(fromSeconds === undefined ? {} : { fromSeconds }),
      ...(untilSeconds === undefined ? {} : { untilSeconds }),
    };
    if (!options.exact) this.#quiet = await this.#findQuiet(part);
    const sampler = { everySeconds, ...part, quiet: this.#quiet };
    const end = Math.min(untilSeconds ?? Infinity, source.info.durationSeconds ?? Infinity);
    let before = Infinity;
    for await (const frame of this.#awaited('frames', source.frames(sampler, { signal }))) {
      const held = this.#isHeld(before, frame.timeSeconds);
      before = frame.timeSeconds;
      for (const watched of await this.#watcher.push(frame, held)) await this.#place(watched);
      yield {
        type: 'progress',
        stage: 'decode',
        seconds: frame.timeSeconds,
        ...(end < Infinity ? { ofSeconds: end } : {}),
        framesLookedAt: this.#watcher.count,
        slides: this.#drafts.length,
      };
    }
    const endSeconds = Math.min(source.report().endSeconds, untilSeconds ?? Infinity);
    const last = await this.#watcher.finish(endSeconds, this.#isHeld(before, endSeconds));
    for (const watched of last) await this.#place(watched);
    await this.#closeOpen();
  }

  /**
   * Whether a frame stayed on screen from one time to the other: of every frame that came in between, but in quiet
   * spans, one would have been looked at.
   */
  #isHeld(from: number, to: number): boolean {
    const long = to - from >= 2 * this.#engine.options.everySeconds - 1e-6;
    return long && !this.#quiet.some(({ start, end }) => start < to && end > from);
  }

  /** Where nothing happens, by the key frames alone: there a frame now and then is enough. */
  async #findQuiet(part: { fromSeconds?: number; untilSeconds?: number }): Promise<readonly Span[]> {
    const { source, options, signal } = this.#engine;
    const { fromSeconds: start = 0, untilSeconds = Infinity } = part;
    const end = Math.min(untilSeconds, source.info.durationSeconds ?? Infinity);
    const keySeconds = (await source.keyTimes?.()) ?? [];
    if (!canBeQuiet(keySeconds, { start, end }, options.everySeconds)) return [];
    const looks = source.keyframes?.(part, { signal });
    if (!looks) return [];
    const quiet = new QuietSpans(options.everySeconds);
    for await (const look of this.#awaited('key frames', looks)) {
      this.#watch.timeSync('quiet spans', () => quiet.push(look));
      if (!quiet.pays) return [];
    }
    return this.#watch.timeSync('quiet spans', () => quiet.finish());
  }

  /** Passes through what another process gives, and counts the time until it does as waiting. */
  async *#awaited<T>(stage: string, source: AsyncIterable<T>): AsyncGenerator<T> {
    const from = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#watch.wait(stage, () => from.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await from.return?.();
    }
  }

  async #place(watched: WatchedView): Promise<void> {
    const { view, span, frame } = watched;
    const figures = this.#watch.timeSync('detect', () => kindFigures(view));
    const { settled, shaky } = view;
    const seconds = span.end - span.start;
    const models = this.#opinions;
    const said = models ? await this.#watch.time('models', () => models.of(frame, view.samples.length)) : {};
    const opinions = opinionsOf(said);
    const byRules = decideKind({ figures, settled, shaky, seconds, height: frame.luma.height });
    const kind: KindDecision = said.gate?.refused
      ? { kind: 'other', confidence: said.gate.confidence, rule: 'gate' }
      : withWordedKind(byRules, said.kinds);
    // Whether a page is empty or black its text will tell.
    const page = view.settled && decidedByText.has(kind.rule);
    if (!page && kind.kind !== 'slide' && kind.kind !== 'slide-with-speaker') {
      frame[Symbol.dispose]();
      this.#interrupted = true;
      this.#stretches.push({ span, kind });
      this.#restless.push({ span, kind, figures });
      this.#ledger.add(view, kind.rule, kind, opinions);
      return;
    }
    const look = models && (await this.#watch.time('models', () => models.look(frame)));
    const placement = this.#watch.timeSync('detect', () => this.#book.place(view, look));
    const { likeness, byLikeness = false } = placement;
    if (look && likeness) {
      opinions.push({
        use: 'embedding',
        model: models.embedderId,
        confidence: likeness.similarity,
        ...(look.thresholds ? { threshold: look.thresholds.same } : {}),
        decided: byLikeness,
      });
    }
    const draft = this.#draftFor(placement);
    if (draft !== this.#open) await this.#closeOpen();
    appear(draft, span, this.#open === draft && !this.#interrupted);
    const { moving, inset, lively, largestLively } = figures;
    if (seconds > (draft.lives?.seconds ?? -1)) draft.lives = { seconds, moving, inset, lively, largestLively };
    this.#open = draft;
    this.#interrupted = false;
    this.#stretches.push({ span, kind, draft });
    this.#ledger.add(view, placement.what, kind, opinions, placement, draft);
    const { index, timeSeconds } = view.best;
    const candidate: Candidate = {
      frame,
      index,
      timeSeconds,
      hidden: view.hidden,
      seconds,
      figures,
      settled,
      shaky,
      view,
      ...(said.kinds ? { worded: said.kinds } : {}),
    };
    if (this.#isBetter(candidate, draft, placement)) {
      draft.candidate?.frame[Symbol.dispose]();
      draft.candidate = candidate;
    } else frame[Symbol.dispose]();
  }

  #draftFor(placement: Placement): Draft {
    const known = this.#drafts[placement.slide];
    if (known) {
      if (placement.what === 'build') known.builds += 1;
      return known;
    }
    const draft: Draft = {
      slide: placement.slide,
      appearances: [],
      builds: 1,
      candidate: undefined,
      portrait: undefined,
      kind: undefined,
      lives: undefined,
    };
    this.#drafts[placement.slide] = draft;
    return draft;
  }

  /** A fuller state always; the same state when clearly less of it is hidden behind somebody. */
  #isBetter(candidate: Candidate, draft: Draft, placement: Placement): boolean {
    const current = draft.candidate ?? draft.portrait;
    if (!current || placement.what === 'build' || placement.what === 'cleared' || placement.what === 'new-slide')
      return true;
    if (!placement.fullest) return false;
    // What came to rest for longer is no moment of a transition.
    const longer = candidate.seconds > 2 * current.seconds && candidate.hidden < current.hidden + 0.02;
    return longer || candidate.hidden < current.hidden - 0.01;
  }

  async #closeOpen(): Promise<void> {
    const draft = this.#open;
    if (!draft?.candidate) return;
    const { candidate } = draft;
    draft.candidate = undefined;
    draft.portrait = await this.#portraits.make(draft.slide, candidate);
  }

  async *conclude(): AsyncGenerator<RunEvent, SlidesOutcome> {
    yield* this.#portraits.settle(this.#watcher.count, this.#drafts.length);
    const records = await recordStates(this.#drafts);
    const { sink, options } = this.#engine;
    await sink.writeJson(runFiles.states, { states: this.#stretches.map(recordStretch), pictures: records });
    const decided = decideSlides(records);
    for (const draft of this.#drafts) apply(decided, draft);
    const kept = this.#drafts
      .filter((draft) => draft.mergedInto === undefined && options.keep.includes(draft.kind!.kind))
      .sort((a, b) => a.appearances[0]!.start - b.appearances[0]!.start);
    this.#portraits.startContexts(kept.map(({ slide }) => records[slide]!));
    yield* this.#portraits.settle(this.#watcher.count, kept.length);
    const slides: Slide[] = [];
    for (const [position, draft] of kept.entries()) {
      const page = decided.pages.get(draft.slide)!;
      const slide = await this.#portraits.slide(draft, records[draft.slide]!, page, position + 1);
      await this.#watch.time('write', () => sink.writeSlide(slide));
      slides.push(slide);
      yield { type: 'slide', slide };
    }
    await sink.removeStrayImages(new Set(slides.map(({ image }) => image)), this.#drafts.length);
    const numbers = new Map(kept.map((draft, position) => [draft, position + 1]));
    const numberOf = (draft: Draft): number | undefined => numbers.get(this.#final(draft));
    const decisions = this.#ledger.decisions(numberOf, (draft) => this.#final(draft), options.keep, decided.merged);
    await this.#watch.time('write', async () => {
      await sink.log(decisions);
      await sink.closeLedger();
    });
    for (const decision of decisions) yield { type: 'decision', decision };
    const shown = shownSpans(this.#stretches, numberOf, (draft) => this.#final(draft));
    const dropped: Record<string, number> = {};
    for (const { kept: isKept, rule } of decisions) if (!isKept) dropped[rule] = (dropped[rule] ?? 0) + 1;
    const unsure = unsureSpans(this.#restless);
    // All pictures were asked for by now.
    const spent = await this.#engine.source.spent?.();
    return {
      slides,
      shown,
      unsure,
      quiet: this.#quiet.map(({ start, end }) => ({
        start,
        end: Math.min(end, this.#engine.source.report().endSeconds),
      })),
      decode: { ...this.#engine.source.report(), ...(spent ? { cpuMs: spent.cpuMs } : {}) },
      framesLookedAt: this.#watcher.count,
      framesKept: slides.length,
      dropped,
      timings: [...(spent?.stages ?? []), ...this.#watch.timings()],
      ...this.#portraits.costs(),
      warnings: [
        ...unsureWarning(unsure),
        ...this.#portraits.warnings,
        ...recordingWarnings(this.#engine.source, this.#drafts.length, slides.length),
        ...(this.#opinions?.warnings() ?? []),
      ],
    };
  }

  #final(draft: Draft): Draft {
    return draft.mergedInto === undefined ? draft : this.#final(this.#drafts[draft.mergedInto]!);
  }

  async release(): Promise<void> {
    this.#watcher[Symbol.dispose]();
    for (const draft of this.#drafts) draft.candidate?.frame[Symbol.dispose]();
    await this.#portraits.abandon();
  }
}
