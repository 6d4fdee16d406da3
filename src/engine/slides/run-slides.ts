import type { ShownSpan } from '../../core/run.ts';
import type { RunEvent } from '../../core/run-event.ts';
import type { StageTime } from '../../core/stage-time.ts';
import type { Slide, Span } from '../../core/slide.ts';
import type { DecodeReport } from '../../core/video.ts';
import { decideKind } from '../../detect/slides/kind.ts';
import type { KindDecision } from '../../detect/slides/kind.ts';
import { kindFigures } from '../../detect/slides/kind-figures.ts';
import { QuietSpans, canBeQuiet } from '../../detect/slides/quiet-spans.ts';
import { SlideBook } from '../../detect/slides/slide-book.ts';
import type { Placement } from '../../detect/slides/slide-book.ts';
import { withWordedKind } from '../../detect/slides/votes.ts';
import { isSameText } from '../../detect/text-similarity.ts';
import { Stopwatch } from '../stopwatch.ts';
import { appear, transitionSeconds } from './draft.ts';
import type { Candidate, Draft } from './draft.ts';
import { LedgerBook } from './ledger-book.ts';
import { Opinions, opinionsOf } from './opinions.ts';
import { Portraits } from './portraits.ts';
import type { SlidesEngine } from './ports.ts';
import { Watcher } from './watcher.ts';
import type { WatchedView } from './watcher.ts';

/** What a finished pass found, before it becomes records and a report. */
export interface SlidesOutcome {
  readonly slides: readonly Slide[];
  readonly shown: readonly ShownSpan[];
  /** Where no frame was looked at, because key frames and packet sizes say that nothing happens there. */
  readonly quiet: readonly Span[];
  readonly decode: DecodeReport;
  readonly framesLookedAt: number;
  readonly framesKept: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly timings: readonly StageTime[];
  readonly warnings: readonly string[];
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly textsRead: number;
}

/** A stretch of video with what it was taken for. */
interface Stretch {
  readonly span: Span;
  readonly kind: KindDecision;
  readonly draft?: Draft;
}

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

class SlidesPass {
  readonly #engine: SlidesEngine;
  readonly #watch: Stopwatch;
  readonly #watcher: Watcher;
  readonly #book = new SlideBook();
  readonly #drafts: Draft[] = [];
  readonly #stretches: Stretch[] = [];
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
    for await (const frame of this.#awaited('frames', source.frames(sampler, { signal }))) {
      const watched = await this.#watcher.push(frame);
      if (watched) await this.#place(watched);
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
    const last = this.#watcher.finish(endSeconds);
    if (last) await this.#place(last);
    await this.#closeOpen();
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
    if (kind.kind !== 'slide' && kind.kind !== 'slide-with-speaker') {
      frame[Symbol.dispose]();
      this.#interrupted = true;
      this.#stretches.push({ span, kind });
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
      figures,
      settled,
      shaky,
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
      ...(placement.doubt === undefined ? {} : { doubt: placement.doubt }),
    };
    this.#drafts[placement.slide] = draft;
    return draft;
  }

  /** A fuller state always; the same state when clearly less of it is hidden behind somebody. */
  #isBetter(candidate: Candidate, draft: Draft, placement: Placement): boolean {
    const current = draft.candidate ?? draft.portrait;
    if (!current || placement.what === 'build' || placement.what === 'cleared' || placement.what === 'new-slide')
      return true;
    return placement.fullest && candidate.hidden < current.hidden - 0.01;
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
    await this.#decideByText();
    const { sink, options } = this.#engine;
    const kept = this.#drafts
      .filter((draft) => draft.mergedInto === undefined && options.keep.includes(draft.kind!.kind))
      .sort((a, b) => a.appearances[0]!.start - b.appearances[0]!.start);
    const slides: Slide[] = [];
    for (const [position, draft] of kept.entries()) {
      const slide = await this.#portraits.slide(draft, position + 1);
      await this.#watch.time('write', () => sink.writeSlide(slide));
      slides.push(slide);
      yield { type: 'slide', slide };
    }
    await sink.removeStrayImages(new Set(slides.map(({ image }) => image)));
    const numbers = new Map(kept.map((draft, position) => [draft, position + 1]));
    const numberOf = (draft: Draft): number | undefined => numbers.get(this.#final(draft));
    const decisions = this.#ledger.decisions(numberOf, (draft) => this.#final(draft), options.keep);
    await this.#watch.time('write', async () => {
      await sink.log(decisions);
      await sink.closeLedger();
    });
    for (const decision of decisions) yield { type: 'decision', decision };
    const shown = this.#shown(numberOf);
    const dropped: Record<string, number> = {};
    for (const { kept: isKept, rule } of decisions) if (!isKept) dropped[rule] = (dropped[rule] ?? 0) + 1;
    // All pictures were asked for by now.
    const spent = await this.#engine.source.spent?.();
    return {
      slides,
      shown,
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
      warnings: [...this.#portraits.warnings, ...this.#warnings(slides), ...(this.#opinions?.warnings() ?? [])],
    };
  }

  /** The kind again, now that the text is known; and whether doubtful slides are other slides' pictures. */
  async #decideByText(): Promise<void> {
    for (const draft of this.#drafts) {
      const { portrait } = draft;
      if (!portrait) throw new Error(`slide ${draft.slide} has no picture`);
      const text = await portrait.reading;
      const { figures, settled, shaky, height, worded } = portrait;
      const seconds = draft.appearances.reduce((sum, { start, end }) => sum + end - start, 0);
      const byRules = decideKind({ figures, settled, shaky, seconds, height, ...(text ? { text } : {}) });
      draft.kind = withWordedKind(byRules, worded);
      const twin = text?.state === 'read' ? await this.#twinOf(draft, text.text) : undefined;
      if (!twin) continue;
      draft.mergedInto = twin.slide;
      twin.appearances.push(...draft.appearances);
      twin.appearances.sort((a, b) => a.start - b.start);
    }
  }

  /** An earlier slide that the pictures could not tell from this one for sure, with the same text. */
  async #twinOf(draft: Draft, text: string): Promise<Draft | undefined> {
    if (draft.doubt === undefined) return undefined;
    const other = this.#final(this.#drafts[draft.doubt]!);
    const reading = await other.portrait?.reading;
    return other !== draft && reading?.state === 'read' && isSameText(reading.text, text) ? other : undefined;
  }

  #final(draft: Draft): Draft {
    return draft.mergedInto === undefined ? draft : this.#final(this.#drafts[draft.mergedInto]!);
  }

  /** What each stretch shows; neighbours that show the same are one. */
  #shown(numberOf: (draft: Draft) => number | undefined): ShownSpan[] {
    const shown: ShownSpan[] = [];
    for (const { span, kind, draft } of this.#stretches) {
      const decided = draft ? (this.#final(draft).kind ?? kind) : kind;
      const slide = draft ? numberOf(draft) : undefined;
      const last = shown.at(-1);
      if (last && last.slide === slide && last.kind === decided.kind && span.start - last.end <= transitionSeconds) {
        shown[shown.length - 1] = { ...last, end: span.end };
        continue;
      }
      const { kind: name, confidence } = decided;
      shown.push({ ...span, kind: name, confidence, ...(slide === undefined ? {} : { slide }) });
    }
    return shown;
  }

  #warnings(slides: readonly Slide[]): string[] {
    const warnings: string[] = [];
    const report = this.#engine.source.report();
    if (report.damaged > 0) {
      const spans = report.damagedSpans.slice(0, 5).map(({ start, end }) => `${start.toFixed(1)}–${end.toFixed(1)} s`);
      const where = spans.length > 0 ? ` around ${spans.join(', ')}` : '';
      warnings.push(
        `${report.damaged} damaged packets or frames were met${where}; pictures there may be wrong or missing.`,
      );
    }
    if (report.truncated) {
      const end = report.endSeconds.toFixed(1);
      const promised = this.#engine.source.info.durationSeconds?.toFixed(1);
      warnings.push(`The file ends at ${end} s although its header promises ${promised} s: it is probably cut off.`);
    }
    const asked = this.#drafts.length;
    if (asked >= 5 && slides.length <= asked * 0.05) {
      warnings.push(
        `Of ${asked} pictures that stood still hardly one was taken for a slide. See the decisions, or try --keep slide,slide-with-speaker,screen.`,
      );
    }
    return warnings;
  }

  async release(): Promise<void> {
    this.#watcher[Symbol.dispose]();
    for (const draft of this.#drafts) draft.candidate?.frame[Symbol.dispose]();
    await this.#portraits.abandon();
  }
}
