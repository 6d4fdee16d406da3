import { print, printJson } from './print.ts';
import type { Command } from 'commander';
import { readEvents } from '../store/event-log.ts';
import { FramesiftError } from '../core/errors.ts';
import { interruptible } from './ending.ts';
import { RunView } from './run-view.ts';
import { describeSummary } from './summary.ts';
import { userPath } from './user-path.ts';

interface Flags {
  readonly json?: boolean;
  readonly replay?: boolean;
}

/** `follow RUN`: what a run tells, read from its folder by another process. */
export function addFollowCommand(program: Command): void {
  program
    .command('follow')
    .description('show what a run tells while it goes on in another process, or replay one that has ended')
    .argument('<run>', "the run's folder")
    .option('--replay', 'end with what is there, also where the run goes on')
    .option('--json', 'print every event as a line of JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action((run: string, flags: Flags) => follow(userPath(run), flags));
}

async function follow(folder: string, { json, replay }: Flags): Promise<void> {
  using signal = interruptible();
  using view = json ? undefined : new RunView();
  let ended = false;
  for await (const event of readEvents(folder, { live: !replay, signal })) {
    if (json) printJson(event);
    view?.show(event);
    ended = event.type === 'finished' || event.type === 'ended';
    if (!view) continue;
    if (event.type === 'finished') {
      view.clear();
      print(describeSummary(event.summary));
    } else if (event.type === 'ended') {
      view.clear();
      print(`The run ${event.state === 'failed' ? 'failed' : 'was interrupted'}: ${event.error.message}\n`);
    }
  }
  if (!ended && !replay) {
    throw new FramesiftError(
      'input',
      `${folder}: its run has stopped without an end. Go on with: framesift resume ${folder}`,
    );
  }
}
