import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { RunSummary } from '../core/run.ts';
import type { RunProgress as Progress } from '../core/run-event.ts';
import { usageLine } from './ending.ts';
import { progressView } from './progress.ts';
import { describeSummary } from './summary.ts';

function screen(isTTY: boolean, columns = 100) {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) > 0 };
  return { written, stream: stream as unknown as NodeJS.WriteStream };
}

const event = (seconds: number, more: Partial<Progress> = {}): Progress => ({
  type: 'progress',
  stage: 'decode',
  seconds,
  ofSeconds: 100,
  framesLookedAt: seconds,
  slides: 2,
  ...more,
});

describe('progress', () => {
  test('on a terminal: one line redrawn ten times a second at most, with rate and time left', () => {
    const { written, stream } = screen(true);
    let now = 0;
    const view = progressView(stream, () => now);
    for (; now <= 2000; now += 20) view.show(event(now / 100));
    assert.ok(written.length >= 20 && written.length <= 21, `${written.length} drawings`);
    assert.ok(written.every((text) => text.startsWith('\r') && !text.includes('\n')));
    const last = stripVTControlCharacters(written.at(-1)!);
    assert.match(last, /looking ━+─+ {2}20 % 0:20 of 1:40 · 2 candidates · 10× real time · 0:08 left$/);
    view.clear();
    assert.equal(stripVTControlCharacters(written.at(-1)!), '\r');
  });

  test('piped: plain lines, every ten seconds and where a stage begins', () => {
    const { written, stream } = screen(false);
    let now = 0;
    const view = progressView(stream, () => now);
    for (; now <= 25_000; now += 500) view.show(event(now / 1000));
    view.show(event(3, { stage: 'text', ofSeconds: 6 }));
    assert.equal(written.length, 3);
    assert.equal(written[0], 'looking: 0:10 of 1:40 · 1.0× real time · 1:30 left\n');
    assert.equal(written[2], 'reading text: 3 of 6\n');
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(written.join(''), /\u001b|\r/);
  });

  test('a duration that is not known is left out', () => {
    const { written, stream } = screen(false);
    let now = 0;
    const view = progressView(stream, () => now);
    now = 10_000;
    const { ofSeconds: _, ...open } = event(5);
    view.show(open);
    assert.equal(written.join(''), 'looking: 0:05\n');
  });
});

test('the summary says what was found, why the rest was not kept, and where to look', () => {
  const summary: RunSummary = {
    folder: '/out/talk.framesift',
    report: '/out/talk.framesift/report.html',
    workflow: 'slides',
    state: 'finished',
    alreadyDone: false,
    videoSeconds: 3600,
    elapsedSeconds: 60,
    counts: {
      slides: 1,
      framesInVideo: 9e4,
      framesLookedAt: 3600,
      quietSeconds: 0,
      framesKept: 1,
      'dropped:revisit': 4,
      'dropped:unchanged': 3e3,
      'dropped:kind:black': 20,
    },
    figures: {},
    cost: { modelCalls: 3, tokensIn: 1000, tokensOut: 50, cpuMs: 80_000, peakMemoryMb: 300 },
    warnings: [],
  };
  const lines = stripVTControlCharacters(describeSummary(summary)).split('\n');
  assert.equal(lines[0], '✓ 1 slide in 1:00:00 of video, found in 60.0 s (60× real time).');
  assert.equal(lines[1], '  Looked at 3,600 of 90,000 frames, kept 1; the rest:');
  assert.match(lines[2]!, /3,000 show the same/);
  assert.match(lines[3]!, /20 not a slide: black/);
  assert.match(lines[4]!, /4 show a slide that was seen before/);
  assert.equal(lines[5], '  Cost    3 requests to models, 1,000 tokens in, 50 out');
  assert.match(lines[6]!, /Report .*report\.html$/);
  assert.match(describeSummary({ ...summary, alreadyDone: true }), /Already done: 1 slide \(use --force/);
  const counts = { answered: 26, failed: 6, skipped: 0, events: 0 };
  const partly = stripVTControlCharacters(describeSummary({ ...summary, counts, state: 'incomplete' }));
  assert.match(partly, /^! 26 of 32 answers, 0 events in .*; 6 questions failed\. Run the same command again/);
  const forGood = stripVTControlCharacters(describeSummary({ ...summary, counts }));
  assert.match(forGood, /^! 26 of 32 answers.*; 6 questions failed\.\n/);
});

test('piped, silence is broken every half minute', () => {
  const { written, stream } = screen(false);
  let now = 0;
  const view = progressView(stream, () => now) as ReturnType<typeof progressView> & { look(): void };
  for (; now <= 60_500; now += 500) view.look();
  assert.deepEqual(written, ['starting: still waiting\n', 'starting: still waiting\n']);
  view.show(event(12, { stage: 'ask' }));
  for (; now <= 95_000; now += 500) view.look();
  assert.equal(written.at(-1), 'asking: 0:12 of 1:40 · still waiting\n');
  view.end();
});

test('commander’s complaints become one line', () => {
  assert.equal(
    stripVTControlCharacters(usageLine("error: unknown option '--x'\n(Did you mean --y?)\n")),
    "Error: Unknown option '--x' (Did you mean --y?) See framesift --help.\n",
  );
  assert.equal(
    stripVTControlCharacters(usageLine("error: unknown option '-lecture.mp4'\n")),
    "Error: Unknown option '-lecture.mp4'. If it is a file, write ./-lecture.mp4\n",
  );
});

test('each kind of failure has its exit code; a bug says so, and has 1', () => {
  const here = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const end = (thrown: string, verbose = false) =>
    spawnSync(process.execPath, [
      '--input-type=module',
      '-e',
      `import { endWith, Interruption } from ${here('./ending.ts')};
       import { FramesiftError } from ${here('../core/errors.ts')};
       endWith(${thrown}, ${verbose});`,
    ]);
  const codes = {
    usage: 2,
    input: 3,
    media: 4,
    output: 5,
    dependency: 6,
    model: 7,
    crash: 8,
    batch: 9,
    incomplete: 10,
  };
  for (const [code, status] of Object.entries(codes)) {
    const said = end(`new FramesiftError('${code}', 'x: is wrong.')`);
    assert.deepEqual([said.status, String(said.stderr)], [status, 'Error: x: is wrong.\n']);
  }
  const bug = end(`new TypeError('oh\\nno')`);
  assert.equal(bug.status, 1);
  assert.match(
    String(bug.stderr),
    /^Error: oh This is a fault of framesift: please report it with what --verbose prints\.\n$/,
  );
  assert.match(String(end(`new TypeError('oh')`, true).stderr), /\n {4}at /);
  assert.equal(end(`new Error('stopped', { cause: new Interruption('x') })`).status, 130);
});
