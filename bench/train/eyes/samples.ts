import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Picture } from '../../../src/core/frame.ts';
import { openVideo } from '../../../src/media/open-video.ts';
import { crop, type Patch } from '../../../src/vision/face/crop.ts';
import { detectFaces } from '../../../src/vision/face/detect.ts';
import { eyePatch, measureEye } from '../../../src/vision/face/eye.ts';
import { headPose } from '../../../src/vision/face/head-pose.ts';
import { meshFace, nextPatch, type FaceMesh } from '../../../src/vision/face/mesh.ts';
import type { Network } from '../../../src/vision/onnx.ts';
import { readStill } from '../../still.ts';
import type { EyePicture } from './perturb.ts';

export const eyeStates = ['open', 'shut', 'low', 'hidden'] as const;
export type EyeState = (typeof eyeStates)[number];

/** A picture of an eye of which it is known how it is. */
export interface EyeSample {
  readonly person: string;
  readonly state: EyeState;
  readonly picture: EyePicture;
  /** Of a crop of a single eye, which is looked at several times: its file. */
  readonly crop?: string;
}

export interface Networks {
  readonly detection: Network;
  readonly landmarks: Network;
  readonly iris: Network;
}

/** The eye's patch takes this part of a sample's side: the rest is room to move in. */
export const margin = 0.7;
const side = 96;
/** Openness that is surely open or shut in clips of people seen well from in front. */
const surely = { open: 0.17, shut: 0.1 } as const;
/** Turned further than this, the far eye is not seen. Degrees. */
const farHidden = 40;
const stepSeconds = 0.1;
/** Samples of one row of the table: more of the same say little. */
const mostOfRow = 40;

interface Row {
  readonly file: string;
  readonly person: string;
  readonly start: number;
  readonly end: number;
  readonly eyes: string;
  readonly state: string;
}

export async function samplesOf(data: string, networks: Networks, signal: AbortSignal): Promise<EyeSample[]> {
  const [, ...lines] = readFileSync(new URL('labels.tsv', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const rows = lines.map((line): Row => {
    const [file = '', person = '', start, end, eyes = '', state = ''] = line.split('\t');
    return { file, person, start: Number(start), end: Number(end), eyes, state };
  });
  const samples: EyeSample[] = [];
  for (const file of new Set(rows.map((row) => row.file))) {
    const own = rows.filter((row) => row.file === file);
    samples.push(...(await samplesIn(join(data, file), own, networks, signal)));
  }
  for (const [folder, tone] of [
    ['eyes_altaga', 'visible'],
    ['eyes_ayang', 'infra-red'],
  ] as const) {
    for (const [kind, state] of [
      ['open', 'open'],
      ['closed', 'shut'],
    ] as const) {
      for (const name of readdirSync(join(data, 'faces', folder, kind))) {
        const picture = readStill(join(data, 'faces', folder, kind, name));
        const whole = { x: picture.width / 2, y: picture.height / 2, angle: 0 };
        const person = `${tone}-${personOf(name)}`;
        for (const growth of [1.15, 1.45]) {
          const size = (picture.width * growth) / margin;
          for (const mirrored of [false, true]) {
            samples.push({
              person,
              state,
              crop: name,
              picture: cut(picture, { ...whole, width: size, height: size }, mirrored),
            });
          }
        }
      }
    }
  }
  return samples;
}

/** Crops of one person's eyes have one name, but for numbers and sides. */
function personOf(name: string): string {
  return name
    .replaceAll(/(closed|opened|open)_eyes?/g, '')
    .replace(/_?[LR]?\.\w+$/, '')
    .slice(0, 6);
}

async function samplesIn(
  path: string,
  rows: readonly Row[],
  networks: Networks,
  signal: AbortSignal,
): Promise<EyeSample[]> {
  const taken = new Map<string, EyeSample[]>();
  for await (const { timeSeconds, picture } of picturesOf(path, signal)) {
    const held = rows.filter(({ start, end }) => timeSeconds >= start && timeSeconds <= end);
    if (held.length === 0) continue;
    const mesh = await meshIn(picture, networks);
    if (!mesh) continue;
    const { yaw } = headPose(mesh);
    for (const row of held) {
      for (const eye of ['left', 'right'] as const) {
        const state = await stateOf(row, eye, yaw, mesh, picture, networks);
        if (!state) continue;
        const key = `${rows.indexOf(row)} ${state}`;
        const own = taken.get(key) ?? [];
        taken.set(key, own);
        own.push({ person: row.person, state, picture: eyeOf(picture, mesh, eye) });
      }
    }
  }
  return [...taken.values()].flatMap((all) => all.filter((_, at) => at % Math.ceil(all.length / mostOfRow) === 0));
}

async function stateOf(
  { eyes, state }: Row,
  eye: 'left' | 'right',
  yaw: number,
  mesh: FaceMesh,
  picture: Picture,
  { iris }: Networks,
): Promise<EyeState | undefined> {
  const turned = eye === 'left' ? yaw : -yaw;
  const wanted =
    eyes === 'both' || eyes === eye || (eyes === 'near' && turned < 25) || (eyes === 'far' && turned >= farHidden);
  if (!wanted) return undefined;
  if (state !== 'measured') return state as EyeState;
  const { openness } = await measureEye(iris, picture, eyePatch(mesh, eye), eye === 'left');
  if (openness >= surely.open) return 'open';
  return openness <= surely.shut ? 'shut' : undefined;
}

async function meshIn(picture: Picture, { detection, landmarks }: Networks): Promise<FaceMesh | undefined> {
  const [face] = (await detectFaces(detection, picture)).toSorted((a, b) => b.patch.width - a.patch.width);
  if (!face) return undefined;
  const rough = await meshFace(landmarks, picture, face.patch);
  const mesh = await meshFace(landmarks, picture, nextPatch(rough));
  return mesh.confidence < 0.5 ? undefined : mesh;
}

function eyeOf(picture: Picture, mesh: FaceMesh, eye: 'left' | 'right'): EyePicture {
  const patch = eyePatch(mesh, eye);
  return cut(picture, { ...patch, width: patch.width / margin, height: patch.height / margin }, eye === 'left');
}

function cut(picture: Picture, patch: Patch, mirrored: boolean): EyePicture {
  return { side, data: crop(picture, patch, side, side, { mirrored, outside: 'edge', scale: 1 }) };
}

async function* picturesOf(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<{ timeSeconds: number; picture: Picture }> {
  if (path.endsWith('.jpg')) {
    yield { timeSeconds: 0, picture: readStill(path) };
    return;
  }
  await using source = await openVideo(path, { signal });
  for await (const frame of source.frames({ everySeconds: stepSeconds }, { signal })) {
    using owned = frame;
    yield { timeSeconds: owned.timeSeconds, picture: await owned.rgb({ longestSide: 1920 }) };
  }
}
