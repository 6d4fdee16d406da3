import { errorColours, printAside } from './print.ts';
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LocalAdapters } from '../app/adapters/local-adapters.ts';
import { findWorkflow } from '../app/registry.ts';
import { renderSampleTalk } from '../media/sample-talk.ts';
import { interruptible } from './ending.ts';
import type { RunFlags } from './run-options.ts';
import { showRun } from './show-run.ts';
import { userPath } from './user-path.ts';

/** What the command takes with nothing named. */
export type DemoFlags = Pick<RunFlags, 'output' | 'quiet' | 'json' | 'verbose'>;

/** With no video named: draws a short talk of its own, finds its slides, and says what to try next. */
export async function showDemo(flags: DemoFlags): Promise<void> {
  const folder = resolve(userPath(flags.output ?? 'framesift-demo'));
  const talk = join(folder, 'sample-talk.mp4');
  const say = (line: string): void => void (flags.quiet || flags.json || printAside(`${line}\n`));
  await mkdir(folder, { recursive: true });
  if (!(await exists(talk))) {
    using signal = interruptible();
    say('No video was named, so here is a sample: drawing a talk of one minute (some ten seconds) …');
    await renderSampleTalk(talk, { signal });
  }
  await using adapters = new LocalAdapters();
  const workflow = await findWorkflow({ id: 'slides' }, adapters);
  const output = join(folder, 'sample-talk.framesift');
  await showRun({ workflow, video: talk, input: {} }, { ...flags, output, logLevel: 'info' });
  say(
    [
      '',
      `Open the report in a browser, then try it on a recording of your own:`,
      `  ${errorColours.bold('npm start -- slides talk.mp4')}     the slides of a talk or lecture`,
      `  ${errorColours.bold('npm start -- slides --help')}       what can be set`,
    ].join('\n'),
  );
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
