import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { leastPermissions } from '../../src/media/least.ts';
import { mutateBytes, piecesOf, type Piece } from './bytes.ts';
import type { Outcome } from './outcome.ts';
import { Random } from './random.ts';

/** No mutant of a second of video takes longer to read, milliseconds. */
const hungMs = 60_000;
/** A process that has read so many is replaced: what one leaves behind is seen by the next ones. */
const readsEach = 400;

interface Told {
  readonly state: 'read' | 'refused' | 'fault';
  readonly says?: string;
  readonly megabytes: number;
}

/** Reads mutants of videos in a process that is replaced when one of them kills it. */
export class VideoReader implements AsyncDisposable {
  readonly #folder: string;
  readonly #seeds: readonly { readonly name: string; readonly bytes: Buffer; readonly pieces: readonly Piece[] }[];
  #child: ChildProcess | undefined;
  #reads = 0;

  constructor(folder: string, seeds: readonly string[]) {
    this.#folder = folder;
    this.#seeds = seeds.map((path) => {
      const bytes = readFileSync(path);
      return { name: basename(path), bytes, pieces: piecesOf(bytes) };
    });
  }

  /** @returns the mutant's path, which is written anew for each */
  make(seed: number): { readonly path: string; readonly kind: string } {
    const random = new Random(seed);
    const { name, bytes, pieces } = random.one(this.#seeds);
    const path = join(this.#folder, `mutant-${process.pid}-${name}`);
    writeFileSync(path, mutateBytes(bytes, pieces, random));
    return { path, kind: name };
  }

  async read(seed: number): Promise<Outcome> {
    const { path, kind } = this.make(seed);
    this.#reads += 1;
    if (this.#reads % readsEach === 0) await this[Symbol.asyncDispose]();
    const entry = join(import.meta.dirname, 'decode-child.ts');
    const child = (this.#child ??= fork(entry, {
      execArgv: [...leastPermissions],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    }));
    const outcome = await new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => resolve({ kind, seed, state: 'hung' }), hungMs);
      const end = (one: Outcome): void => {
        clearTimeout(timer);
        child.off('message', hear).off('exit', die);
        resolve(one);
      };
      const hear = (told: Told): void => end({ kind, seed, ...told });
      const die = (code: number | null, signal: string | null): void =>
        end({ kind, seed, state: 'died', says: signal ?? `exit ${code}` });
      child.on('message', hear).on('exit', die);
      child.send({ path });
    });
    if (outcome.state === 'hung' || outcome.state === 'died') await this[Symbol.asyncDispose]();
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  }
}
