import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Result } from './bars.ts';
import { runPlan } from './runs.ts';
import { startServer } from './server-process.ts';

/** Wall time a question beyond what the server charged, at one slot, and this process's CPU time a question. */
export async function measureOverhead(video: string, folder: string): Promise<Result> {
  await using server = await startServer({ slots: 1, speed: 8 });
  const cpu = process.cpuUsage();
  const { figures } = await runPlan(server, video, { slots: 1, plan: 'lanes', windows: 20, folder });
  const { user, system } = process.cpuUsage(cpu);
  const served = await server.served();
  const chargedMs = served.reduce((sum, { serviceMs }) => sum + serviceMs, 0);
  // From the first question's coming to the last one's end, by the server's clock: decoding's start is not asking.
  const wallMs = Math.max(...served.map(({ endedAt }) => endedAt)) - Math.min(...served.map(({ cameAt }) => cameAt));
  return {
    name: 'overhead',
    slots: 1,
    figures: {
      overheadMs: Math.round(((wallMs - chargedMs) / served.length) * 100) / 100,
      cpuMsPerQuestion: Math.round(((user + system) / 1000 / served.length) * 100) / 100,
      questions: served.length,
      lanesInUse: figures['lanesInUse'] ?? 0,
    },
  };
}

/** Live memory (after collection) of a run over 20 and over 1,000 windows, each in a process of its own. */
export async function measureMemory(folder: string): Promise<Result> {
  const child = fileURLToPath(new URL('./memory-child.ts', import.meta.url));
  const megabytes = (windows: number) =>
    Number(execFileSync(process.execPath, ['--expose-gc', child, folder, String(windows)], { encoding: 'utf8' }));
  const few = megabytes(20);
  const many = megabytes(1000);
  return {
    name: 'memory',
    slots: 4,
    figures: { mb20: few, mb1000: many, ratio: Math.round((many / few) * 1000) / 1000 },
  };
}
