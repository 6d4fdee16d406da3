/**
 * Converts the networks that lie in `assets/networks` from those inside a package, ahead of time:
 *
 *     npm pack @mediapipe/holistic@0.5.1675471629 && tar xzf mediapipe-holistic-*.tgz
 *     node scripts/networks/convert.ts package
 *
 * The package (Apache-2.0) is needed for nothing else, and is no dependency.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { liteToOnnx } from './lite-to-onnx.ts';
import { readLiteModel } from './tflite.ts';

/** Networks by the name that they get here. */
const wanted = { 'palm-detection': 'palm_detection_full.tflite' } as const;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Give the folder of the unpacked package @mediapipe/holistic.');
  process.exit(2);
}
const packed = readFileSync(join(folder, 'holistic_solution_packed_assets.data'));
const loader = readFileSync(join(folder, 'holistic_solution_packed_assets_loader.js'), 'utf8');
const listed = /"files":\s*(\[.*?\])/s.exec(loader)?.[1] ?? '[]';
const files = z.array(z.object({ filename: z.string(), start: z.number(), end: z.number() })).parse(JSON.parse(listed));
const target = new URL('../../assets/networks/', import.meta.url);
mkdirSync(target, { recursive: true });
for (const [name, source] of Object.entries(wanted)) {
  const file = files.find(({ filename }) => filename.endsWith(`/${source}`));
  if (!file) throw new Error(`${source} is not in ${folder}: is it another version?`);
  const network = liteToOnnx(readLiteModel(packed.subarray(file.start, file.end)));
  writeFileSync(new URL(`${name}.onnx`, target), network);
  console.log(`${name}.onnx: ${network.length} bytes`);
}
