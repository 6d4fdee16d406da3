import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SpoiltServer } from './answers.ts';
import { readFolder } from './folders.ts';
import type { Outcome } from './outcome.ts';
import type { Pristine } from './pristine.ts';
import { readYaml } from './texts.ts';
import { VideoReader } from './videos.ts';

export interface FuzzOptions {
  /** Mutants in all: three of five are videos, one of five folders, the rest YAML and answers of models. */
  readonly count: number;
  readonly seed: number;
  /** An empty one. */
  readonly folder: string;
  /** Videos to be spoiled. */
  readonly seeds: readonly string[];
  readonly pristine: Pristine;
  /** Does the run again in one of so many spoiled folders. Default: in none. */
  readonly againEach?: number;
}

/** Makes mutants and reads them as the product does. */
export async function* fuzz(options: FuzzOptions): AsyncGenerator<Outcome> {
  const { count, seed, folder, seeds, pristine, againEach = Infinity } = options;
  const work = join(folder, 'work');
  mkdirSync(work, { recursive: true });
  await using videos = new VideoReader(folder, seeds);
  await using server = await SpoiltServer.start();
  for (let index = 0; index < count; index += 1) {
    const own = seed * 1_000_000 + index;
    const part = index % 10;
    if (part < 6 && seeds.length > 0) yield await videos.read(own);
    else if (part < 8) {
      const tries = (index / 10) % againEach < 1;
      const again = tries ? (copy: string, of: string) => pristine.again(copy, of) : undefined;
      yield await readFolder(own, pristine.folders, work, again);
    } else if (part === 8) yield await readYaml(own, pristine.yaml);
    else yield await server.ask(own);
  }
}

/** Outcomes by kind, the parts of folders together. */
export class Tally {
  readonly faults: Outcome[] = [];
  readonly #rows = new Map<string, Record<Outcome['state'], number>>();
  mostMb = 0;

  add(outcome: Outcome): void {
    const { kind, state, megabytes = 0 } = outcome;
    const row = this.#rows.get(kind) ?? { read: 0, refused: 0, died: 0, hung: 0, fault: 0 };
    this.#rows.set(kind, { ...row, [state]: row[state] + 1 });
    this.mostMb = Math.max(this.mostMb, megabytes);
    if (state !== 'read' && state !== 'refused') this.faults.push(outcome);
  }

  get lines(): string[] {
    const rows = [...this.#rows].toSorted(([a], [b]) => a.localeCompare(b));
    const head =
      '| kind | mutants | read | refused in a line | decoder died | hung | faults |\n|---|---|---|---|---|---|---|';
    const lines = rows.map(([kind, { read, refused, died, hung, fault }]) => {
      return `| ${kind} | ${read + refused + died + hung + fault} | ${read} | ${refused} | ${died} | ${hung} | ${fault} |`;
    });
    return [head, ...lines];
  }
}
