import { join } from 'node:path';
import { after } from 'node:test';
import { findEmbedder } from '../../src/app/models/registry.ts';
import { builtinEmbedder, openEmbedder } from '../../src/vision/models/embedder.ts';
import { writeClip, writeDino, writeSiglip } from '../fixtures/tiny-models.ts';
import { temporaryFolder } from '../fixtures/videos.ts';
import { testEmbedder } from './embedder.ts';

const place = temporaryFolder();
after(() => place[Symbol.dispose]());

testEmbedder('builtin', async () => builtinEmbedder);
for (const [name, write] of [
  ['dinov2', writeDino],
  ['clip', writeClip],
  ['siglip', writeSiglip],
] as const) {
  const folder = write(join(place.path, name));
  testEmbedder(name, async () => openEmbedder(await findEmbedder(folder), { device: 'cpu' }));
  testEmbedder(`${name}, small batches`, async () =>
    openEmbedder(await findEmbedder(folder), { device: 'cpu', batch: 2 }),
  );
}
