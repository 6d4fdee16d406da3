import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openVideo } from '../../media/open-video.ts';
import { driver } from '../../workflows/driver/workflow.ts';
import { WindowChooser } from './adaptive.ts';
import { frameSpacing, windowsOf } from './windows.ts';

/** Recordings of people, which the project may use in tests and not publish. */
const data = process.env['FRAMESIFT_DATA'] ?? join(import.meta.dirname, '../../../../shared/data');
const clips = join(data, 'driver');
const skip = existsSync(join(clips, 'labels.tsv')) ? false : 'the labelled clips are not here';

test('on the labelled clips no window that overlaps a labelled state is skipped', { skip }, async () => {
  const rows = readFileSync(join(clips, 'labels.tsv'), 'utf8').trim().split('\n').slice(1);
  const labels = rows.map((row) => row.split('\t')).filter(([, state]) => state !== 'none');
  const { signal } = new AbortController();
  let overlapping = 0;
  for (const file of new Set(labels.map(([name = '']) => name))) {
    await using source = await openVideo(join(clips, file), { threads: 1, signal });
    const chooser = new WindowChooser(driver.sample.adaptive, undefined);
    const frames = source.frames({ everySeconds: frameSpacing(driver.sample) }, { signal });
    for await (using window of windowsOf(frames, driver.sample)) {
      const { asked, rule } = chooser.decide(window);
      const seen = labels.filter(
        ([name, , start, end]) => name === file && Number(start) < window.span.end && Number(end) > window.span.start,
      );
      if (seen.length === 0 || rule === 'short') continue;
      overlapping += 1;
      assert.ok(asked, `${file}, window at ${window.span.start} s with ${String(seen[0]?.[1])}: ${rule}`);
    }
  }
  assert.ok(overlapping >= 20, `${overlapping} windows overlap a labelled state`);
});
