/**
 * Trains what tells open eyes, lids that are down and hidden eyes apart by the picture, and says how right it is with each
 * person left out: `node bench/train/eyes/train.ts`. Writes src/vision/face/eye-state.json.
 *
 * Needs the recordings (`FRAMESIFT_DATA`). Eyes are those of `labels.tsv` beside this file, and the crops of single eyes.
 */
import { writeFileSync } from 'node:fs';
import { eyeFeatures, eyeSide } from '../../../src/vision/face/eye.ts';
import { eyeKinds } from '../../../src/vision/face/eye-state.ts';
import { findFaceModels } from '../../../src/vision/face/models.ts';
import { openNetwork } from '../../../src/vision/onnx.ts';
import { balancedAccuracy } from '../../quality/driver-score.ts';
import { dataFolder, printTable } from '../../recordings.ts';
import { cutOut, hidden, perturbed, randomFrom, type EyePicture } from './perturb.ts';
import { margin, samplesOf, type EyeSample } from './samples.ts';
import { fitSoftmax, logitsOf, softmax, type Example, type Softmax } from './softmax.ts';

interface Eye extends Example {
  readonly person: string;
  /** As it was labelled, or `drawn` where it was hidden for this. */
  readonly state: string;
}

/** Copies of an eye: of people seen in one picture more than of those seen in hundreds. */
const copiesOf = (person: string): { own: number; hidden: number } => {
  if (person.startsWith('still')) return { own: 10, hidden: 4 };
  return /^(visible|infra-red)/.test(person) ? { own: 2, hidden: 0.3 } : { own: 3, hidden: 1 };
};
const folds = 6;

const { signal } = new AbortController();
const models = await findFaceModels();
await using detection = await openNetwork(models.files.blazeface);
await using landmarks = await openNetwork(models.files.facemesh);
await using iris = await openNetwork(models.files.iris);
const samples = await samplesOf(dataFolder, { detection, landmarks, iris }, signal);
const eyes = weighed(await perturbedEyes());

const people = [...new Set(eyes.map(({ person }) => person))].toSorted();
const foldOf = new Map(people.map((person, at) => [person, at % folds]));
const judged: { eye: Eye; logits: number[] }[] = [];
const crops = await plainCrops();
for (let fold = 0; fold < folds; fold++) {
  const model = fitSoftmax(
    eyes.filter(({ person }) => foldOf.get(person) !== fold),
    eyeKinds.length,
  );
  for (const eye of eyes.filter(({ person }) => foldOf.get(person) === fold)) {
    judged.push({ eye, logits: logitsOf(model, eye.features) });
  }
  for (const look of crops.filter(({ person }) => foldOf.get(person) === fold)) {
    const [open, down] = logitsOf(model, look.features);
    look.said.push(open! - down!);
  }
}
const sharpness = bestSharpness();
report();
reportCrops();
writeModel(fitSoftmax(eyes, eyeKinds.length));

async function perturbedEyes(): Promise<Eye[]> {
  const random = randomFrom(7);
  const all: Eye[] = [];
  const add = async (sample: EyeSample, picture: EyePicture, state: string): Promise<void> => {
    const { data } = perturbed(picture, eyeSide, margin, random);
    const features = await eyeFeatures(
      iris,
      data.map((value) => value / 255),
    );
    const label = state === 'open' ? 0 : state === 'shut' || state === 'low' ? 1 : 2;
    all.push({ person: sample.person, state, features, label, weight: 1 });
  };
  for (const sample of samples) {
    const copies = copiesOf(sample.person);
    for (let count = 0; count < copies.own; count++) await add(sample, sample.picture, sample.state);
    if (sample.state === 'hidden') continue;
    for (let count = 0; count < copies.hidden; count++) {
      if (random() >= copies.hidden) continue;
      const other = samples[Math.floor(random() * samples.length)]!.picture;
      await add(sample, hidden(sample.picture, other, margin, random), 'drawn');
    }
  }
  return all;
}

interface CropLook {
  readonly person: string;
  readonly crop: string;
  readonly isOpen: boolean;
  readonly features: Float32Array;
  /** Log odds of open eyes, by the model that has not seen the person. */
  readonly said: number[];
}

/** Crops of single eyes as they are, at two sizes and mirrored. */
async function plainCrops(): Promise<CropLook[]> {
  const looks: CropLook[] = [];
  for (const { person, state, crop, picture } of samples) {
    if (crop === undefined) continue;
    const middle = picture.side / 2;
    const { data } = cutOut(picture, { side: picture.side * margin, x: middle, y: middle, angle: 0 }, eyeSide);
    const features = await eyeFeatures(
      iris,
      data.map((value) => value / 255),
    );
    looks.push({ person, crop: `${person} ${crop}`, isOpen: state === 'open', features, said: [] });
  }
  return looks;
}

/** Each crop by the mean of its looks; the share told right, of open and shut ones alike, its person left out. */
function reportCrops(): void {
  for (const set of ['visible', 'infra-red']) {
    const own = Map.groupBy(
      crops.filter(({ person }) => person.startsWith(set)),
      ({ crop }) => crop,
    );
    const results = [...own.values()].map((looks) => ({
      truth: looks[0]!.isOpen,
      found: looks.reduce((sum, { said }) => sum + said[0]!, 0) > 0,
    }));
    console.log(`crops of single eyes, ${set}: ${balancedAccuracy(results).toFixed(3)} of ${results.length}`);
  }
}

/** Kinds weigh the same, and a person seen a hundred times as often ten times as much. */
function weighed(all: readonly Eye[]): Eye[] {
  const keyOf = ({ person, label }: Eye): string => `${person} ${label}`;
  const counts = new Map<string, number>();
  for (const eye of all) counts.set(keyOf(eye), (counts.get(keyOf(eye)) ?? 0) + 1);
  const own = all.map((eye) => ({ ...eye, weight: 1 / Math.sqrt(counts.get(keyOf(eye))!) }));
  const totals = eyeKinds.map((_, kind) =>
    own.reduce((sum, { label, weight }) => sum + (label === kind ? weight : 0), 0),
  );
  return own.map((eye) => ({ ...eye, weight: eye.weight / totals[eye.label]! }));
}

/** What the logits are to be multiplied by so that chances are right on people left out. */
function bestSharpness(): number {
  let [best, least] = [1, Infinity];
  for (let sharp = 0.3; sharp <= 1.5; sharp += 0.05) {
    const loss = judged.reduce((sum, { eye, logits }) => {
      const chances = softmax(logits.map((logit) => logit * sharp));
      return sum - eye.weight * Math.log(Math.max(1e-9, chances[eye.label]!));
    }, 0);
    if (loss < least) [best, least] = [sharp, loss];
  }
  return Math.round(best * 100) / 100;
}

function report(): void {
  const rows: string[][] = [];
  const groupOf = ({ person, state }: Eye): string => `${person.replace(/-.*/, '')} ${state}`;
  const groups = [...new Set(judged.map(({ eye }) => groupOf(eye)))].toSorted();
  const rowOf = (name: string, those: typeof judged): string[] => {
    const chances = those.map(({ logits }) => softmax(logits.map((logit) => logit * sharpness)));
    const means = eyeKinds.map((_, kind) => chances.reduce((sum, each) => sum + each[kind]!, 0) / those.length);
    const right = those.filter(({ eye }, at) => chances[at]![eye.label] === Math.max(...chances[at]!)).length;
    return [name, String(those.length), ...means.map((mean) => mean.toFixed(2)), (right / those.length).toFixed(3)];
  };
  for (const group of groups)
    rows.push(
      rowOf(
        group,
        judged.filter(({ eye }) => groupOf(eye) === group),
      ),
    );
  for (const [kind, name] of eyeKinds.entries()) {
    rows.push(
      rowOf(
        `all ${name}`,
        judged.filter(({ eye }) => eye.label === kind),
      ),
    );
  }
  printTable(['eyes, each person left out', 'pictures', ...eyeKinds, 'right'], rows);
  console.log(`\nsharpness ${sharpness}; expected calibration error ${calibrationError().toFixed(3)}`);
}

/** Mean distance between the chance that was said and the share that was so, over ten steps of the chance. */
function calibrationError(): number {
  const bins = Array.from({ length: 10 }, () => ({ weight: 0, said: 0, so: 0 }));
  for (const { eye, logits } of judged) {
    for (const [kind, chance] of softmax(logits.map((logit) => logit * sharpness)).entries()) {
      const bin = bins[Math.min(9, Math.floor(chance * 10))]!;
      bin.weight += eye.weight;
      bin.said += eye.weight * chance;
      if (kind === eye.label) bin.so += eye.weight;
    }
  }
  const total = bins.reduce((sum, { weight }) => sum + weight, 0);
  return bins.reduce((sum, { said, so }) => sum + Math.abs(said - so), 0) / total;
}

function writeModel({ weights, bias }: Softmax): void {
  const file = new URL('../../../src/vision/face/eye-state.json', import.meta.url);
  const packed = weights.map((own) => {
    const scale = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const values = Int16Array.from(own, (value) => Math.round((value / scale) * 32767));
    return { scale, values: Buffer.from(values.buffer).toString('base64') };
  });
  writeFileSync(file, `${JSON.stringify({ sharpness, bias, weights: packed }, undefined, 2)}\n`);
}
