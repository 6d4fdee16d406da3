import { resolve } from 'node:path';
import { Option } from 'commander';
import { devices, type Device } from '../core/device.ts';
import { pathOrName, userPath } from './user-path.ts';
import { defined } from '../core/defined.ts';

/** What every command takes that opens models of pictures, as commander hands it over. */
export interface ModelFlags {
  readonly embedder?: string;
  readonly kinds?: string;
  readonly kindLabels?: string;
  readonly device?: Device;
}

export const kindLabelsOption = (): Option => new Option('--kind-labels <file.yaml>', 'labels of your own for --kinds');
export const deviceOption = (): Option =>
  new Option('--device <name>', 'where these models run (default: auto)').choices(devices);

/** Only what was given. Paths are whole, so that a run can be resumed from elsewhere. */
export function modelOptionsOf({ embedder, kinds, kindLabels, device }: ModelFlags): ModelFlags {
  return defined({
    embedder: embedder && pathOrName(embedder),
    kinds: kinds && pathOrName(kinds),
    kindLabels: kindLabels && resolve(userPath(kindLabels)),
    device,
  });
}
