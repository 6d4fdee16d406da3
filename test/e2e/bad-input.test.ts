import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dataFolder } from '../../bench/recordings.ts';
import type { RunRecord } from '../../src/core/run.ts';
import { checkFaceEngine } from '../../src/vision/face/models.ts';
import { framesift } from '../fixtures/command.ts';
import type { Said } from '../fixtures/command.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { sampleTalk } from '../fixtures/sample.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);

/** One line, that begins with what is wrong where, no stack, nothing on the other stream, nothing left behind. */
function checkRefused({ code, out, err }: Said, expected: { code: number; says: RegExp }, output?: string): void {
  assert.match(err, /^Error: [^\n]+\n$/);
  assert.match(err, expected.says);
  assert.doesNotMatch(err, /\n\s+at |fault of framesift/);
  assert.equal(out, '');
  assert.equal(code, expected.code);
  if (output !== undefined) assert.ok(!existsSync(output), `${output} was left behind`);
}

describe('a video that cannot be used', () => {
  let talk = '';
  before(async () => {
    talk = (await sampleTalk()).path;
    mkdirSync(at('folder.mp4'));
    writeFileSync(at('empty.mp4'), '');
    writeFileSync(at('notes.mp4'), 'Not a video but the notes of one.\n'.repeat(40));
    writeFileSync(at('noise.mp4'), Buffer.from(Array.from({ length: 9000 }, (_, index) => (index * 7919) % 251)));
    writeFileSync(at('cut.mp4'), readFileSync(talk).subarray(0, 100_000));
    writeFileSync(at('locked.mp4'), 'x');
    chmodSync(at('locked.mp4'), 0o000);
  });
  const cases: readonly [file: string, code: number, says: RegExp][] = [
    ['missing.mp4', 3, /missing\.mp4: no such file\. Check the path\./],
    ['folder.mp4', 3, /folder\.mp4: no video found\. Give files/],
    ['empty.mp4', 4, /empty\.mp4: is empty \(0 bytes\)\. Copy or record it again\./],
    ['notes.mp4', 4, /notes\.mp4: is a text file, not a video\. Give a video file\./],
    ['noise.mp4', 4, /noise\.mp4: is not a video that can be read .* Check that it plays/],
    ['cut.mp4', 4, /cut\.mp4: is not a video that can be read .* Check that it plays/],
  ];
  for (const [file, code, says] of cases)
    test(`${file} ends with ${code}`, async () => {
      checkRefused(await framesift('slides', at(file), '-o', at('out', file)), { code, says }, at('out'));
    });

  test('a file without permission', { skip: process.getuid?.() === 0 && 'root may read everything' }, async () => {
    const said = await framesift('slides', at('locked.mp4'), '-o', at('out'));
    checkRefused(said, { code: 3, says: /locked\.mp4: no permission to read it\./ }, at('out'));
  });

  test('sound alone', { skip: !hasFfmpeg && 'no ffmpeg program' }, async () => {
    const sound = ['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac', at('sound.mp4')];
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...sound]);
    for (const decoder of ['node-av', 'ffmpeg']) {
      const said = await framesift('slides', at('sound.mp4'), '-o', at('out'), '--decoder', decoder);
      checkRefused(said, { code: 4, says: /sound\.mp4: has no video stream \(audio only\)\./ }, at('out'));
    }
  });

  test(
    'a recording cut off in its middle gives what is there and says so',
    { skip: !hasFfmpeg && 'no ffmpeg program' },
    async () => {
      const whole = makeMovingVideo(folder.path, 30);
      execFileSync('ffmpeg', [
        '-v',
        'error',
        '-y',
        '-i',
        whole,
        '-c',
        'copy',
        '-movflags',
        '+faststart',
        at('whole.mp4'),
      ]);
      const bytes = readFileSync(at('whole.mp4'));
      writeFileSync(at('half.mp4'), bytes.subarray(0, bytes.length / 2));
      const { code, err } = await framesift('slides', at('half.mp4'), '-o', at('half'), '--no-text');
      assert.equal(code, 0);
      assert.match(
        err,
        /^Warning: The file ends at 1\d\.\d s although its header promises 30\.0 s: it is probably cut off\.$/m,
      );
    },
  );

  const wrongOptions: readonly [flags: readonly string[], says: RegExp][] = [
    [['--every', '0'], /--every: must be at least 0\.04/],
    [['--every', 'soon'], /'--every <seconds>' argument 'soon' is invalid. It must be a number\. See/],
    [['--quality', '101'], /--quality: must be 1–100\./],
    [['--keep', 'slide,page'], /--keep: .*"slide"\|"slide-with-speaker"/],
    [['--from', '50', '--until', '40'], /--until must be later than --from \(50 s\)\./],
    [['--from', '100'], /sample\.mp4: is 61\.0 s long and has nothing after --from 100 s\./],
    [['--decoder', 'vlc'], /Allowed choices are auto, node-av, ffmpeg\. See/],
    [['--sloppy'], /Unknown option '--sloppy'\. See/],
    [['--json', '--quiet'], /--json and --quiet exclude each other\./],
  ];
  for (const [flags, says] of wrongOptions)
    test(`slides ${flags.join(' ')}`, async () => {
      checkRefused(await framesift('slides', talk, '-o', at('out'), ...flags), { code: 2, says }, at('out'));
    });

  test('slides of nothing, and no such command', async () => {
    checkRefused(await framesift('slides'), { code: 2, says: /Missing required argument 'videos'\. See/ });
    checkRefused(await framesift('dance'), { code: 2, says: /dance: no such command\./ });
  });

  test('places where nothing can be written', async () => {
    writeFileSync(at('file'), 'mine');
    checkRefused(await framesift('slides', talk, '-o', at('file')), {
      code: 5,
      says: /file: something else is in the way/,
    });
    assert.equal(readFileSync(at('file'), 'utf8'), 'mine');
    mkdirSync(at('photos'));
    writeFileSync(at('photos', 'cat.jpg'), 'mine');
    const foreign = await framesift('slides', talk, '-o', at('photos'));
    checkRefused(foreign, {
      code: 5,
      says: /photos: is not empty and holds no run of framesift\. Choose another folder/,
    });
    assert.deepEqual(readdirSync(at('photos')), ['cat.jpg']);
    if (!existsSync('/proc/self')) return;
    const proc = await framesift('slides', talk, '-o', '/proc/framesift/run');
    checkRefused(proc, {
      code: 5,
      says: /\/proc\/framesift\/run: (cannot be written|no permission).* Choose another folder/,
    });
  });

  test('an overlay and a trace that cannot be written, before anything is measured or asked', async () => {
    const driver = ['driver', talk, '-o', at('drawn')];
    const model = ['--model', 'openai/nobody@http://127.0.0.1:9'];
    const measures = await checkFaceEngine().then(
      () => true,
      () => false,
    );
    mkdirSync(at('folder.mp4'), { recursive: true });
    for (const flags of measures ? [[], model] : [[]]) {
      const over = await framesift(...driver, ...flags, '--overlay', talk);
      checkRefused(over, { code: 2, says: /--overlay: .*sample\.mp4 is the recording itself\./ }, at('drawn'));
      const within = await framesift(...driver, ...flags, '--overlay', at('file', 'out.mp4'));
      const says = /out\.mp4: something else is in the way .* Name another file with --overlay\./;
      checkRefused(within, { code: 5, says }, at('drawn'));
    }
    const folder = await framesift(...driver, '--overlay', at('folder.mp4'));
    checkRefused(folder, { code: 5, says: /folder\.mp4: is a folder\. Give a file's name\./ }, at('drawn'));
    const trace = await framesift(...driver, ...model, '--no-measure', '--trace', at('file', 'trace.json'));
    checkRefused(trace, { code: 5, says: /trace\.json: something else .* with --trace\./ }, at('drawn'));
  });

  test('a disk that becomes full ends in one line; what is done is continued when there is room', async (t) => {
    const disk = at('disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160k', 'tmpfs', disk]).status === 0;
    if (!mounted) return t.skip('a small disk cannot be mounted here');
    try {
      const full = await framesift('slides', talk, '-o', join(disk, 'run'), '--no-text', '-q');
      checkRefused(full, { code: 5, says: /disk\/run\/.*: no room left on the disk\. Free some, then run again/ });
      const left = readdirSync(join(disk, 'run'), { recursive: true, encoding: 'utf8' });
      assert.ok(!left.some((name) => name.endsWith('.part') || name === 'run.lock'), left.join(' '));
      assert.equal(spawnSync('mount', ['-o', 'remount,size=40m', disk]).status, 0);
      const roomy = await framesift('slides', talk, '-o', join(disk, 'run'), '--no-text', '-q');
      assert.deepEqual(roomy, { code: 0, out: '', err: '' });
      assert.equal((JSON.parse(readFileSync(join(disk, 'run', 'run.json'), 'utf8')) as RunRecord).state, 'finished');
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

const oddFolder = join(dataFolder, 'odd');
describe(
  'every odd recording ends in a message or a result',
  { skip: !existsSync(oddFolder) && `${oddFolder} is not here` },
  () => {
    const files = existsSync(oddFolder) ? readdirSync(oddFolder) : [];
    for (const file of files)
      test(file, { timeout: 60_000 }, async () => {
        const output = at('odd', file);
        const said = await framesift('slides', join(oddFolder, file), '-o', output, '--no-text', '-q');
        if (said.code !== 0) return checkRefused(said, { code: 4, says: /^Error: .*\/odd\// }, output);
        const record = JSON.parse(readFileSync(join(output, 'run.json'), 'utf8')) as RunRecord;
        assert.equal(record.state, 'finished');
        assert.ok(record.counts['framesLookedAt']! > 0);
      });
  },
);
