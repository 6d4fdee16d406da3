import { plainText } from '../core/plain-text.ts';
import { outColours } from './print.ts';
import type { RunSummary } from '../core/run.ts';
import { clock, count, lasting, percent, plural } from '../core/words.ts';
import type { RunMetrics } from '../engine/questions/metrics.ts';
import { shortPath, table } from './run-lines.ts';

/**
 * The last words of a run, whatever its workflow: what was found or failed, how long it took, what it cost, where to look.
 * The first line tells whether everything is there.
 *
 * @param titles of the events in its folder
 */
export function describeSummary(summary: RunSummary, titles: readonly string[] = []): string {
  const report = `  Report  ${outColours.bold(shortPath(summary.report))}`;
  if (summary.alreadyDone) {
    const what = foundOf(summary);
    return `${mark(summary)} Already done: ${what} (use --force to do it again).\n${report}\n`;
  }
  const { counts } = summary;
  return [
    firstLine(summary),
    ...('slides' in counts ? framesLines(summary) : []),
    ...('frames' in counts ? measuredLines(summary) : []),
    ...askedLines(summary),
    ...('events' in counts ? [`  Events  ${titles.length === 0 ? 'none' : titles.map(plainText).join(', ')}`] : []),
    ...costLines(summary),
    ...sentLines(summary),
    ...warningLines(summary),
    report,
    '',
  ].join('\n');
}

/** Whether part of it failed, for now or for good. */
export const isPartial = ({ state, counts }: RunSummary): boolean =>
  state === 'incomplete' || (counts['failed'] ?? 0) > 0;

const mark = (summary: RunSummary): string => (isPartial(summary) ? outColours.yellow('!') : outColours.green('✓'));

/** What was found, in a few words. */
function foundOf({ counts }: RunSummary): string {
  const { slides, events, answered, failed = 0, skipped = 0 } = counts;
  const asked = (answered ?? 0) + failed + skipped;
  return [
    ...(slides === undefined ? [] : [plural(slides, 'slide')]),
    ...(answered === undefined ? [] : [failed > 0 ? `${answered} of ${asked} answers` : plural(answered, 'answer')]),
    ...(events === undefined ? [] : [plural(events, 'event')]),
  ].join(', ');
}

function firstLine(summary: RunSummary): string {
  const { videoSeconds, elapsedSeconds, state, counts } = summary;
  const speed = elapsedSeconds > 0 ? videoSeconds / elapsedSeconds : 0;
  const rate = speed >= 10 ? Math.round(speed) : speed.toFixed(1);
  const pace = `in ${lasting(videoSeconds)} of video, found in ${elapsedSeconds.toFixed(1)} s (${rate}× real time)`;
  if (!isPartial(summary)) return `${mark(summary)} ${outColours.bold(foundOf(summary))} ${pace}.`;
  const { overBudget = 0 } = counts;
  const failed = (counts['failed'] ?? 0) - overBudget;
  const larger = failed > 0 ? '' : ' with a larger budget';
  const again = state === 'incomplete' ? ` Run the same command again${larger} to ask just these.` : '';
  const facts = [
    ...(failed > 0 ? [`${plural(failed, 'question')} failed`] : []),
    ...(overBudget > 0 ? [`${plural(overBudget, 'question')} not asked, as the budget is spent`] : []),
  ];
  const what = facts.join(', ') || 'some of it failed';
  return `${mark(summary)} ${outColours.bold(foundOf(summary))} ${pace}; ${outColours.yellow(what)}.${again}`;
}

function framesLines({ counts }: RunSummary): string[] {
  const { framesLookedAt = 0, framesInVideo = 0, framesKept = 0, quietSeconds = 0 } = counts;
  const rest = Object.entries(counts)
    .flatMap(([key, value]) => (key.startsWith('dropped:') ? [[key.slice('dropped:'.length), value] as const] : []))
    .sort(([, a], [, b]) => b - a)
    .map(([rule, value]) => `${count(value)} ${ruleWords[rule] ?? rule.replace(/^kind:/, 'not a slide: ')}`);
  return [
    `  Looked at ${count(framesLookedAt)} of ${count(framesInVideo)} frames, kept ${framesKept}${rest.length > 0 ? '; the rest:' : '.'}`,
    ...rest.map((line) => `    ${line}`),
    ...(quietSeconds > 0
      ? [`  Left out ${lasting(quietSeconds)} in which nothing happens by its keyframes (--exact looks there too).`]
      : []),
  ];
}

const ruleWords: Readonly<Record<string, string>> = {
  unchanged: 'show the same as their neighbours',
  'build-superseded': 'are earlier states of a slide that was completed later',
  revisit: 'show a slide that was seen before',
  'same-slide': 'show the slide before them, with a pointer or a person moved',
  gate: 'were refused by the frame classifiers',
  'kind:words': 'not a slide: by labels in words',
  'same-text': 'read the same as another slide',
};

function measuredLines({ counts, figures }: RunSummary): string[] {
  const { frames = 0, blinks = 0 } = counts;
  const { measurable = 0, perclosMax } = figures;
  const facts = [
    `${plural(frames, 'frame')} measured`,
    `eyes measurable in ${percent(measurable)}`,
    // Where no eyes were seen, none did not blink.
    ...(measurable > 0 || blinks > 0 ? [plural(blinks, 'blink')] : []),
    ...(perclosMax === undefined ? [] : [`PERCLOS up to ${percent(perclosMax)}`]),
  ];
  return [`  ${facts.join(' · ')}`];
}

function askedLines({ metrics }: RunSummary): string[] {
  if (!metrics) return [];
  const { windows, speculation, lanesInUse, windowLatencyMs, plan, questions, maxConcurrency, cacheHitRate } =
    metrics as RunMetrics;
  const rows = Object.entries(questions).map(([id, one]) => {
    const reused = one.tokensReused === undefined ? '–' : share(one.tokensReused, one.tokensIn);
    return [
      id,
      String(one.asked),
      String(one.fromCache + one.fromSimilar),
      String(one.failed + one.skipped),
      String(one.retries),
      seconds(one.queueMs.mean),
      seconds(one.firstTokenMs.mean),
      seconds(one.answerMs.mean),
      String(one.tokensIn),
      reused,
      String(one.tokensOut),
    ];
  });
  const head = 'question,asked,taken,failed,retries,queue,first,answer,tokens in,reused,out'.split(',');
  const short = windows.short > 0 ? `, ${windows.short} too short` : '';
  const calm = windows.calm > 0 ? `, ${windows.calm} measured as calm` : '';
  return [
    `  Asked about ${windows.asked} of ${plural(windows.seen, 'window')}; ${windows.seen - windows.asked} not asked (${windows.still} still, ${windows.similar} similar${calm}${short}).`,
    ...table([head, ...rows]).map((line) => `  ${line}`),
    `  Window latency ${seconds(windowLatencyMs.p50)} (median), ${seconds(windowLatencyMs.p95)} (95 %); ${lanesInUse.mean} of at most ${maxConcurrency} requests at once.`,
    ...(cacheHitRate ? [`  Cache   ${percent(cacheHitRate)} of answers`] : []),
    ...(plan ? [`  Plan    ${plan.plan}: ${plan.reason}.`] : []),
    ...(speculation.asked > 0
      ? [
          `  Guessed ${speculation.asked} questions early, ${speculation.held} held${speculation.braked > 0 ? `; ${speculation.braked} were not tried, as too few had held` : ''}.`,
        ]
      : []),
  ];
}

function costLines({ cost: { modelCalls, tokensIn, tokensOut, money }, metrics }: RunSummary): string[] {
  const { saved } = (metrics ?? {}) as Partial<RunMetrics>;
  const parts = Object.entries(saved ?? {})
    .filter(([, tokens]) => tokens > 0)
    .map(([name, tokens]) => `${savedWords[name] ?? name} ${count(tokens)}`);
  const price = money === undefined ? '' : `, ${money.toFixed(money < 1 ? 4 : 2)} by the price given`;
  return [
    ...(modelCalls === 0
      ? []
      : [
          `  Cost    ${plural(modelCalls, 'request')} to models, ${count(tokensIn)} tokens in, ${count(tokensOut)} out${price}`,
        ]),
    ...(parts.length > 0 ? [`  Saved   tokens, about: ${parts.join(', ')}`] : []),
  ];
}

const savedWords: Readonly<Record<string, string>> = {
  cache: 'by the cache',
  similar: 'by similar windows',
  still: 'in still windows',
  calm: 'in calm windows',
  prefix: 'read again by the server without work',
};

/** Nothing is said where nothing left this machine. */
function sentLines({ sent }: RunSummary): string[] {
  if (!sent) return [];
  const { frames, to } = sent;
  const span = `${clock(frames[0] ?? 0)}–${clock(frames.at(-1) ?? 0)}`;
  const where = plainText(to.join(' or '));
  return [`  Sent    ${plural(frames.length, 'frame')} (${span}) to ${where}; their times are in run.json, sent`];
}

/** They were told as they came; where several were, they are counted once more. */
function warningLines({ warnings }: RunSummary): string[] {
  return warnings.length === 0
    ? []
    : [`  ${outColours.yellow(plural(warnings.length, 'warning'))}: see above, or run.json`];
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
const share = (part: number, whole: number): string => (whole === 0 ? '–' : percent(part / whole));
