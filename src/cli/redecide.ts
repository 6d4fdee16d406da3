import { print, printJson } from './print.ts';
import type { Command } from 'commander';
import { redecide } from '../app/redecide.ts';
import type { FrameKind } from '../core/slide.ts';
import { defined } from '../core/defined.ts';
import { userPath } from './user-path.ts';
import { plural } from '../core/words.ts';

interface Flags {
  readonly rules?: string;
  readonly calibration?: string;
  readonly keep?: string;
  readonly mergeFrom?: string;
  readonly json?: boolean;
}

/** `redecide RUN`: other slides, or other events, from what a run stored, without decoding a frame. */
export function addRedecideCommand(program: Command): void {
  program
    .command('redecide')
    .description('decide a run again from what it stored, without decoding')
    .argument('<run>', "the run's folder")
    .option('--keep <kinds>', 'slides: which kinds become slides: slide, slide-with-speaker, speaker, screen, other')
    .option(
      '--merge-from <probability>',
      'slides: when two states are one slide, 0–1; lower merges more (default: 0.4)',
    )
    .option('--rules <file>', 'driver: YAML table that overrides thresholds (default: the rules as they are)')
    .option('--calibration <file>', 'driver: driver.json of another run of the same driver and camera')
    .option('--json', 'print the result as JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action(async (run: string, { rules, calibration, keep, mergeFrom, json }: Flags) => {
      const given = defined({
        rules: rules === undefined ? undefined : userPath(rules),
        calibration: calibration === undefined ? undefined : userPath(calibration),
        keep: keep?.split(',').map((kind) => kind.trim() as FrameKind),
        mergeFrom: mergeFrom === undefined ? undefined : Number(mergeFrom),
      });
      const result = await redecide(userPath(run), given);
      if (json) {
        printJson(result);
        return;
      }
      const { before, after, elapsedMs, report } = result;
      const [of, from] =
        result.workflow === 'slides'
          ? ['slide', plural(result.states, 'state')]
          : ['event', plural(result.frames, 'measurement')];
      print(`${plural(after, of)} (before: ${before}) from ${from} in ${Math.round(elapsedMs)} ms\n${report}\n`);
    });
}
