import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endingOf } from './endings.ts';
import type { DrawOrder } from './draw-child.ts';
import type { Recipe } from './kinds.ts';
import { truthOf, type DrawnTruth } from './truth.ts';

/** A talk in a folder: a video and `NAME.truth.json` beside it. */
export interface DrawnTalk {
  readonly name: string;
  readonly path: string;
  readonly truth: DrawnTruth;
}

let fingerprint: string | undefined;

/** Changes whenever a file of the generator does: talks drawn by another one are drawn again. */
export function generatorFingerprint(): string {
  if (fingerprint !== undefined) return fingerprint;
  const folder = import.meta.dirname;
  const scoring = /^(draw|run|report|states|score)/;
  const files = readdirSync(folder).filter(
    (file) => /\.(ts|json)$/.test(file) && !file.endsWith('.test.ts') && !scoring.test(file),
  );
  const hash = createHash('sha256');
  for (const file of files.toSorted()) hash.update(readFileSync(join(folder, file)));
  return (fingerprint = hash.digest('hex').slice(0, 12));
}

/**
 * Draws a talk into a folder, unless it is there already. Takes some seconds.
 *
 * @throws Error where the encoder fails
 */
export async function drawTalk(recipe: Recipe, folder: string, signal: AbortSignal): Promise<DrawnTalk> {
  mkdirSync(folder, { recursive: true });
  const drawnBy = generatorFingerprint();
  const video = `${recipe.name}.${endingOf(recipe.choices.codec)}`;
  const [path, truthPath] = [join(folder, video), join(folder, `${recipe.name}.truth.json`)];
  const truth = truthOf(recipe, video, drawnBy);
  const text = `${JSON.stringify(truth, undefined, 1)}\n`;
  if (existsSync(path) && existsSync(truthPath) && readFileSync(truthPath, 'utf8') === text)
    return { name: recipe.name, path, truth };
  const unfinished = join(folder, `unfinished-${process.pid}-${video}`);
  await drawInChild({ recipe, path: unfinished }, signal);
  renameSync(unfinished, path);
  writeFileSync(truthPath, text);
  return { name: recipe.name, path, truth };
}

function drawInChild(order: DrawOrder, signal: AbortSignal): Promise<void> {
  const child = fork(join(import.meta.dirname, 'draw-child.ts'), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    signal,
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (said: { readonly error?: string }) => {
      if (said.error === undefined) resolve();
      else reject(new Error(`${order.recipe.name}: ${said.error}`));
    });
    child.once('exit', (code, end) => reject(new Error(`${order.recipe.name}: the encoder ended with ${end ?? code}`)));
    child.send(order);
  });
}
