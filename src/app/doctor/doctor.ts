import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { exitCodes, FramesiftError, messageOf } from '../../core/errors.ts';
import { inspectEngine } from '../../llm/embedded.ts';
import { inspectFfmpegProgram, inspectNodeAv } from '../../media/decoders.ts';
import { findFaceModels } from '../../vision/face/models.ts';
import { runtimeDevices } from '../../vision/onnx.ts';
import { findWeights } from '../../vision/text/weights.ts';
import { listModels } from '../models/list.ts';
import { modelsPath } from '../../core/places.ts';
import type { Check } from './check.ts';
import { checkModel } from './model.ts';
import { checkServers } from './servers.ts';

export interface DoctorOptions {
  /** Servers to look at; without any, Ollama's default. One that is named has to answer. */
  readonly servers: readonly string[];
  /** Models to ask, each as `--model` names it. */
  readonly models?: readonly string[];
  /** Folder that results would go to. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Looks at everything that a run may need. Yields each line as soon as it is known; throws only for the signal. */
export async function* examine(options: DoctorOptions): AsyncGenerator<Check> {
  yield checkNode();
  yield* await checkDecoders();
  yield* await checkRuntime();
  yield await checkEngine();
  yield* await checkParts();
  for (const model of await listModels({ load: true, signal: options.signal })) {
    if (model.state === 'not installed' || model.state === 'built-in') continue;
    const { name, loads, fault, device } = model;
    if (loads) yield { area: 'models', name, ok: true, says: `loads, on ${device}` };
    else {
      const fix = `framesift models pull ${name}`;
      yield { area: 'models', name, ok: false, says: fault ?? 'does not load', fix, code: 'model' };
    }
  }
  yield* await checkServers(options.servers, options.signal);
  for (const spec of options.models ?? []) yield* await checkModel(spec, options.signal);
  yield await checkDisk('results', options.folder, 2e9);
  yield await checkDisk('models', modelsPath(), 2e9);
  yield checkMemory();
}

/** 0, or the exit code of the first thing that is not ok. */
export function exitCodeOf(checks: readonly Check[]): number {
  const first = checks.find(({ ok }) => !ok);
  return first ? exitCodes[first.code ?? 'dependency'] : 0;
}

function checkNode(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  const common = {
    area: 'node',
    name: 'Node.js',
    says: `${process.version}, ${process.platform} ${process.arch}`,
  } as const;
  if (major >= 24) return { ...common, ok: true };
  return { ...common, ok: false, fix: 'install Node 24 from https://nodejs.org', code: 'dependency' };
}

async function checkDecoders(): Promise<Check[]> {
  const [own, program] = await Promise.all([inspectNodeAv(), inspectFfmpegProgram()]);
  const neither = !own.there && !program.there;
  const reinstall = 'node scripts/prepare.mjs --again in a checkout, or npm install node-av';
  const hardware = own.there
    ? `${own.builtWith.join(', ') || 'none'} built in; ${own.opens!.length > 0 ? `${own.opens!.join(', ')} opens here` : 'none opens here'}`
    : program.builtWith.join(', ') || 'none';
  return [
    {
      area: 'decoder',
      name: 'node-av',
      ok: own.there || program.there,
      says: own.there ? own.says : `${own.says}${program.there ? '; the ffmpeg program is used instead' : ''}`,
      ...(own.there ? {} : { fix: reinstall }),
      ...(neither ? { code: 'dependency' as const } : {}),
    },
    {
      area: 'decoder',
      name: 'ffmpeg program',
      ok: true,
      says: program.there ? program.says : `${program.says}; only --decoder ffmpeg needs it`,
    },
    // What is skipped costs nothing, and frames have to come back from the card: unless asked, decoding stays on the CPU.
    { area: 'decoder', name: 'hardware', ok: true, says: `${hardware}. Used with --hwaccel alone` },
  ];
}

async function checkRuntime(): Promise<Check[]> {
  try {
    const devices = await runtimeDevices();
    const usable = devices.filter(({ lacks }) => lacks === undefined).map(({ device }) => device);
    const lacking = devices.find(({ lacks }) => lacks !== undefined);
    return [
      {
        area: 'models',
        name: 'onnxruntime',
        ok: true,
        says: `--device ${usable.join(', ')}`,
        ...(lacking ? { fix: `for ${lacking.device}: ${lacking.lacks}` } : {}),
      },
    ];
  } catch (error) {
    return [{ area: 'models', name: 'onnxruntime', ok: false, ...faultOf(error) }];
  }
}

/** The embedded language model's engine, which is optional, and the cards that it finds. */
async function checkEngine(): Promise<Check> {
  const common = { area: 'models', name: 'embedded engine', ok: true } as const;
  const devices = await inspectEngine();
  if (devices === undefined) {
    const fix = 'npm install @fugood/llama.node';
    return { ...common, says: 'not installed; only gguf: models need it', fix };
  }
  const cards = devices.filter(({ gpu }) => gpu).map(({ name, build }) => `${name} (${build})`);
  return { ...common, says: cards.length > 0 ? `finds ${cards.join(', ')}` : 'finds no graphics card: the CPU' };
}

/** What is said of a failure: FramesiftErrors carry their remedy in their second sentence. */
function faultOf(error: unknown): Pick<Check, 'says' | 'fix' | 'code'> {
  const [says = '', ...rest] = messageOf(error).split(/(?<=\.) /);
  const code = error instanceof FramesiftError ? error.code : 'dependency';
  return { says, fix: rest.join(' ') || 'node scripts/prepare.mjs --again', code };
}

async function checkParts(): Promise<Check[]> {
  const parts: readonly (readonly [name: string, look: () => Promise<{ id: string; version?: string }>])[] = [
    ['text weights', () => findWeights()],
    ['face models', () => findFaceModels()],
  ];
  const checks: Check[] = [];
  for (const [name, look] of parts) {
    try {
      const { id, version } = await look();
      checks.push({ area: 'models', name, ok: true, says: `${id}${version === undefined ? '' : ` ${version}`}` });
    } catch (error) {
      checks.push({ area: 'models', name, ok: false, ...faultOf(error) });
    }
  }
  return checks;
}

async function checkDisk(name: string, folder: string, least: number): Promise<Check> {
  const disk = await nearest(folder);
  if (!disk) return { area: 'disk', name, ok: true, says: 'not known on this system' };
  const free = disk.bavail * disk.bsize;
  const says = `${(free / 1e9).toFixed(1)} GB free for ${folder}`;
  if (free >= least) return { area: 'disk', name, ok: true, says };
  const fix =
    name === 'models'
      ? 'make room, or set FRAMESIFT_MODELS to another disk'
      : 'make room, or give -o FOLDER on another disk';
  return { area: 'disk', name, ok: false, says, fix, code: 'output' };
}

/** Of the folder, or of the nearest one above it that is there. */
async function nearest(folder: string): Promise<{ bavail: number; bsize: number } | undefined> {
  try {
    return await statfs(folder);
  } catch {
    const above = dirname(folder);
    return above === folder ? undefined : nearest(above);
  }
}

/** What `framesift slides` with text takes at its peak, rounded up (bench/speed/memory.ts). */
const neededBytes = 1e9;

function checkMemory(): Check {
  // Inside a container the limit counts, not the machine.
  const constrained = process.constrainedMemory();
  const total = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  const free = Math.min(process.availableMemory() || freemem(), total);
  const says = `${(free / 1e9).toFixed(1)} of ${(total / 1e9).toFixed(1)} GB free`;
  if (free >= neededBytes) return { area: 'memory', name: 'memory', ok: true, says };
  const fix = 'close other programs, or leave out text (--no-text halves what a run takes)';
  return { area: 'memory', name: 'memory', ok: false, says, fix, code: 'dependency' };
}
