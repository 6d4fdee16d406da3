import { outColours, print, printAside, printJson } from './print.ts';
import type { Command } from 'commander';
import { calibrate, type Calibration } from '../app/calibrate.ts';
import { thresholdsPath } from '../store/models/thresholds.ts';
import { interruptible } from './ending.ts';
import { deviceOption, kindLabelsOption, modelOptionsOf, type ModelFlags } from './model-flags.ts';
import { userPath } from './user-path.ts';
import { number } from './values.ts';
import { defined } from '../core/defined.ts';

interface Flags extends ModelFlags {
  readonly frameClassifier?: string;
  readonly every?: number;
  readonly json?: boolean;
}

export function addCalibrateCommand(program: Command): void {
  program
    .command('calibrate')
    .description("find a model's thresholds on talks of which it is known what they show")
    .argument('<folder>', 'holds NAME.truth.json files and the videos that they name')
    .option('--embedder <model>', 'builtin, dinov2-small, or a path')
    .option('--frame-classifier <file.onnx>', 'an image classifier with its .yaml beside it')
    .option('--kinds <model>', 'clip-vit-b32, siglip-base, or a path')
    .addOption(kindLabelsOption())
    .addOption(deviceOption())
    .option('--every <seconds>', 'look at a frame this often (default: 2)', number)
    .option('--json', 'as JSON')
    .option('--verbose', 'with an error, print where it came from')
    .action((folder: string, flags: Flags) => findThresholds(userPath(folder), flags));
}

async function findThresholds(folder: string, flags: Flags): Promise<void> {
  using signal = interruptible();
  const { frameClassifier, every, json } = flags;
  const result = await calibrate(folder, {
    ...modelOptionsOf(flags),
    ...defined({ frameClassifier: frameClassifier && userPath(frameClassifier), every }),
    signal,
    onTalk: (name, pictures) => {
      if (!json) printAside(`${name}: ${pictures} pictures\n`);
    },
  });
  if (json) printJson(result, 2);
  else print(`${describe(result).join('\n')}\n`);
}

function describe(result: Calibration): string[] {
  const { thresholds, stored, why } = result;
  const found =
    result.use === 'embedder'
      ? [
          `  candidate  ${result.thresholds.candidate.toFixed(4)}  99 % of the pairs of one slide are at least this alike`,
          `  same       ${result.thresholds.same.toFixed(4)}  99 % of the pairs at least this alike are of one slide`,
          `  AUC        ${result.thresholds.auc.toFixed(4)}  over ${result.thresholds.pairs.same} pairs of one slide and ${result.thresholds.pairs.different} of two`,
        ]
      : [
          `  threshold  ${result.thresholds.threshold.toFixed(4)}`,
          `  decides    ${result.thresholds.decided} of ${result.thresholds.pictures.slides + result.thresholds.pictures.others} pictures, ${result.thresholds.right} of them rightly`,
        ];
  const end = stored
    ? `Kept in ${thresholdsPath()} under the model's digest.`
    : `${outColours.yellow('Not kept')}: ${why}.`;
  return [`${outColours.bold(thresholds.model)} on ${thresholds.talks.length} talks`, ...found, end];
}
