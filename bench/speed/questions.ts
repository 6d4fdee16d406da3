/**
 * How fast questions are asked: `node bench/speed/questions.ts [--windows 8] [--speed 8] [--json out.json] [--only slots,latency,plans,one-slot,…]`.
 *
 * Today's way (one question at a time, frames encoded for each question, no overlap, no cache) against each plan, on
 * the same video, the same questions and the same simulated server (its own process, its cost model is
 * `bench/simulated-server/cost.ts`) at 1, 4 and 8 slots. Cache, reuse of similar windows, adaptive sampling and
 * combined prompts are off, then each is reported on its own. Exits with 1 when a bar is missed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bars, report, type Result } from './questions/bars.ts';
import { measureOverhead, measureMemory } from './questions/overhead.ts';
import { measureOneSlot, measurePlans, plansTable } from './questions/plans-table.ts';
import { runPlan } from './questions/runs.ts';
import { startServer } from './questions/server-process.ts';
import { todaysWay } from './questions/todays-way.ts';

const { values } = parseArgs({
  options: {
    /** Windows a slot: the start of a run, in which slots fill, must not weigh. */
    windows: { type: 'string', default: '8' },
    speed: { type: 'string', default: '8' },
    json: { type: 'string' },
    only: { type: 'string' },
    /** For the table of plans, which has many runs. */
    /** Of the kinds of servers in that table those whose name holds this. */
    kinds: { type: 'string', default: '' },
    'plans-speed': { type: 'string', default: '15' },
  },
});
const perSlot = Number(values.windows);
const windows = perSlot * 4;
const speed = Number(values.speed);
const folder = mkdtempSync(join(tmpdir(), 'framesift-bench-'));
const results: Result[] = [];
const note = (result: Result) => {
  results.push(result);
  console.log(
    `  ${result.name}: ${Object.entries(result.figures)
      .map(([k, v]) => `${k} ${v}`)
      .join(', ')}`,
  );
};
const wanted = (part: string) => values.only === undefined || values.only.split(',').includes(part);

try {
  const video = makeVideo('moving.mp4', `testsrc2=size=1280x720:rate=10:duration=${perSlot * 3 * 8 * 2}`);
  if (wanted('slots')) {
    for (const slots of [1, 4, 8]) {
      console.log(`${slots} slots`);
      await using server = await startServer({ slots, speed });
      const windows = perSlot * slots;
      note(await todaysWay(server, video, { slots, windows: perSlot }));
      for (const plan of ['lanes', 'parallel'] as const)
        note(await runPlan(server, video, { slots, plan, windows, folder }));
    }
  }
  if (wanted('found')) {
    console.log('a server that does not tell its slots (Ollama): the search included');
    for (const slots of [1, 4, 8]) {
      await using server = await startServer({ slots, speed });
      const options = { slots, plan: 'lanes', windows: perSlot * 3 * slots, folder, door: 'ollama' } as const;
      note(await runPlan(server, video, { ...options, name: 'lanes, slots found' }));
    }
  }
  if (wanted('latency')) {
    console.log('latency of one window');
    for (const [slots, speculate, textLengths] of [
      [4, false, false],
      [4, true, false],
      [4, true, true],
      [5, true, false],
      [8, true, false],
    ] as const) {
      await using server = await startServer({ slots, speed: 2, steady: true, textLengths });
      const name = `one window${speculate ? ', speculation' : ''}${textLengths ? ', answers of their own length' : ''}`;
      const options = { slots, plan: 'parallel', aim: 'latency', speculate, windows: 6, folder, name } as const;
      note(await runPlan(server, video, options));
    }
  }
  if (wanted('extras')) {
    console.log('each on its own, 4 slots');
    await using server = await startServer({ slots: 4, speed });
    note(await runPlan(server, video, { slots: 4, plan: 'combined', windows, folder }));
    note(await runPlan(server, video, { slots: 4, plan: 'auto', windows, folder }));
    note(
      await runPlan(server, video, {
        slots: 4,
        plan: 'lanes',
        windows,
        folder,
        cache: true,
        name: 'lanes, empty cache',
      }),
    );
    note(
      await runPlan(server, video, {
        slots: 4,
        plan: 'lanes',
        windows,
        folder,
        cache: true,
        name: 'lanes, full cache',
      }),
    );
    const still = makeVideo('still.mp4', `smptebars=size=1280x720:rate=10:duration=${windows * 2},noise=alls=6:allf=t`);
    note(
      await runPlan(server, still, {
        slots: 4,
        plan: 'lanes',
        windows,
        folder,
        adaptive: true,
        name: 'lanes, adaptive, still video',
      }),
    );
    note(
      await runPlan(server, still, {
        slots: 4,
        plan: 'lanes',
        windows,
        folder,
        similar: 6,
        name: 'lanes, reuse-similar 6, still video',
      }),
    );
  }
  if (wanted('one-slot')) {
    console.log('one slot, as Ollama forces it for some families');
    await measureOneSlot(video, { folder, speed, note });
  }
  if (wanted('plans')) {
    await measurePlans(video, { folder, speed: Number(values['plans-speed']), only: values.kinds, note });
  }
  if (wanted('overhead')) {
    console.log('overhead and memory');
    note(await measureOverhead(video, folder));
    note(await measureMemory(folder));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const table = plansTable(results);
if (table.split('\n').length > 2) console.log(`\n${table}`);
const missed = report(results, bars);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ windows, speed, results }, null, 2)}\n`);
process.exitCode = missed > 0 ? 1 : 0;

function makeVideo(name: string, source: string): string {
  const path = join(folder, name);
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '20'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...coding, path]);
  return path;
}
