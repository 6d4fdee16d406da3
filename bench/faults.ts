/**
 * Whether anything gets lost: batches of slides and of driver videos are killed (−9, with all their processes) at random
 * moments and resumed, again and again; in the end their results must be those of batches that nobody disturbed.
 *
 *   node bench/faults.ts [--kills 30] [--seed 1]
 *
 * Ends with 1 where a result differs. Needs Linux or macOS; takes some four seconds a kill on two cores.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Observation } from '../src/core/observation.ts';
import { sampleTalk } from '../test/fixtures/sample.ts';
import { checkout } from './recordings.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});

const folder = mkdtempSync(join(tmpdir(), 'framesift-faults-'));
const program = join(checkout, 'src/cli/main.ts');

/** Park and Miller's minimal standard generator: a run can be repeated by its seed. */
let state = Number(values.seed) + 4711;
const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;

interface Kind {
  readonly name: string;
  readonly command: readonly string[];
  /** Everything that a run found, times of the clock aside. */
  readonly results: (run: string) => unknown;
  /** Seconds that an undisturbed batch takes; kills come within. */
  seconds: number;
  undisturbed: unknown;
}

const text = (...path: string[]): string => readFileSync(join(...path), 'utf8');

function slidesResults(run: string): unknown {
  const images = readdirSync(join(run, 'slides')).toSorted();
  return [
    ...['slides.json', 'shown.json', 'ledger.jsonl'].map((name) => text(run, name)),
    ...images.map((name) => [name, readFileSync(join(run, 'slides', name)).toString('base64')]),
  ];
}

function questionsResults(run: string): unknown {
  const observations = text(run, 'observations.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Observation);
  const answers = observations
    .toSorted((a, b) => a.id.localeCompare(b.id))
    .map((one) => [one.id, one.state, one.state === 'answered' ? one.answer : undefined]);
  const twice = new Set(observations.map(({ id }) => id)).size !== observations.length;
  return [answers, twice];
}

function faceResults(run: string): unknown {
  return ['events.json', 'spans.json'].map((name) => text(run, name));
}

/** Starts a command in a process group of its own. */
function start(args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (complaint = (complaint + part).slice(-2000)));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    ended,
    complaint: () => complaint,
    kill: () => {
      // Half the time the batch alone, which must take its processes along; half the time all of them at once.
      if (random() < 0.5) child.kill('SIGKILL');
      else process.kill(-child.pid!, 'SIGKILL');
    },
  };
}

async function finish(args: readonly string[]): Promise<void> {
  const run = start(args);
  const code = await run.ended;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${run.complaint().trim()}`);
}

const runsOf = (out: string): string[] => ['a', 'b'].map((name) => join(out, `${name}.framesift`));

/** A server of questions in a process of its own, which no kill reaches. */
const server = spawn(
  process.execPath,
  [join(import.meta.dirname, 'simulated-server/main.ts'), '--slots', '4', '--speed', '60', '--steady'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const [greeting] = (await once(server.stdout, 'data')) as [Buffer];
const { ollama } = JSON.parse(greeting.toString()) as { ollama: string };

let wrong = 0;
try {
  const { path: talk } = await sampleTalk();
  mkdirSync(join(folder, 'in'));
  for (const name of ['a.mp4', 'b.mp4']) copyFileSync(talk, join(folder, 'in', name));
  const videos = join(folder, 'in');
  const model = ['--model', ollama, '--no-cache'];
  const open = { seconds: 0, undisturbed: undefined };
  const kinds: Kind[] = [
    { name: 'slides', command: ['slides', videos], results: slidesResults, ...open },
    {
      name: 'questions',
      command: ['driver', videos, ...model, '--no-measure', '--plan', 'parallel', '--no-adaptive', '--every', '4'],
      results: questionsResults,
      ...open,
    },
    {
      name: 'questions, default options',
      // Half a minute of windows: too few for a prompt of all questions to be tried, which would be another question.
      command: ['driver', videos, ...model, '--no-measure'],
      results: questionsResults,
      ...open,
    },
    {
      name: 'on-device driver',
      command: ['driver', videos, '--until', '25', '--no-objects'],
      results: faceResults,
      ...open,
    },
    {
      name: 'driver with a model, default options',
      command: ['driver', videos, ...model, '--until', '15'],
      results: (run) => [questionsResults(run), faceResults(run)],
      ...open,
    },
  ];
  for (const kind of kinds) {
    const out = join(folder, `${kind.name} undisturbed`);
    const began = performance.now();
    await finish([...kind.command, '-o', out]);
    kind.seconds = (performance.now() - began) / 1000;
    kind.undisturbed = runsOf(out).map(kind.results);
  }
  let kills = 0;
  let batches = 0;
  while (kills < Number(values.kills)) {
    const kind = kinds[batches % kinds.length]!;
    batches += 1;
    const out = join(folder, `${kind.name} ${batches}`);
    let command = [...kind.command, '-o', out];
    let killed = 0;
    // Each batch is killed several times before it may end: at any moment from its start to its end.
    for (let left = 1 + Math.floor(random() * 4); left > 0 && kills < Number(values.kills); left -= 1) {
      const run = start(command);
      const moment = 1000 * (0.15 + random() * kind.seconds);
      const code = await Promise.race([run.ended, sleep(moment, 'in time' as const)]);
      if (code !== 'in time') {
        if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${run.complaint().trim()}`);
        break;
      }
      run.kill();
      await run.ended;
      kills += 1;
      killed += 1;
      // Killed before it had written what it is about, a batch is begun again; from then on it is resumed.
      if (readdirSync(folder).includes(`${kind.name} ${batches}`) && readdirSync(out).includes('batch.json')) {
        command = ['resume', out];
      }
    }
    await finish(command);
    const same = JSON.stringify(runsOf(out).map(kind.results)) === JSON.stringify(kind.undisturbed);
    if (!same) wrong += 1;
    console.log(`${kind.name}: killed ${killed} times, ${same ? 'the same results' : `OTHER RESULTS in ${out}`}`);
    if (same) rmSync(out, { recursive: true });
  }
  console.log(`${kills} kills, ${batches} batches, ${wrong} with other results.`);
} finally {
  server.kill();
  if (wrong === 0) rmSync(folder, { recursive: true, force: true });
}
if (wrong > 0) process.exitCode = 1;
