import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { updateFile } from '../update-file.ts';
import { makeFolder, writeWhole } from '../write-file.ts';
import type { CatalogueModel } from './catalogue.ts';

const Manifest = z.object({
  name: z.string(),
  source: z.string(),
  pulled: z.string(),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
});

/** What was put into a model's folder, when and from where: `model.json`. */
export type Manifest = z.output<typeof Manifest>;

export interface InstalledModel {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Files that the catalogue names and that are not there, or not of the size they were. */
  readonly damaged: readonly string[];
  readonly bytes: number;
}

const manifestFile = 'model.json';
const digestsFile = 'digests.json';
/** Where files are put together before they take their place. */
export const stagingFolder = '.pulling';

/**
 * The folder in which a user's models lie: `NAME/` for each, with the files under the names they have on the hub, and
 * `digests.json`, which keeps what was seen at the first pull also when a model is removed.
 */
export class ModelFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  folderOf(name: string): string {
    return join(this.path, name);
  }

  /** @returns undefined where the model is not there */
  async find(model: CatalogueModel): Promise<InstalledModel | undefined> {
    const folder = this.folderOf(model.name);
    const manifest = await readManifest(folder);
    if (!manifest) return undefined;
    const damaged: string[] = [];
    let bytes = 0;
    for (const { path } of model.files) {
      const size = await stat(join(folder, path)).then(
        (info) => info.size,
        () => undefined,
      );
      bytes += size ?? 0;
      if (size === undefined || size !== manifest.files[path]?.bytes) damaged.push(path);
    }
    return { folder, manifest, damaged, bytes };
  }

  writeManifest(folder: string, manifest: Manifest): Promise<void> {
    return writeWhole(join(folder, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`);
  }

  /** Digests by `NAME/PATH`, as they were when each file was first pulled. */
  async digests(): Promise<Readonly<Record<string, string>>> {
    return parseDigests(await readFile(join(this.path, digestsFile), 'utf8').catch(() => undefined));
  }

  /** Several pulls may record theirs at the same time. */
  async recordDigests(more: Readonly<Record<string, string>>): Promise<void> {
    await makeFolder(this.path);
    await updateFile(
      join(this.path, digestsFile),
      (text) => `${JSON.stringify({ ...parseDigests(text), ...more }, undefined, 2)}\n`,
    );
  }

  /** Removes a model. Its digests stay: a later pull is still held against them. */
  async remove(name: string): Promise<void> {
    await rm(this.folderOf(name), { recursive: true, force: true });
  }

  /** Bytes of pulls that were broken off, and wait to be continued. */
  async unfinished(): Promise<number> {
    const staging = join(this.path, stagingFolder);
    const entries = await readdir(staging, { recursive: true, withFileTypes: true }).catch(() => []);
    let bytes = 0;
    for (const entry of entries) {
      if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
    }
    return bytes;
  }
}

function parseDigests(text: string | undefined): Readonly<Record<string, string>> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text ?? '{}'));
  } catch {
    // Damaged by hand or disk: as if nothing had been pulled yet.
    return {};
  }
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return Manifest.parse(JSON.parse(await readFile(join(folder, manifestFile), 'utf8')));
  } catch {
    return undefined;
  }
}

/** SHA-256 of a file, lower-case hexadecimal. */
export async function digestOf(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
