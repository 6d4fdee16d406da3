import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { findLanguages } from '../../../src/vision/text/language-data.ts';
import { languagesOf } from '../../../src/vision/text/languages.ts';
import { parallel } from '../../../src/stream/parallel.ts';
import { checkout } from '../../recordings.ts';
import { drawTalk, type DrawnTalk } from './draw.ts';
import type { Recipe } from './kinds.ts';
import { isFailed, judge, type FoundAndUnsure, type Judged } from './judge.ts';

export interface RunSettings {
  readonly jobs: number;
  /** Talks that are drawn there already are not drawn again. */
  readonly talks?: string;
  /** What failed goes there: the video, its truth and the results. */
  readonly keep?: string;
  /** Options of `framesift slides`. */
  readonly options: readonly string[];
  readonly signal: AbortSignal;
}

/** Slides in a language that is installed are read in it. */
async function languageOptions({ truth: { language } }: DrawnTalk, options: readonly string[]): Promise<string[]> {
  if (options.includes('--no-text') || options.includes('--languages') || options.includes('--text-model')) return [];
  const wanted = languagesOf([language]);
  const installed = await findLanguages(wanted).catch(() => []);
  return installed.length > 0 ? ['--languages', language] : [];
}

async function runOn(talk: DrawnTalk, out: string, settings: RunSettings): Promise<Judged> {
  const threads = settings.jobs > 1 ? ['--threads', '1'] : [];
  const command = [
    join(checkout, 'src/cli/main.ts'),
    'slides',
    talk.path,
    '-o',
    out,
    '--force',
    '--quiet',
    ...threads,
    ...(await languageOptions(talk, settings.options)),
    ...settings.options,
  ];
  let error: string | undefined;
  try {
    await promisify(execFile)(process.execPath, command, { signal: settings.signal });
  } catch (failure) {
    settings.signal.throwIfAborted();
    error = (failure as { stderr?: string }).stderr?.trim().split('\n')[0] ?? String(failure);
  }
  const read = (name: string): object | undefined => {
    const file = join(out, name);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : undefined;
  };
  const found = { slides: [], ...read('slides.json') } as FoundAndUnsure;
  return judge(talk.truth, { ...found, ...read('states.json') }, error);
}

/** Draws talks, finds their slides and scores them, in the order of the recipes. */
export async function* judgeTalks(recipes: readonly Recipe[], settings: RunSettings): AsyncGenerator<Judged> {
  const folder = mkdtempSync(join(tmpdir(), 'framesift-drawn-'));
  const { keep, talks, signal } = settings;
  if (keep !== undefined) mkdirSync(keep, { recursive: true });
  try {
    const judgeOne = async (recipe: Recipe): Promise<Judged> => {
      const talk = await drawTalk(recipe, talks ?? folder, signal);
      const out = join(folder, `${recipe.name}.framesift`);
      const judged = await runOn(talk, out, settings);
      if (keep !== undefined && isFailed(judged)) {
        cpSync(talk.path, join(keep, talk.truth.video));
        cpSync(talk.path.replace(/\.[^.]+$/, '.truth.json'), join(keep, `${talk.name}.truth.json`));
        if (existsSync(out)) cpSync(out, join(keep, `${talk.name}.framesift`), { recursive: true });
      }
      rmSync(out, { recursive: true, force: true });
      if (talks === undefined) rmSync(talk.path);
      return judged;
    };
    yield* parallel(Readable.from(recipes), judgeOne, { limit: settings.jobs, signal });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
