/**
 * The same networks two ways: converted to ONNX and run on onnxruntime, as the program does, and through TensorFlow.js on
 * WebAssembly, the way that the package itself offers where nothing native can be installed. CPU milliseconds of one
 * thread, and how far the answers lie apart. `node bench/speed/driver-tfjs.ts`
 *
 * TensorFlow.js is installed into a folder of the system's temporary one (60 MB, kept for the next time).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openNetwork } from '../../src/vision/onnx.ts';
import { findFaceModels } from '../../src/vision/face/models.ts';
import { printTable } from '../recordings.ts';

/** The little of TensorFlow.js that is used, for its packages are not there when types are checked. */
interface Tensor {
  readonly shape: number[];
  dataSync(): Float32Array;
  dispose(): void;
}
interface Core {
  setBackend(name: string): Promise<boolean>;
  tensor(data: Float32Array, shape: number[]): Tensor;
}
interface Converter {
  loadGraphModel(url: string): Promise<{ execute(input: Tensor): Tensor | Tensor[] }>;
}
interface Wasm {
  setWasmPaths(folder: string): void;
  setThreadsCount(count: number): void;
}

const version = '4.22.0';
const folder = join(tmpdir(), `framesift-tfjs-${version}`);
const packages = ['tfjs-core', 'tfjs-converter', 'tfjs-backend-wasm'].map((name) => `@tensorflow/${name}`);
if (!existsSync(join(folder, 'node_modules'))) {
  mkdirSync(folder, { recursive: true });
  const names = packages.map((name) => `${name}@${version}`);
  const options = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', [...options, ...names], { stdio: 'inherit', shell: process.platform === 'win32' });
}
// Models are files here, and fetch takes none.
const fetchOverNetwork = globalThis.fetch;
globalThis.fetch = async (input, options) => {
  const url = input instanceof Request ? input.url : String(input);
  return url.startsWith('file:') ? new Response(readFileSync(fileURLToPath(url))) : fetchOverNetwork(input, options);
};
const load = createRequire(join(folder, 'package.json'));
const core = load('@tensorflow/tfjs-core') as Core;
const converter = load('@tensorflow/tfjs-converter') as Converter;
const wasm = load('@tensorflow/tfjs-backend-wasm') as Wasm;
wasm.setWasmPaths(`${dirname(load.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
wasm.setThreadsCount(1);
if (!(await core.setBackend('wasm'))) throw new Error('TensorFlow.js has no WebAssembly here');

const sides = { blazeface: 256, facemesh: 192, iris: 64 } as const;
const rounds = 40;
const models = await findFaceModels();
const rows: string[][] = [];
const costs = new Map<string, { onnx: number; tfjs: number }>();
for (const name of ['blazeface', 'facemesh', 'iris'] as const) {
  const shape = [1, sides[name], sides[name], 3];
  const pixels = Float32Array.from({ length: sides[name] ** 2 * 3 }, (_, index) => Math.abs(Math.sin(index * 12.9898)));
  await using network = await openNetwork(models.files[name]);
  const graph = await converter.loadGraphModel(pathToFileURL(join(models.folder, `${name}.json`)).href);
  const input = core.tensor(pixels, shape);
  const run = (): Float32Array[] => {
    const answers = [graph.execute(input)].flat();
    const data = answers.map((answer) => answer.dataSync().slice());
    for (const answer of answers) answer.dispose();
    return data;
  };
  const theirs = run();
  const ours = await network.runAll(pixels, shape);
  const apart = Math.max(...ours.map(({ data }) => Math.min(...theirs.map((other) => difference(data, other)))));
  const onnx = await cpuMs(async () => network.runAll(pixels, shape));
  const tfjs = await cpuMs(async () => run());
  costs.set(name, { onnx, tfjs });
  rows.push([name, onnx.toFixed(1), tfjs.toFixed(1), (tfjs / onnx).toFixed(1), apart.toExponential(1)]);
}
const tracked = (kind: 'onnx' | 'tfjs'): number => costs.get('facemesh')![kind] + 2 * costs.get('iris')![kind];
const [onnx, tfjs] = [tracked('onnx'), tracked('tfjs')];
rows.push(['a followed face', onnx.toFixed(1), tfjs.toFixed(1), (tfjs / onnx).toFixed(1), '']);
printTable(['network', 'onnxruntime, CPU ms', 'TensorFlow.js wasm', 'times', 'apart'], rows);

/** Median over rounds, after a few to warm up. */
async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < rounds + 3; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    if (round >= 3) all.push((user + system) / 1000);
  }
  return all.toSorted((a, b) => a - b)[rounds / 2]!;
}

/** Greatest difference ÷ greatest value; Infinity for answers of different sizes. */
function difference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  const most = a.reduce((highest, value) => Math.max(highest, Math.abs(value)), 1e-6);
  return a.reduce((highest, value, index) => Math.max(highest, Math.abs(value - b[index]!)), 0) / most;
}
