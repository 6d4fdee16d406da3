/**
 * How well the on-device engine reads drivers: spans against labels read off by eye, stills of yawning and other
 * drivers, and crops of open and shut eyes. `node bench/quality/driver.ts [--spans DIR]`
 *
 * Ends with 1 where a bar is missed. `--spans DIR` keeps a `CLIP.spans.json` for each clip.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDriverRules as rules } from '../../src/workflows/driver/rules/rules.ts';
import { openEyeCropReader } from '../../src/vision/face/eye-crop.ts';
import { openFaceMeter } from '../../src/vision/face/face-meter.ts';
import { dataFolder, printTable } from '../recordings.ts';
import { readStill } from '../still.ts';
import { blinkClips, scoreBlinks } from './driver-blinks.ts';
import { findingsOf } from './driver-clip.ts';
import {
  balancedAccuracy,
  bootstrapInterval,
  calibrationError,
  meanIou,
  parseLabels,
  scoreClip,
  type ClipScore,
  type Label,
} from './driver-score.ts';

/** What a clip shows that makes measuring easy or hard. Clips that are not named are told without one. */
const conditions: Readonly<Record<string, string>> = {
  phone_eyes_closed_1080p: 'close-up',
  slow_eyelid_closure: 'close-up, glasses',
  normal_eye_blink: 'close-up, glasses',
  phone_nod_and_turn_540p: 'close-up',
  phone_turn_left_540p: 'close-up, turned',
  gaze_center_left_center: 'close-up',
  webcam_awake_woman: 'close-up',
  webcam_in_screencast_eyes_closed: 'close-up, drawn over',
  webcam_cap_glasses_mouth_x2: 'close-up, glasses',
  'dark-glasses': 'close-up, dark glasses',
  incar_yawdd_woman7_yawn_talk: 'in-car, talking',
  incar_openvino_driver_actions: 'in-car, side',
  incar_dark_hand_over_face_boxes: 'in-car, night',
  incar_beer_mug_front: 'in-car, drinking',
  incar_side_flask: 'in-car, side',
  incar_orange_smoking: 'in-car, smoking',
  incar_three_back_passengers: 'in-car, passengers',
};

/** Recordings of other tables that show what drivers do. */
const moreLabels: readonly Label[] = [
  { file: '../situations/dark-glasses.mp4', state: 'eyes_hidden', start: 0, end: 15, note: 'drawn lenses' },
];

/** Half way between open and shut eyes as crops measure them: shut lids measure more there than in a face, at 0.07–0.12. */
const openEyeCrop = 0.16;

const { values } = parseArgs({ options: { spans: { type: 'string' } } });
const labelsFile = join(dataFolder, 'driver/labels.tsv');
if (!existsSync(labelsFile)) {
  console.error(`${labelsFile}: no labels there. Set FRAMESIFT_DATA to the folder that holds driver/ and faces/.`);
  process.exit(1);
}
const { signal } = new AbortController();
const missed: string[] = [];
const bar = (name: string, value: number | undefined, least: number, most = Infinity): void => {
  // Shares are sums of fractions: 0.9 may come out as 0.8999999999999999.
  const met = value !== undefined && value >= least - 1e-9 && value <= most + 1e-9;
  const asked = most === Infinity ? `at least ${least}` : `at most ${most}`;
  console.log(`${met ? 'met   ' : 'MISSED'}  ${name}: ${value?.toFixed(3) ?? 'not measured'} (${asked})`);
  if (!met) missed.push(name);
};

const scores = await scoreClips();
const all = [...scores.values()];
// Outlines burned into the picture are no eyes: that clip is shown and not held against a bar.
const gated = [...scores].filter(([clip]) => conditions[clip] !== 'close-up, drawn over').map(([, score]) => score);
printByCondition();
for (const [state, least] of [
  ['eyes_closed', 0.75],
  ['head_turned', 0.6],
  ['head_down', 0.6],
  ['mouth_wide_open', 0.7],
] as const) {
  bar(`${state}, mean IoU`, meanIou(gated, state), least);
}
for (const what of ['phone', 'closure', 'yawn', 'no driver'] as const) {
  bar(`false: ${what}`, all.flatMap((score) => score.falseFindings.filter((one) => one.what === what)).length, 0, 0);
}
bar('closures looking down', sum(all.map((score) => score.closuresLookingDown.length)), 0, 0);
const closures = all.flatMap(({ labels }) =>
  labels.filter(({ state, start, end }) => state === 'eyes_closed' && end - start >= 2),
);
bar(
  'closures of 2 s: greatest share called eyes on the road',
  Math.max(...closures.map((label) => label.onRoadSeconds / (label.end - label.start))),
  0,
  0.25,
);
const hiddenEyes = all.flatMap(({ labels }) => labels.filter(({ state }) => state === 'eyes_hidden'));
bar('hidden eyes, share not measurable', meanIou(all, 'eyes_hidden'), 0.9);
bar('hidden eyes, seconds called eyes on the road', sum(hiddenEyes.map(({ onRoadSeconds }) => onRoadSeconds)), 0, 0);
bar('lids down, expected calibration error', calibrationError(gated.flatMap(({ lids }) => lids)), 0, 0.08);
const frontal = [...scores]
  .filter(([clip]) => conditions[clip]?.startsWith('close-up') && clip !== 'dark-glasses')
  .map(([, score]) => score);
const labelled = sum(frontal.map(({ labelledSeconds }) => labelledSeconds));
bar('not measurable, close-ups', sum(frontal.map((score) => score.unmeasuredSeconds)) / labelled, 0, 0.15);
await scoreBlinkClips();
await scoreStills();
if (missed.length > 0) {
  console.log(`\n${missed.length} missed: ${missed.join('; ')}`);
  process.exitCode = 1;
}

async function scoreClips(): Promise<Map<string, ClipScore>> {
  const labels = [...parseLabels(readFileSync(labelsFile, 'utf8')), ...moreLabels];
  const results = new Map<string, ClipScore>();
  const rows: string[][] = [];
  if (values.spans !== undefined) await mkdir(values.spans, { recursive: true });
  for (const file of new Set(labels.map((label) => label.file))) {
    const clip = basename(file, extname(file));
    const found = await findingsOf(join(dataFolder, 'driver', file), signal);
    if (values.spans !== undefined) {
      await writeFile(join(values.spans, `${clip}.spans.json`), JSON.stringify({ spans: found.spans }));
    }
    const own = labels.filter((label) => label.file === file);
    const score = scoreClip(own, found);
    results.set(clip, score);
    const condition = conditions[clip] ?? '';
    for (const { state, start, end, iou } of score.labels) {
      rows.push([clip, condition, state, `${start}–${end}`, iou.toFixed(2)]);
    }
    for (const { what, start, end } of score.falseFindings) {
      rows.push([clip, condition, `FALSE ${what}`, `${start}–${end}`, '']);
    }
    const share = score.unmeasuredSeconds / score.labelledSeconds;
    const seconds = `${score.labelledSeconds.toFixed(1)} s`;
    rows.push([clip, condition, 'not measurable', seconds, `${(share * 100).toFixed(0)} %`]);
  }
  printTable(['clip', 'condition', 'label', 'seconds', 'IoU'], rows);
  console.log('');
  return results;
}

/** Means over labels of one kind of clip, with the middle 95 % of a thousand draws of the labels. */
function printByCondition(): void {
  const kinds = [...new Set([...scores.keys()].map((clip) => conditions[clip] ?? ''))].toSorted();
  const rows: string[][] = [];
  for (const kind of [...kinds, 'all']) {
    const own = [...scores].filter(([clip]) => kind === 'all' || conditions[clip] === kind).map(([, score]) => score);
    const states = [...new Set(own.flatMap(({ labels }) => labels.map(({ state }) => state)))].toSorted();
    for (const state of states) {
      const ious = own.flatMap(({ labels }) => labels.filter((label) => label.state === state).map(({ iou }) => iou));
      const [low, high] = bootstrapInterval(ious);
      const mean = sum(ious) / ious.length;
      rows.push([kind, state, String(ious.length), mean.toFixed(2), `${low.toFixed(2)}–${high.toFixed(2)}`]);
    }
    const hours = sum(own.map(({ seconds }) => seconds)) / 3600;
    const wrong = own.flatMap(({ falseFindings }) => falseFindings).length;
    rows.push([
      kind,
      'false findings',
      String(wrong),
      `${(wrong / hours).toFixed(0)} an hour`,
      `of ${(hours * 60).toFixed(1)} min`,
    ]);
  }
  printTable(['condition', 'state', 'labels', 'mean IoU', '95 % of draws'], rows);
  console.log('');
}

async function scoreBlinkClips(): Promise<void> {
  const clips = [];
  for (const file of Object.keys(blinkClips)) {
    const { lids } = await findingsOf(join(dataFolder, 'driver', file), signal);
    clips.push({ file, lids });
  }
  const { frames, shut, precision, recall, f1 } = scoreBlinks(clips);
  console.log(`blinks: ${frames} frames, ${shut} shut; precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)}`);
  bar('blink frames, F1', f1, 0.8);
}

async function scoreStills(): Promise<void> {
  const table = join(dataFolder, 'faces/labels.tsv');
  if (!existsSync(table)) return;
  const rows = readFileSync(table, 'utf8').trim().split('\n').slice(1);
  const stills = rows
    .map((row) => row.split('\t'))
    .map(([file = '', label = '']) => ({ file: join(dataFolder, file), label }));
  await using meter = await openFaceMeter({ objectsEverySeconds: Infinity });
  const yawns: { truth: boolean; found: boolean }[] = [];
  for (const [index, { file, label }] of stills.filter((still) => still.label.endsWith('yawn')).entries()) {
    // Far apart in time, so that no face is followed from one still to the next.
    const { driver } = await meter.read(readStill(file), index * 100, { signal });
    yawns.push({ truth: label === 'yawn', found: driver !== undefined && driver.mouthOpening >= rules.mouthOpenShare });
  }
  await using reader = await openEyeCropReader();
  const eyes = new Map<string, { truth: boolean; found: boolean }[]>();
  for (const { file, label } of stills.filter((still) => still.label.startsWith('eye_'))) {
    const set = file.includes('ayang') ? 'infra-red, some with glasses' : 'visible light, 24 × 24 pixels';
    const results = eyes.get(set) ?? [];
    eyes.set(set, results);
    results.push({ truth: label === 'eye_open', found: (await reader.openness(readStill(file))) >= openEyeCrop });
  }
  bar('yawn or not, in-car stills, balanced accuracy', balancedAccuracy(yawns), 0.85);
  for (const [set, results] of eyes) bar(`eye crops open or shut, ${set}`, balancedAccuracy(results), 0.9);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
