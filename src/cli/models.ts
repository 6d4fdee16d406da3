import { eraseLine, errorColours, outColours, print, printJson, writeTo } from './print.ts';
import type { Command } from 'commander';
import { listModels, type ListedModel } from '../app/models/list.ts';
import { catalogueModel, openModelFolder } from '../app/models/registry.ts';
import { FramesiftError } from '../core/errors.ts';
import { size } from '../core/words.ts';
import { pullModel, type PullEvent } from '../store/models/pull.ts';
import { interruptible } from './ending.ts';
import { userPath } from './user-path.ts';
import { defined } from '../core/defined.ts';

interface ListFlags {
  readonly load: boolean;
  readonly json?: boolean;
}

interface PullFlags {
  readonly mirror?: string;
  readonly from?: string;
  readonly acceptChanged?: boolean;
  readonly quiet?: boolean;
}

export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('the models there are: what each is for, its licence and size, where it lies, whether it loads')
    .option('--no-load', 'do not try whether those that are installed load')
    .option('--json', 'as JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action((flags: ListFlags) => showModels(flags));
  models
    .command('pull')
    .description('get models, from the hub or without a network')
    .argument('<names...>', 'dinov2-small, clip-vit-b32, siglip-base, smolvlm2-500m …')
    .option('--mirror <url>', 'fetch from another place with the same paths')
    .option('--from <path>', 'take the files from this folder, .tar or .tar.gz instead')
    .option('--accept-changed', 'take a file whose digest is not the one recorded at the first pull')
    .option('-q, --quiet', 'print nothing but errors')
    .option('--verbose', 'with an error, print where it came from')
    .action((names: string[], flags: PullFlags) => pullModels(names, flags));
  models
    .command('remove')
    .description('remove models from this machine')
    .argument('<names...>')
    .action((names: string[]) => removeModels(names));
}

async function showModels({ load, json }: ListFlags): Promise<void> {
  using signal = interruptible();
  const folder = openModelFolder();
  const models = await listModels({ load, signal });
  if (json) {
    printJson({ folder: folder.path, models }, 2);
    return;
  }
  const unfinished = await folder.unfinished();
  const lines = [
    ...models.flatMap(describe),
    '',
    `Models lie in ${folder.path} (FRAMESIFT_MODELS). Get one with: framesift models pull NAME`,
    ...(unfinished > 0 ? [`${size(unfinished)} of a pull that was broken off wait to be continued.`] : []),
  ];
  print(`${lines.join('\n')}\n`);
}

function describe(model: ListedModel): string[] {
  const { name, uses, what, licence, bytes, state, folder, loads, fault, device, calibrated } = model;
  const mark =
    state === 'not installed' ? outColours.dim('–') : loads === false ? outColours.red('✗') : outColours.green('✓');
  const about = state === 'not installed' ? 'about ' : '';
  const told = [
    state === 'installed' ? (loads === undefined ? 'installed' : loads ? `loads (${device})` : 'does not load') : state,
    ...(calibrated === undefined ? [] : [calibrated ? 'calibrated' : 'no thresholds: run framesift calibrate']),
  ];
  return [
    `${mark} ${outColours.bold(name.padEnd(14))} ${told.join(' · ')}`,
    outColours.dim(`    ${uses.join(', ')}: ${what}`),
    outColours.dim(`    ${bytes === 0 ? '' : `${about}${size(bytes)} · `}${licence}${folder ? ` · ${folder}` : ''}`),
    ...(fault === undefined ? [] : [`    ${outColours.red(fault)}`]),
  ];
}

async function pullModels(names: readonly string[], flags: PullFlags): Promise<void> {
  if (flags.mirror !== undefined && flags.from !== undefined) {
    throw new FramesiftError('usage', '--mirror and --from exclude each other.');
  }
  if (flags.mirror !== undefined && !/^https?:$/.test(URL.parse(flags.mirror)?.protocol ?? '')) {
    throw new FramesiftError('usage', `--mirror: ${flags.mirror} is not an http or https address.`);
  }
  if (flags.from !== undefined && names.length > 1) {
    throw new FramesiftError('usage', '--from takes one model at a time.');
  }
  // All names are looked at before the first byte is fetched.
  const models = names.map((name) => catalogueModel(name));
  using signal = interruptible();
  for (const model of models) {
    const view = pullView(process.stderr, flags.quiet === true);
    try {
      const installed = await pullModel(model, openModelFolder(), {
        signal,
        onEvent: view.show,
        ...defined({ mirror: flags.mirror }),
        ...(flags.from === undefined ? {} : { from: userPath(flags.from) }),
        ...defined({ acceptChanged: flags.acceptChanged }),
      });
      view.clear();
      if (!flags.quiet) {
        const { folder, bytes } = installed;
        print(`${model.name}: ${size(bytes)} in ${folder} (${model.licence})\n`);
      }
    } finally {
      view.clear();
    }
  }
}

async function removeModels(names: readonly string[]): Promise<void> {
  for (const { name } of names.map((each) => catalogueModel(each))) {
    await openModelFolder().remove(name);
    print(`${name}: removed\n`);
  }
}

/** A line that redraws itself on a terminal, a line a file elsewhere. */
function pullView(stream: NodeJS.WriteStream, quiet: boolean) {
  let drawn = -Infinity;
  let last = '';
  const show = (event: PullEvent): void => {
    if (quiet) return;
    if (event.type === 'digest') {
      const seen = event.known ? 'is the known one' : 'recorded, as none was known; binding from now on';
      line(`${event.file}: SHA-256 ${event.sha256.slice(0, 16)}… ${seen}\n`);
      return;
    }
    if (event.type === 'present') return line(`${event.file}: already there, and what it was\n`);
    if (event.type !== 'file') return;
    const { file, bytes, ofBytes } = event;
    const done = bytes === ofBytes;
    if (!stream.isTTY) {
      if (file !== last) writeTo(stream, `fetching ${file}${ofBytes === undefined ? '' : ` (${size(ofBytes)})`}\n`);
      last = file;
      return;
    }
    // Ten times a second is as fast as anybody reads.
    if (!done && performance.now() - drawn < 100) return;
    drawn = performance.now();
    const share = ofBytes === undefined ? '' : ` ${String(Math.floor((bytes / ofBytes) * 100)).padStart(3)} %`;
    writeTo(stream, `${eraseLine}${errorColours.cyan('fetching')} ${file}${share} · ${size(bytes)}`);
  };
  const clear = (): void => {
    if (stream.isTTY && !quiet) writeTo(stream, eraseLine);
  };
  const line = (text: string): void => {
    clear();
    writeTo(stream, text);
  };
  return { show, clear };
}
