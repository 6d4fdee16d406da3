import { print, printJson } from './print.ts';
import type { Command } from 'commander';
import { redecide } from '../app/redecide.ts';
import { userPath } from './user-path.ts';
import { plural } from '../core/words.ts';

interface Flags {
  readonly rules?: string;
  readonly calibration?: string;
  readonly json?: boolean;
}

/** `redecide RUN --rules other.yaml`: new events from stored measurements, without decoding a frame. */
export function addRedecideCommand(program: Command): void {
  program
    .command('redecide')
    .description('decide a driver run again from its stored measurements')
    .argument('<run>', "the run's folder")
    .option('--rules <file>', 'YAML table that overrides thresholds (default: the rules as they are)')
    .option('--calibration <file>', 'driver.json of another run of the same driver and camera')
    .option('--json', 'print the result as JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action(async (run: string, { rules, calibration, json }: Flags) => {
      const given = {
        ...(rules === undefined ? {} : { rules: userPath(rules) }),
        ...(calibration === undefined ? {} : { calibration: userPath(calibration) }),
      };
      const result = await redecide(userPath(run), given);
      if (json) {
        printJson(result);
        return;
      }
      const { before, after, frames, elapsedMs, report } = result;
      const ms = Math.round(elapsedMs);
      print(
        `${plural(after, 'event')} (before: ${before}) from ${plural(frames, 'measurement')} in ${ms} ms\n${report}\n`,
      );
    });
}
