import { Command, type Option } from 'commander';
import { buildProgram } from '../../src/cli/program.ts';
import { exitCodes, interruptedExitCode } from '../../src/core/errors.ts';

/** Every command with its options, as `--help` lists them, and the exit codes. */
export function commandPage(): string {
  const program = buildProgram(new Command('framesift').version('', '-V, --version', 'print the version'));
  return [
    '# The command line',
    '',
    'Made of the code by `node scripts/reference.ts`. `framesift COMMAND --help` says the same.',
    '',
    ...program.commands.flatMap((command) => section(command, `framesift ${command.name()}`)),
    '## Exit codes',
    '',
    '| code | when |',
    '|---|---|',
    '| 0 | everything is there |',
    '| 1 | a fault of framesift |',
    ...Object.entries(exitCodes).map(([name, code]) => `| ${code} | ${exitWords[name as keyof typeof exitCodes]} |`),
    `| ${interruptedExitCode} | stopped by Ctrl-C or a signal; the same command goes on |`,
    '',
  ].join('\n');
}

const exitWords: Readonly<Record<keyof typeof exitCodes, string>> = {
  usage: 'an option or argument that cannot be taken, or that has no effect',
  input: 'the input is missing, a folder, or may not be read',
  media: 'the input is not a video that can be used',
  output: 'the results cannot be written, or the folder belongs to another run',
  dependency: 'an optional part that this call needs is not installed',
  model: 'a model or its server cannot be used',
  crash: 'the decoding process died',
  batch: 'of several videos at least one failed; the others are done',
  incomplete: 'the run ended and part of it failed; the same command asks for just that again',
};

function section(command: Command, name: string): string[] {
  const usage = `${name} ${command.usage().replace('[options] ', '')}`.replace(/ \[command\]$/, '').trim();
  const options = command.options.filter(({ hidden }) => !hidden);
  const groups = Object.entries(Object.groupBy(options, (option) => groupOf(option)));
  return [
    `## ${name}`,
    '',
    sentence(command.description()),
    '',
    '```sh',
    usage,
    '```',
    '',
    ...command.registeredArguments.map((one) => `- \`${one.name()}\`: ${one.description}`),
    '',
    ...groups.flatMap(([group, listed = []]) => [
      ...(groups.length > 1 ? [`**${group}**`, ''] : []),
      '| option | meaning |',
      '|---|---|',
      ...listed.map((option) => `| \`${cell(option.flags)}\` | ${cell(meaningOf(option))} |`),
      '',
    ]),
    ...command.commands.flatMap((inner) => section(inner, `${name} ${inner.name()}`)),
  ];
}

const groupOf = (option: Option): string => (option.helpGroupHeading ?? 'Options:').replace(/:$/, '');

function meaningOf({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
  const byDefault = typeof defaultValue === 'string' ? ` (default: ${defaultValue})` : '';
  return `${description}${choices}${byDefault}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
