import { bestFixed, type Result } from './bars.ts';
import { runPlan } from './runs.ts';
import { startServer } from './server-process.ts';
import { todaysWay } from './todays-way.ts';

interface Kind {
  readonly name: string;
  readonly slots: number;
  readonly mode: string;
  readonly door: 'ollama' | 'openai';
  readonly hideSlots?: boolean;
}

/** Servers as they are: what each has, and what it tells of that. */
export const kinds: readonly Kind[] = [
  { name: 'Ollama, one slot forced', slots: 1, mode: 'one-slot', door: 'ollama' },
  { name: 'Ollama, 4 slots', slots: 4, mode: 'friendly', door: 'ollama' },
  { name: 'llama.cpp, 4 slots', slots: 4, mode: 'friendly', door: 'openai' },
  { name: 'vLLM-like, 8 slots', slots: 8, mode: 'shared-prefix', door: 'openai', hideSlots: true },
  { name: 'no reuse, 4 slots', slots: 4, mode: 'forgetful', door: 'openai' },
];

const aims = {
  // From 60 windows on `auto` tries combined prompts too; on one slot that many take too long.
  throughput: { plans: ['parallel', 'lanes', 'combined', 'auto'], windows: [16, 64], figure: 'lateWindowsPerSecond' },
  latency: { plans: ['parallel', 'primed', 'lanes', 'auto'], windows: [12, 20], figure: 'lateLatencyMs' },
} as const;

interface Measuring {
  readonly folder: string;
  readonly speed: number;
  readonly note: (result: Result) => void;
}

/** Each plan and `auto` on each kind of server, for both aims. */
export async function measurePlans(
  video: string,
  { folder, speed, only, note }: Measuring & { readonly only: string },
): Promise<void> {
  for (const { name: kind, slots, mode, door, hideSlots = false } of kinds.filter(({ name }) => name.includes(only))) {
    console.log(kind);
    await using server = await startServer({ slots, speed, mode, hideSlots });
    for (const aim of ['throughput', 'latency'] as const) {
      const { plans } = aims[aim];
      const windows = aims[aim].windows[slots === 1 ? 0 : 1];
      for (const plan of plans) {
        const name = `${kind}, ${aim}, ${plan}`;
        note(await runPlan(server, video, { slots, plan, aim, windows, folder, door, speculate: false, name }));
      }
    }
  }
}

/** What one slot gives: asking as if nothing were reused, windows one after another, all in one prompt. */
export async function measureOneSlot(video: string, { folder, speed, note }: Measuring): Promise<void> {
  for (const textLengths of [false, true]) {
    const about = textLengths ? ', answers of their own length' : '';
    {
      await using forgetful = await startServer({ slots: 1, speed, mode: 'forgetful', textLengths });
      const today = await todaysWay(forgetful, video, { slots: 1, windows: 8 });
      note({ ...today, name: `one slot, nothing reused${about}` });
    }
    await using server = await startServer({ slots: 1, speed, mode: 'one-slot', textLengths });
    for (const plan of ['lanes', 'combined'] as const) {
      const name = `one slot, ${plan}${about}`;
      note(await runPlan(server, video, { slots: 1, plan, windows: 8, folder, door: 'ollama', name }));
    }
  }
}

/** The table for people, in Markdown: `auto` against the best fixed plan. */
export function plansTable(results: readonly Result[]): string {
  const rows = kinds.flatMap(({ name: kind }) =>
    (['throughput', 'latency'] as const).flatMap((aim) => {
      const { plans, figure } = aims[aim];
      const values = plans.map((plan) =>
        Number(results.find(({ name }) => name === `${kind}, ${aim}, ${plan}`)?.figures[figure]),
      );
      if (values.some((value) => Number.isNaN(value))) return [];
      const best = bestFixed(
        plans.slice(0, -1).map((plan, index) => ({ plan, value: values[index]! })),
        aim,
      );
      const picked = results.find(({ name }) => name === `${kind}, ${aim}, auto`)?.figures['picked'];
      const auto = values.at(-1)!;
      const share = aim === 'throughput' ? auto / best : best / auto;
      const cells = plans.map((plan, index) => `${plan} ${values[index]}`).join(', ');
      return [`| ${kind} | ${aim} | ${cells} | ${String(picked)} | ${share.toFixed(2)} |`];
    }),
  );
  return [
    '| server | aim | windows a second, or ms a window | auto picked | auto ÷ best |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
