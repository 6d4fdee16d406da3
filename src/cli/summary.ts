import { relative } from 'node:path';
import { outColours } from './colours.ts';
import type { RunSummary } from '../core/run.ts';
import { count, lasting, plural } from '../core/words.ts';

/** The last words of a run: what was found, how long it took, why the rest was not kept, where to look. */
export function describeSummary(summary: RunSummary): string {
  const { slides, videoSeconds, elapsedSeconds, framesInVideo, framesLookedAt, framesKept, dropped } = summary;
  if (summary.alreadyDone) {
    return [
      `${outColours.green('✓')} Already done: ${plural(slides, 'slide')} (use --force to do it again).`,
      `  Report  ${outColours.bold(shortPath(summary.report))}`,
      '',
    ].join('\n');
  }
  const speed = elapsedSeconds > 0 ? videoSeconds / elapsedSeconds : 0;
  const rate = speed >= 10 ? Math.round(speed) : speed.toFixed(1);
  const rest = Object.entries(dropped)
    .sort(([, a], [, b]) => b - a)
    .map(([rule, count]) => `${count} ${ruleWords[rule] ?? rule.replace(/^kind:/, 'not a slide: ')}`);
  return [
    `${outColours.green('✓')} ${outColours.bold(plural(slides, 'slide'))} in ${lasting(videoSeconds)} of video, found in ${elapsedSeconds.toFixed(1)} s (${rate}× real time).`,
    `  Looked at ${count(framesLookedAt)} of ${count(framesInVideo)} frames, kept ${framesKept}${rest.length > 0 ? '; the rest:' : '.'}`,
    ...rest.map((line) => `    ${line}`),
    ...(summary.quietSeconds > 0
      ? [
          `  Left out ${lasting(summary.quietSeconds)} in which nothing happens by its key frames (--exact looks there too).`,
        ]
      : []),
    `  Report  ${outColours.bold(shortPath(summary.report))}`,
    '',
  ].join('\n');
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

function shortPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
