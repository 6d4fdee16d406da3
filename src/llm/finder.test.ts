import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConcurrencyFinder, type Watch } from './finder.ts';

interface Server {
  readonly slots: number;
  /** Prompts are worked on one after another, as where pictures are encoded on one device. */
  readonly oneAtATime?: boolean;
  /** How much slower every stream gets with each further one that writes: 0 not at all, 1 as if they took turns. */
  readonly contention?: number;
  /** The whole answer comes in one piece. */
  readonly whole?: boolean;
  /** Every so-manieth prompt takes five times as long, as one with more pictures or on a server that pauses. */
  readonly slowEvery?: number;
  /** Lanes that there is anything to ask for: fewer than the limit where measuring is slower than answering. */
  readonly offered?: number;
}

const promptMs = { first: 2300, next: 350 } as const;
const wordsOfAnswer = 60;
const wordMs = 49;
const stepMs = 25;

interface Asked {
  readonly lane: number;
  readonly order: number;
  readonly watch: Watch;
  promptLeft: number;
  wordLeft: number;
  words: number;
}

/**
 * Lets the finder work against a server with a queue, in a time of its own: lanes of five questions, each with its
 * prompt and its words, as fast as the server's slots allow. Returns what the finder came to after so many seconds.
 */
function settle(finder: ConcurrencyFinder, clock: { ms: number }, server: Server, seconds: number): number {
  const queue: Asked[] = [];
  const slots: (Asked | undefined)[] = Array.from({ length: server.slots });
  const lanes = new Map<number, number>();
  let lastLane = 0;
  let sent = 0;
  const send = (lane: number) => {
    const kind = lanes.get(lane) === 0 ? 'first' : 'next';
    const watch = finder.watch(() => {
      const index = queue.findIndex((one) => one.lane === lane);
      if (index >= 0) queue.splice(index, 1);
      lanes.delete(lane);
    });
    sent += 1;
    const slow = server.slowEvery && sent % server.slowEvery === 0 ? 5 : 1;
    queue.push({ lane, order: sent, watch, promptLeft: promptMs[kind] * slow, wordLeft: 0, words: 0 });
  };
  for (const end = clock.ms + seconds * 1000; clock.ms < end; clock.ms += stepMs) {
    while (lanes.size < Math.min(finder.limit, server.offered ?? Infinity)) {
      lanes.set((lastLane += 1), 0);
      send(lastLane);
    }
    for (const index of slots.keys()) slots[index] ??= queue.shift();
    // The one that was sent first has its prompt worked on.
    const next = slots.filter((one) => one && one.promptLeft > 0).sort((a, b) => (a?.order ?? 0) - (b?.order ?? 0))[0];
    const writing = slots.filter((one) => one && one.promptLeft <= 0).length;
    for (const [index, one] of slots.entries()) {
      if (!one) continue;
      if (one.promptLeft > 0) {
        if (!server.oneAtATime || one === next) one.promptLeft -= stepMs;
        continue;
      }
      one.wordLeft -= stepMs / (1 + (server.contention ?? 0) * (writing - 1));
      while (one.wordLeft <= 0 && one.words < wordsOfAnswer) {
        one.wordLeft += wordMs;
        one.words += 1;
        if (!server.whole || one.words === wordsOfAnswer) one.watch.word(server.whole ? 240 : 4);
      }
      if (one.words < wordsOfAnswer) continue;
      slots[index] = undefined;
      one.watch.end(true);
      const asked = (lanes.get(one.lane) ?? 0) + 1;
      if (asked < 5 && lanes.size <= finder.limit) {
        lanes.set(one.lane, asked);
        send(one.lane);
      } else lanes.delete(one.lane);
    }
  }
  for (const one of [...queue, ...slots]) one?.watch.end(false);
  return finder.limit;
}

/** One window at a time, all its five questions at once. Returns the limit after so many windows. */
function oneWindowAtATime(finder: ConcurrencyFinder, clock: { ms: number }, slots: number, windows: number): number {
  for (let window = 0; window < windows; window += 1) {
    const free = Array.from({ length: slots }, () => clock.ms);
    const events: [at: number, what: () => void][] = [];
    for (let asked = 0; asked < Math.min(5, finder.limit); asked += 1) {
      const watch = finder.watch(() => {});
      const slot = free.indexOf(Math.min(...free));
      const begin = (free[slot] as number) + promptMs.first;
      for (let word = 0; word < wordsOfAnswer; word += 1) events.push([begin + word * wordMs, () => watch.word(4)]);
      free[slot] = begin + wordsOfAnswer * wordMs;
      events.push([free[slot], () => watch.end(true)]);
    }
    for (const [at, what] of events.sort(([a], [b]) => a - b)) {
      clock.ms = at;
      what();
    }
  }
  return finder.limit;
}

function start(options: { told?: number; fixed?: number } = {}) {
  const clock = { ms: 0 };
  return { clock, finder: new ConcurrencyFinder({ ...options, now: () => clock.ms }) };
}

for (const slots of [1, 2, 3, 4, 6, 8, 16, 30]) {
  test(`finds ${slots} slots that nobody told it of, before three windows are through`, () => {
    const { clock, finder } = start();
    assert.equal(settle(finder, clock, { slots }, 55), slots);
    assert.ok(finder.settled);
    assert.equal(settle(finder, clock, { slots }, 300), slots, 'and stays with them');
  });
}

for (const slots of [1, 4, 8]) {
  test(`${slots} slots that share one prompt at a time are not taken for fewer`, () => {
    const { clock, finder } = start();
    assert.ok(settle(finder, clock, { slots, oneAtATime: true }, 120) >= Math.min(slots, 5));
    assert.ok(finder.limit <= slots + 1, `${finder.limit}`);
  });
}

test('where answers come whole there is nothing to see: no more than at the start', () => {
  const { clock, finder } = start();
  assert.equal(settle(finder, clock, { slots: 8, whole: true }, 200), 4);
  const one = start();
  assert.equal(settle(one.finder, one.clock, { slots: 1, whole: true }, 200), 1);
});

test('four slots are found from single windows too, eight are not taken for fewer', () => {
  const four = start();
  assert.equal(oneWindowAtATime(four.finder, four.clock, 4, 4), 4);
  const eight = start();
  assert.ok(oneWindowAtATime(eight.finder, eight.clock, 8, 4) >= 5);
});

test('slots without the strength for them are not filled', () => {
  const { clock, finder } = start();
  assert.equal(settle(finder, clock, { slots: 32, contention: 1 }, 120), 4);
});

test('what the server tells is taken, a fixed number is kept', () => {
  const told = start({ told: 4 });
  assert.equal(settle(told.finder, told.clock, { slots: 2 }, 100), 4);
  const fixed = new ConcurrencyFinder({ fixed: 3 });
  fixed.watch(() => {}).refused();
  assert.equal(fixed.limit, 3);
});

test('a server that refuses gets half as many at once, and one refusal of many at once counts once', () => {
  const finder = new ConcurrencyFinder({ told: 8 });
  const watches = Array.from({ length: 8 }, () => finder.watch(() => {}));
  for (const watch of watches) watch.refused();
  assert.equal(finder.limit, 4);
});

for (const offered of [1, 2, 5, 7])
  test(`eight slots that were found are kept while ${offered} at once are asked`, () => {
    for (const oneAtATime of [false, true])
      for (const slowEvery of [0, 17]) {
        const { clock, finder } = start();
        assert.equal(settle(finder, clock, { slots: 8, oneAtATime }, 60), 8);
        assert.equal(settle(finder, clock, { slots: 8, oneAtATime, slowEvery, offered }, 1800), 8, 'for half an hour');
        assert.equal(settle(finder, clock, { slots: 8, oneAtATime }, 20), 8, 'and when there is enough to ask again');
      }
  });

for (const offered of [1, 2, 3])
  test(`a search waits while ${offered} at once are asked`, () => {
    const { clock, finder } = start();
    assert.equal(settle(finder, clock, { slots: 8, slowEvery: 17, offered }, 600), 4);
    assert.ok(!finder.settled);
    assert.ok(settle(finder, clock, { slots: 8 }, 60) >= 8);
  });

test('a server that gets more slots is found out, and one that gets fewer', () => {
  const { clock, finder } = start();
  assert.equal(settle(finder, clock, { slots: 2 }, 60), 2);
  assert.equal(settle(finder, clock, { slots: 8 }, 900), 8);
  assert.equal(settle(finder, clock, { slots: 3 }, 120), 3);
});

test('a server that was short of slots for a while is soon asked as before', () => {
  const clock = { ms: 0 };
  const finder = new ConcurrencyFinder({ now: () => clock.ms });
  assert.equal(settle(finder, clock, { slots: 8 }, 240), 8);
  assert.ok(settle(finder, clock, { slots: 2 }, 120) <= 4, 'somebody else uses it');
  assert.equal(settle(finder, clock, { slots: 8 }, 300), 8);
});
