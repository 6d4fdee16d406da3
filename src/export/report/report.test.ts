import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Script } from 'node:vm';
import type { Decision, RunRecord, ShownSpan } from '../../core/run.ts';
import type { Slide } from '../../core/slide.ts';
import { renderReport, type ReportInput } from './report.ts';
import { tickStep } from './strip.ts';
import { duration, hueClass } from './words.ts';

const hostile = `</script><script>alert(1)</script><img src=x onerror="alert(2)"> ' " & \u0000\u2028`;

const slide = (index: number, more: Partial<Slide> = {}): Slide => ({
  index,
  timestamp: index * 10,
  image: `slides/000${index}.jpg`,
  width: 1280,
  height: 720,
  appearances: [{ start: index * 10 - 10, end: index * 10 }],
  builds: 1,
  kind: 'slide',
  confidence: 0.9,
  title: `Title ${index}`,
  text: `Title ${index}\nA line of text`,
  textState: 'read',
  textConfidence: 0.97,
  blocks: [],
  ...more,
});

const record: RunRecord = {
  formatVersion: 2,
  framesift: '0.1.0',
  workflow: { id: 'slides', version: 1, definition: {} },
  state: 'finished',
  source: {
    path: '/videos/my_talk.mp4',
    name: 'my_talk.mp4',
    bytes: 1_500_000,
    modified: '2025-01-01T00:00:00Z',
    identity: 'aa',
  },
  video: {
    path: '/videos/my_talk.mp4',
    container: 'mp4',
    codec: 'h264',
    pixelFormat: 'yuv420p',
    width: 1280,
    height: 720,
    codedWidth: 1280,
    codedHeight: 720,
    rotation: 0,
    pixelAspect: 1,
    startSeconds: 0,
    bytes: 1_500_000,
  },
  options: { every: 1, keep: ['slide'] },
  models: [],
  stages: [],
  started: '2025-01-01T00:00:00Z',
  finished: '2025-01-01T00:00:04Z',
  timings: [],
  decode: { endSeconds: 40, packets: 1000, packetsSkipped: 0, framesDecoded: 40, damaged: 0 } as unknown as NonNullable<
    RunRecord['decode']
  >,
  counts: { slides: 2, framesInVideo: 1000, framesLookedAt: 40 },
  figures: {},
  cost: { modelCalls: 0, tokensIn: 0, tokensOut: 0, cpuMs: 1200, peakMemoryMb: 200 },
  warnings: [],
};

const shown: readonly ShownSpan[] = [
  { start: 0, end: 10, kind: 'slide', confidence: 0.9, slide: 1 },
  { start: 10, end: 20, kind: 'slide', confidence: 0.9, slide: 2 },
  { start: 20, end: 40, kind: 'speaker', confidence: 0.8 },
];

const decision: Decision = {
  time: 3,
  kept: true,
  rule: 'new-slide',
  reason: 'Another text.',
  figures: { hash: 20 },
  threshold: { hash: 12 },
  slide: 1,
};

async function render(more: Partial<ReportInput> = {}): Promise<string> {
  const loadImage = async (): Promise<Uint8Array> => new Uint8Array([255, 216, 255, 217]);
  const input: ReportInput = {
    record,
    slides: [slide(1), slide(2)],
    shown,
    decisions: [decision],
    loadImage,
    ...more,
  };
  let page = '';
  for await (const piece of renderReport(input)) page += piece;
  return page;
}

const between = (page: string, start: string, end: string): string => page.split(start, 2)[1]?.split(end, 1)[0] ?? '';

test('holds each slide with its picture, times and text', async () => {
  const page = await render({
    slides: [
      slide(1, {
        appearances: [
          { start: 0, end: 10 },
          { start: 30, end: 40 },
        ],
      }),
      slide(2),
    ],
  });
  assert.equal(page.match(/<article /g)?.length, 2);
  assert.equal(page.match(/src="data:image\/jpeg;base64,\/9j\/2Q=="/g)?.length, 2);
  assert.match(page, /20 s on screen, 2 times/);
  assert.match(page, /A line of text/);
  assert.match(page, /my talk/);
});

test('loads nothing: no address, only the page itself', async () => {
  const page = await render();
  assert.doesNotMatch(page, /(?:src|href)="(?!data:|#)/);
  assert.doesNotMatch(page, /https?:\/\//);
});

test('its policy admits the very script and style that stand in it', async () => {
  const page = await render();
  const policy = between(page, 'Content-Security-Policy" content="', '"').replaceAll('&#39;', "'");
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const script = between(page, '<script>', '</script>');
  assert.ok(policy.includes(`script-src ${hash(script)}`));
  assert.ok(policy.includes(`style-src ${hash(between(page, '<style>', '</style>'))}`));
  assert.doesNotMatch(page, / style="| on\w+="/);
  assert.doesNotThrow(() => new Script(script));
});

test('hostile text stays text, wherever it comes from', async () => {
  const context = {
    title: hostile,
    summary: hostile,
    keyPoints: [hostile],
    terms: [{ term: hostile, meaning: hostile }],
    figure: 'none',
    model: hostile,
  } as const;
  const page = await render({
    record: {
      ...record,
      source: { ...record.source, name: `${hostile}.mp4` },
      warnings: [hostile],
      options: { [hostile]: hostile },
    },
    slides: [slide(1, { title: hostile, text: hostile, context })],
    decisions: [{ ...decision, rule: hostile, reason: hostile, figures: { [hostile]: 1 } }],
    videoHref: `"><script>alert(3)</script>`,
  });
  assert.equal(page.match(/<script/g)?.length, 3);
  assert.equal(page.match(/<\/script>/g)?.length, 3);
  assert.doesNotMatch(page, /<img src=x/);
  const [row] = JSON.parse(between(page, 'id="ledger">', '</script>')) as unknown[][];
  assert.equal(row?.[2], hostile);
});

test('a picture that cannot be read leaves a note', async () => {
  const page = await render({ loadImage: () => Promise.reject(new Error('gone')) });
  assert.match(page, /The picture slides\/0001\.jpg could not be read/);
});

test('says so when no slide was found, and when the run did not end', async () => {
  const page = await render({
    slides: [],
    shown: [{ start: 0, end: 40, kind: 'speaker', confidence: 1 }],
    record: { ...record, state: 'interrupted' },
  });
  assert.match(page, /No slide was found/);
  assert.match(page, /taken for “speaker”/);
  assert.match(page, /The run was interrupted/);
});

test('tells text that could not be read from no text', async () => {
  const page = await render({
    slides: [slide(1, { textState: 'none', text: '' }), slide(2, { textState: 'unreadable', text: '' })],
  });
  assert.match(page, /No text on this slide/);
  assert.match(page, /could not be read/);
});

test('times open the video where its place is known', async () => {
  const page = await render({ videoHref: '../my%20talk.mp4' });
  assert.match(page, /href="\.\.\/my%20talk\.mp4#t=10\.00"/);
});

test('four thousand decisions come as JSON, in pieces', async () => {
  const decisions = Array.from({ length: 4000 }, (_, index) => ({ ...decision, time: index }));
  const loadImage = async (): Promise<Uint8Array> => new Uint8Array(1000);
  let longest = 0;
  for await (const piece of renderReport({ record, slides: [slide(1)], shown, decisions, loadImage }))
    longest = Math.max(longest, piece.length);
  const rows = JSON.parse(between(await render({ decisions }), 'id="ledger">', '</script>')) as unknown[];
  assert.equal(rows.length, 4000);
  assert.ok(longest < 100_000, `a piece of ${longest} characters`);
});

test('figures are written for people', () => {
  assert.deepEqual(
    [duration(4.25), duration(42.2), duration(187), duration(120), duration(3840)],
    ['4.3 s', '42 s', '3 min 7 s', '2 min', '1 h 4 min'],
  );
  assert.equal(tickStep(60), 10);
  assert.equal(tickStep(1698), 300);
});

test('slides that follow each other never share a hue', () => {
  for (let index = 1; index < 500; index += 1) assert.notEqual(hueClass(index), hueClass(index + 1));
});
