import { readFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { FramesiftError, messageOf } from '../core/errors.ts';
import { endOfRun, type Decision, type RunEvent, type RunRecord, type RunSummary } from '../core/run.ts';
import { runSlides } from '../engine/slides/run-slides.ts';
import type { SlidesOutcome } from '../engine/slides/run-slides.ts';
import { renderReport } from '../export/report/report.ts';
import { checkInputFile } from '../media/input-file.ts';
import { openVideo } from '../media/open-video.ts';
import { RunFolder, runFiles } from '../store/run-folder.ts';
import { identifySource } from '../store/source-identity.ts';
import { TraceWriter } from '../store/trace.ts';
import { writeWhole } from '../store/write-file.ts';
import { openContextWriter } from './context-writer.ts';
import { openLog } from './log.ts';
import type { Log, LogLevel } from './log.ts';
import { checkFrom } from './parse-options.ts';
import { RunJournal } from './run-journal.ts';
import { SharedModels } from './shared-models.ts';
import { parseSlidesOptions } from './slides-options.ts';
import type { SlidesOptions, SlidesOptionsInput } from './slides-options.ts';
import { traceFile } from './profile.ts';

export interface AnalyzeSettings {
  /** The run folder. Default: the video's name with `.framesift` beside it. */
  readonly output?: string;
  /** Do it again although a finished run with the same options is there. */
  readonly force?: boolean;
  readonly logLevel?: LogLevel;
  /** Write `trace.json` of what was done when. Stages and their times are in `run.json` in any case. */
  readonly profile?: boolean;
  /** Models to use and leave open, so that several runs load them once. */
  readonly shared?: SharedModels;
  /** Decode, look and read in turn, so that no more than one core is busy. Default: with one thread. */
  readonly inTurn?: boolean;
  /** Asks the user whether the embedded model may answer where no server does. Default: it may not, unless options or environment say so. */
  readonly agree?: (question: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
}

const workflow = 'slides';

/** Where a video's results go unless told otherwise: `talk.framesift` beside `talk.mp4`. */
export function defaultOutput(video: string): string {
  return join(dirname(video), `${basename(video, extname(video))}.framesift`);
}

/**
 * Finds the slides of a talk recording. Yields what happens as it happens; the results are in the run folder once
 * `finished` was yielded. Breaking off, or aborting `signal`, leaves a folder that the next call continues.
 *
 * @throws FramesiftError with a code of `exitCodes`
 */
export async function* analyzeSlides(
  video: string,
  input: SlidesOptionsInput = {},
  settings: AnalyzeSettings = {},
): AsyncGenerator<RunEvent> {
  const options = parseSlidesOptions(input);
  const { signal = new AbortController().signal } = settings;
  signal.throwIfAborted();
  await checkInputFile(video);
  const source = await identifySource(video);
  const output = resolve(settings.output ?? defaultOutput(video));
  await using folder = await RunFolder.open(output, source);
  const { earlier } = folder;
  const sameOptions = earlier && isSameResult(earlier.options, options);
  if (earlier?.state === 'finished' && sameOptions && !settings.force) {
    yield { type: 'finished', summary: await summaryOfEarlier(folder, earlier) };
    return;
  }
  if (settings.force) await folder.forget();
  await using trace = settings.profile ? new TraceWriter(folder.file(traceFile)) : undefined;
  await using log = openLog(folder.file(runFiles.log), settings.logLevel ?? 'info');
  const { inTurn = options.threads === 1 } = settings;
  const journal = new RunJournal();
  let outcome: SlidesOutcome | undefined;
  try {
    const early: string[] = [];
    // Opened first: what cannot be played should say so before any model is loaded.
    await using frames = await openVideo(video, {
      decoder: options.decoder,
      hwaccel: options.hwaccel,
      onNotice: (message) => early.push(message),
      // Reading text sets the pace where it is done, and one decoder the less is memory for it.
      segments: !options.text,
      inTurn,
      signal,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
    });
    checkFrom(video, options.from, frames.info);
    await using own = settings.shared ? undefined : new SharedModels();
    const text = options.text ? await (settings.shared ?? own!).text(options.textModel, options.threads) : undefined;
    const pictures = await (settings.shared ?? own!).pictures(options);
    early.push(...pictures.notices);
    await using context = await openContext(options, signal, early, settings.agree);
    const models = [...(text ? text.models : []), ...contextRecord(context), ...pictures.records];
    await journal.begin(folder, { workflow, source, video: frames.info, options, models });
    log.info({ video: frames.info, options }, 'started');
    const resumed = earlier !== undefined && earlier.state !== 'finished';
    yield { type: 'started', folder: output, video: frames.info, resumed };
    const opening = journal.stage('open');
    const pass = runSlides({
      source: frames,
      sink: folder,
      ...(text ? { text } : {}),
      ...(context ? { context } : {}),
      models: pictures.models,
      ...(trace ? { onSpan: ({ stage, ...span }) => trace.add({ stage, name: stage, ...span }) } : {}),
      options: {
        everySeconds: options.every,
        ...(options.from === undefined ? {} : { fromSeconds: options.from }),
        ...(options.until === undefined ? {} : { untilSeconds: options.until }),
        exact: options.exact,
        jpegQuality: options.jpegQuality,
        keep: options.keep,
        textsAtOnce: 2,
        contextsAtOnce: 2,
        inTurn,
      },
      signal,
    });
    for (const message of early) yield { type: 'warning', message };
    outcome = yield* logged(pass, log);
    outcome = { ...outcome, warnings: [...early, ...outcome.warnings] };
    for (const message of outcome.warnings.slice(early.length)) yield { type: 'warning', message };
    const reportSince = Date.now();
    await folder.writeJson(runFiles.slides, { $schema: slidesSchemaUrl, video: source.name, slides: outcome.slides });
    await folder.writeJson(runFiles.shown, { shown: outcome.shown, quiet: outcome.quiet });
    const finished = journal.finished(resultsOf(outcome, journal));
    const summary = summarize(output, finished, outcome, journal.elapsedSeconds);
    yield { ...progress(outcome), stage: 'report' };
    await writeReport(folder, finished, summary, outcome, video);
    const timings = [...finished.timings, opening, journal.stage('report', reportSince)];
    await journal.finish({ ...finished, timings });
    log.info({ summary }, 'finished');
    yield { type: 'finished', summary };
  } catch (error) {
    log.error({ err: error }, messageOf(error));
    await journal.fail(error, signal);
    const unseen = error instanceof FramesiftError && error.code === 'media';
    // Where nothing could begin, or nothing of the video be seen, no folder is left to wonder about.
    if (!journal.begun || unseen) folder.leaveNothing();
    throw error;
  } finally {
    await journal.close();
  }
}

/** Where the JSON Schema of `slides.json` is published: inside the package. */
const slidesSchemaUrl = 'https://unpkg.com/framesift/docs/reference/slides.schema.json';

/** How many threads work on it changes nothing of what is found. */
function isSameResult(earlier: RunRecord['options'], options: SlidesOptions): boolean {
  const withoutThreads = (all: RunRecord['options']): string => JSON.stringify({ ...all, threads: 0 });
  return withoutThreads({ threads: 0, ...earlier }) === withoutThreads({ threads: 0, ...options });
}

/** A model that cannot be asked costs the context, not the run; a name that is none is the caller's mistake. */
async function openContext(
  options: SlidesOptions,
  signal: AbortSignal,
  warnings: string[],
  agree: AnalyzeSettings['agree'],
): Promise<Awaited<ReturnType<typeof openContextWriter>> | undefined> {
  if (options.context === undefined) return undefined;
  if (!options.text) throw new FramesiftError('usage', '--context needs the text of the slides: leave out --no-text.');
  try {
    const { device, embedded } = options;
    return await openContextWriter(options.context, {
      signal,
      device,
      onChange: (message) => warnings.push(message),
      ...(embedded === undefined ? {} : { embedded }),
      ...(agree === undefined ? {} : { agree }),
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FramesiftError && error.code === 'usage') throw error;
    warnings.push(`No context is written: ${messageOf(error)}`);
    return undefined;
  }
}

/** Passes events through and writes down the ones worth finding again. */
async function* logged(
  events: AsyncGenerator<RunEvent, SlidesOutcome>,
  log: Log,
): AsyncGenerator<RunEvent, SlidesOutcome> {
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
    const event = next.value;
    if (event.type === 'slide') log.info({ slide: event.slide.index, time: event.slide.timestamp }, event.slide.title);
    else if (event.type === 'decision') log.debug({ decision: event.decision }, event.decision.rule);
    yield event;
  }
}

function resultsOf(outcome: SlidesOutcome, journal: RunJournal): Partial<RunRecord> & Pick<RunRecord, 'timings'> {
  const { decode, slides, framesLookedAt, framesKept, dropped, textsRead, quiet } = outcome;
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
      ...prefixed(dropped),
    },
    cost: {
      modelCalls: outcome.modelCalls,
      tokensIn: outcome.tokensIn,
      tokensOut: outcome.tokensOut,
      ...journal.spent(decode),
    },
    warnings: outcome.warnings,
  };
}

function contextRecord(context: Awaited<ReturnType<typeof openContextWriter>> | undefined): RunRecord['models'] {
  if (!context) return [];
  const { digest, device } = context.facts;
  return [{ use: 'context', id: context.id, ...(digest ? { version: digest } : {}), ...(device ? { device } : {}) }];
}

const prefixed = (dropped: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(dropped).map(([rule, count]) => [`dropped:${rule}`, count]));

function summarize(folder: string, record: RunRecord, outcome: SlidesOutcome, elapsedSeconds: number): RunSummary {
  return {
    folder,
    report: join(folder, runFiles.report),
    alreadyDone: false,
    slides: outcome.slides.length,
    videoSeconds: endOfRun({ ...record, decode: outcome.decode }),
    elapsedSeconds,
    cpuSeconds: record.cost.cpuMs / 1000,
    framesInVideo: outcome.decode.packets,
    framesLookedAt: outcome.framesLookedAt,
    quietSeconds: record.counts['quietSeconds'] ?? 0,
    framesKept: outcome.framesKept,
    dropped: outcome.dropped,
    warnings: outcome.warnings,
  };
}

async function summaryOfEarlier(folder: RunFolder, record: RunRecord): Promise<RunSummary> {
  const { counts, cost } = record;
  const dropped = Object.entries(counts).flatMap(([key, count]) => {
    return key.startsWith('dropped:') ? [[key.slice('dropped:'.length), count] as const] : [];
  });
  const elapsed = record.finished ? Date.parse(record.finished) - Date.parse(record.started) : 0;
  return {
    folder: folder.path,
    report: folder.file(runFiles.report),
    alreadyDone: true,
    slides: counts['slides'] ?? 0,
    videoSeconds: endOfRun(record) ?? 0,
    elapsedSeconds: elapsed / 1000,
    cpuSeconds: cost.cpuMs / 1000,
    framesInVideo: counts['framesInVideo'] ?? 0,
    framesLookedAt: counts['framesLookedAt'] ?? 0,
    quietSeconds: counts['quietSeconds'] ?? 0,
    framesKept: counts['framesKept'] ?? 0,
    dropped: Object.fromEntries(dropped),
    warnings: record.warnings,
  };
}

function progress({ decode, framesLookedAt, slides }: SlidesOutcome): Extract<RunEvent, { type: 'progress' }> {
  const seconds = decode.endSeconds;
  return { type: 'progress', stage: 'decode', seconds, ofSeconds: seconds, framesLookedAt, slides: slides.length };
}

async function writeReport(
  folder: RunFolder,
  record: RunRecord,
  summary: RunSummary,
  { slides, shown }: SlidesOutcome,
  video: string,
): Promise<void> {
  const page = renderReport({
    record,
    summary,
    slides,
    shown,
    decisions: readLedger(folder.file(runFiles.ledger)),
    loadImage: (image) => readFile(folder.file(image)),
    videoHref: relative(folder.path, resolve(video)).split(/[\\/]/).map(encodeURIComponent).join('/'),
  });
  await writeWhole(folder.file(runFiles.report), page);
}

async function* readLedger(path: string): AsyncGenerator<Decision> {
  // Our own file, written a moment ago: it is trusted.
  for await (const line of createInterface({ input: createReadStream(path) })) yield JSON.parse(line) as Decision;
}
