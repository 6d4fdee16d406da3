import type { Calibration } from '../../../core/driver-state.ts';
import type { DriverRules } from './rules.ts';

/** How far a stored calibration may be from what the video gives, in degrees and as a share of the open eye. Own choice. */
const calibrationSlack = { degrees: 12, share: 0.25 };

/** Open eyes seen for less tell nothing of how far they open. Own choice. */
const leastOpenSeconds = 1;

/**
 * What is to be said against a calibration, if anything.
 *
 * @param own what the video itself gives
 */
export function calibrationDoubt(used: Calibration, own: Calibration, rules: DriverRules): string | undefined {
  if (!used.stored) {
    if (used.state === 'none')
      return 'The driver could not be calibrated: a face was seen for no length of time. Mean figures of other people were taken.';
    if (used.openSeconds !== undefined && used.openSeconds < leastOpenSeconds)
      return `This driver's eyes were seen open for ${used.openSeconds.toFixed(1)} s only: shut or hidden ones are told by other people's mean figures. Were they shut, or behind dark glasses?`;
    if (used.state !== 'provisional') return undefined;
    const [seen, needed] = [used.usableSeconds.toFixed(1), rules.calibrationLeastSeconds];
    return `The driver is not calibrated yet: ${seen} s of a face could be used, ${needed} s are needed. All figures are provisional.`;
  }
  if (own.state !== 'calibrated') return undefined;
  const { degrees, share } = calibrationSlack;
  const turned = Math.max(Math.abs(used.yaw - own.yaw), Math.abs(used.pitch - own.pitch));
  const ratio = own.openEye / used.openEye;
  if (turned <= degrees && Math.abs(Math.log(ratio)) <= Math.log(1 + share)) return undefined;
  const [head, eyes] = [turned.toFixed(0), Math.round(ratio * 100)];
  return `The calibration that was taken over does not fit this video: the head is held ${head}° elsewhere, open eyes measure ${eyes} % of it. Is it another driver or camera? Leave out --calibration.`;
}
