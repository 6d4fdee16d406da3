import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasNodeAv, sampleTalk } from '../../test/fixtures/sample.ts';
import { openVideo } from './open-video.ts';
import { escapeOption, sampleGraph } from './sample-talk/graph.ts';
import { sampleTruth } from './sample-talk/script.ts';
import { renderSampleTalk } from './sample-talk.ts';

const signal = AbortSignal.timeout(120_000);

test('the truth covers the talk without a gap and names every slide', () => {
  const truth = sampleTruth('sample.mp4');
  for (const [index, segment] of truth.segments.entries())
    assert.equal(segment.start, truth.segments[index - 1]?.end ?? 0);
  assert.equal(truth.segments.at(-1)?.end, truth.duration);
  assert.equal(truth.slides.length, 6);
  for (const slide of truth.slides) assert.ok(slide.seconds >= 2, `slide ${slide.id} is shown for ${slide.seconds} s`);
  assert.ok(truth.slides[1]?.text.includes('Coast and sea bed'));
});

test('two of the slides differ in one digit alone', () => {
  const [, , monday, again] = sampleTruth('sample.mp4').slides;
  assert.ok(monday && again && monday.text.length === again.text.length);
  assert.equal(Array.from(monday.text).filter((sign, index) => sign !== again.text[index]).length, 1);
});

test('paths and texts keep their signs through both layers of FFmpeg options', () => {
  assert.equal(escapeOption(String.raw`C:\a,b`), String.raw`C\\:\\\\a\,b`);
  assert.match(sampleGraph({ regular: '/a b/r.ttf', bold: "/it's/b.ttf" }), /fontfile=\/it\\\\\\'s\/b\.ttf/);
});

function programsThere(): boolean {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Fails where a cut is not at its frame, or the length is not the truth's. */
async function checkDrawn({ path, truth }: Awaited<ReturnType<typeof sampleTalk>>): Promise<void> {
  await using video = await openVideo(path, { signal });
  assert.deepEqual([video.info.width, video.info.height, video.info.codec], [1280, 720, 'h264']);
  let last: { time: number; luma: Uint8Array } | undefined;
  const cuts: number[] = [];
  for await (using frame of video.frames({ everySeconds: 0.04 }, { signal })) {
    const { data } = frame.luma;
    const before = last?.luma;
    // The upper half only: the inset and the pointer move below it.
    const half = data.subarray(0, data.length / 2);
    if (
      before &&
      half.reduce((sum, value, index) => sum + Math.abs(value - (before[index] ?? 0)), 0) / half.length > 12
    )
      cuts.push(Number(frame.timeSeconds.toFixed(2)));
    last = { time: frame.timeSeconds, luma: half };
  }
  const starts = new Set(truth.segments.map((segment) => segment.start));
  assert.deepEqual(cuts, [7, 21.6, 26.2, 48.8, 54]);
  for (const cut of cuts) assert.ok(starts.has(cut));
  assert.ok(Math.abs((last?.time ?? 0) + 0.04 - truth.duration) < 0.01);
}

// The one that all tests look at: drawn by node-av, where that is here, for the first of them.
test('node-av draws it, exact to the frame', { skip: !hasNodeAv && 'node-av is not here' }, async () => {
  await checkDrawn(await sampleTalk());
});

test('ffmpeg draws it, exact to the frame', { skip: !programsThere() && 'no ffmpeg program' }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'framesift-sample-'));
  try {
    await checkDrawn(await renderSampleTalk(join(folder, "it's a, talk.mp4"), { signal, encoder: 'ffmpeg' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
