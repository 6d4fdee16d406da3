import { outColours, print, printJson } from './print.ts';
import type { Command } from 'commander';
import type { Check } from '../app/doctor/check.ts';
import { examine, exitCodeOf } from '../app/doctor/doctor.ts';
import { interruptible } from './ending.ts';

interface Flags {
  readonly server?: string[];
  readonly model?: string[];
  readonly json?: boolean;
}

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look at decoder, models, servers, disk and memory: each line ok, or what to do')
    .option('--server <address>', 'a model server to look at (default: Ollama’s own); may be repeated', gathered)
    .option(
      '-m, --model <model>',
      'ask this model six short questions: what its server can do, and what would make it faster; may be repeated',
      gathered,
    )
    .option('--json', 'as JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action((flags: Flags) => tellState(flags));
}

async function tellState({ server = [], model = [], json }: Flags): Promise<void> {
  using signal = interruptible();
  const checks: Check[] = [];
  for await (const check of examine({ servers: server, models: model, folder: process.cwd(), signal })) {
    checks.push(check);
    if (!json) print(line(check));
  }
  process.exitCode = exitCodeOf(checks);
  if (json) printJson({ ok: process.exitCode === 0, checks }, 2);
}

function line({ area, name, ok, says, fix }: Check): string {
  const mark = ok ? outColours.green('ok ') : outColours.red('fix');
  const remedy = fix === undefined ? '' : `\n      ${ok ? outColours.dim('could be better:') : 'fix by:'} ${fix}`;
  return `${mark} ${outColours.dim(area.padEnd(8))} ${name}: ${says}${remedy}\n`;
}

const gathered = (text: string, before: string[] = []): string[] => [...before, text];
