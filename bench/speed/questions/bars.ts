/** One line of the benchmark. */
export interface Result {
  readonly name: string;
  readonly slots: number;
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface Bar {
  readonly what: string;
  /** Undefined where the run that it is about was not made. */
  readonly value: (results: readonly Result[]) => number | undefined;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const figure = (results: readonly Result[], name: string, slots: number, key: string) => {
  const value = results.find((result) => result.name === name && result.slots === slots)?.figures[key];
  return value === undefined ? undefined : Number(value);
};

/**
 * The best of the fixed plans. One prompt for all questions changes what the model reads and is another result: it counts
 * where it saves a quarter, which is what `auto` asks of it.
 */
export function bestFixed(
  plans: readonly { readonly plan: string; readonly value: number }[],
  aim: 'throughput' | 'latency',
): number {
  const separate = plans.filter(({ plan }) => plan !== 'combined').map(({ value }) => value);
  if (aim === 'latency') return Math.min(...separate);
  const combined = plans.find(({ plan }) => plan === 'combined')?.value ?? 0;
  const best = Math.max(...separate);
  return combined * 0.75 > best ? combined : best;
}

/** The worst of all kinds of servers: how near `auto` comes to the best fixed plan of its server. */
function worstAuto(results: readonly Result[], aim: 'throughput' | 'latency'): number | undefined {
  const autos = results.filter(({ name }) => name.endsWith(`, ${aim}, auto`));
  if (autos.length === 0) return undefined;
  const key = aim === 'throughput' ? 'lateWindowsPerSecond' : 'lateLatencyMs';
  return Math.min(
    ...autos.map((auto) => {
      const kind = auto.name.slice(0, -'auto'.length);
      const fixed = results.filter(({ name }) => name.startsWith(kind) && name !== auto.name);
      const best = bestFixed(
        fixed.map(({ name, figures }) => ({ plan: name.slice(kind.length), value: Number(figures[key]) })),
        aim,
      );
      const own = Number(auto.figures[key]);
      return aim === 'throughput' ? own / best : best / own;
    }),
  );
}

const ratio =
  (name: string, to: string): ((results: readonly Result[]) => number | undefined) =>
  (results) => {
    const [ours, theirs] = [name, to].map((one) => figure(results, one, 1, 'windowsPerSecond'));
    return ours === undefined || theirs === undefined ? undefined : ours / theirs;
  };

/**
 * What one slot gains lies between the pictures, which are read once, and the answers, which are written all the same: with
 * 60 tokens each by this cost model no way of asking brings twice as much, so the bar is about answers of their own length.
 */
const oneSlot = (about: string): readonly Bar[] => [
  {
    what: `one slot${about}: separate questions with the pictures reused ÷ without`,
    value: ratio(`one slot, lanes${about}`, `one slot, nothing reused${about}`),
    atLeast: about === '' ? 1.5 : 2,
  },
  {
    what: `one slot${about}: combined ÷ separate without reuse`,
    value: ratio(`one slot, combined${about}`, `one slot, nothing reused${about}`),
    atLeast: about === '' ? 1.5 : 1.9,
  },
];

const throughput = (slots: number): Bar => ({
  what: `throughput at ${slots} slots ÷ what the slots can give`,
  value: (results) => figure(results, 'lanes', slots, 'ofWhatSlotsGive'),
  atLeast: 0.95,
});

const found = (slots: number): Bar => ({
  what: `throughput at ${slots} slots that are found and not told, the search included`,
  value: (results) => figure(results, 'lanes, slots found', slots, 'ofWhatSlotsGive'),
  atLeast: 0.95,
});

const oneDeep = (slots: number): Bar => ({
  what: `one window with speculation that holds, ${slots} slots ÷ its critical path (one question deep)`,
  value: (results) => figure(results, 'one window, speculation', slots, 'overCriticalPath'),
  atMost: 1.1,
});

export const bars: readonly Bar[] = [
  throughput(1),
  found(1),
  throughput(4),
  found(4),
  throughput(8),
  found(8),
  {
    what: "throughput at 8 slots ÷ today's way",
    value: (results) => {
      const ours = figure(results, 'lanes', 8, 'windowsPerSecond');
      const today = figure(results, "today's way", 8, 'windowsPerSecond');
      return ours === undefined || today === undefined ? undefined : ours / today;
    },
    atLeast: 6,
  },
  {
    what: 'one window at 4 slots ÷ its critical path (two questions deep)',
    value: (results) => figure(results, 'one window', 4, 'overCriticalPath'),
    atMost: 1.1,
  },
  oneDeep(5),
  oneDeep(8),
  {
    // Five questions, each with the pictures to read, on four slots: two of them share one whatever is guessed.
    what: 'one window with speculation, 4 slots ÷ the least that four slots take for five questions',
    value: (results) => figure(results, 'one window, speculation', 4, 'overLeastOnSlots'),
    atMost: 1.1,
  },
  {
    what: 'the same where answers are as long as their text',
    value: (results) => figure(results, 'one window, speculation, answers of their own length', 4, 'overLeastOnSlots'),
    atMost: 1.1,
  },
  ...(['throughput', 'latency'] as const).map((aim) => ({
    what: `auto ÷ the best fixed plan for ${aim}, the worst of all kinds of servers`,
    value: (results: readonly Result[]) => worstAuto(results, aim),
    atLeast: 0.95,
  })),
  ...oneSlot(''),
  ...oneSlot(', answers of their own length'),
  { what: 'own overhead a question, ms', value: (results) => figure(results, 'overhead', 1, 'overheadMs'), atMost: 5 },
  {
    what: 'live memory with 1,000 windows ÷ with 20',
    value: (results) => figure(results, 'memory', 4, 'ratio'),
    // Metrics keep some numbers for each question, and the collector's own noise is a few per cent.
    atMost: 1.1,
  },
];

/** Prints each bar with its value; returns how many were missed. */
export function report(results: readonly Result[], all: readonly Bar[]): number {
  let missed = 0;
  console.log('\nbars');
  for (const { what, value, atLeast, atMost } of all) {
    const measured = value(results);
    if (measured === undefined) continue;
    const met = (atLeast === undefined || measured >= atLeast) && (atMost === undefined || measured <= atMost);
    if (!met) missed += 1;
    const bar = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
    console.log(`  ${met ? 'met   ' : 'MISSED'} ${what}: ${measured.toFixed(3)} (bar ${bar})`);
  }
  return missed;
}
