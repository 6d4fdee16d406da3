import type { DriverRuleName } from '../../../core/driver-state.ts';
import { defaultDriverRules, type DriverRules } from './rules.ts';

const euroNcap = 'Euro NCAP Safe Driving protocol v10.4';
const closed = [
  'eyesClosedShare',
  'eyesStayClosedShare',
  'eyesOpenShare',
  'otherEyeShare',
  'oneEyeClosedShare',
  'lidsDownChance',
] as const;
const away = ['gazeYawDegrees', 'gazePitchDegrees', 'headTurnedDegrees', 'headPitchDegrees'] as const;

/** Where each rule comes from, at second hand, and the settings that it is decided by. */
const ruleSources: Readonly<
  Record<DriverRuleName, { readonly source: string; readonly settings: readonly (keyof DriverRules)[] }>
> = {
  microsleep: {
    source: `${euroNcap}: eyes closed for 1 to 3 s. Closed: lids cover at least 80 % (FHWA, PERCLOS P80)`,
    settings: ['microsleepSeconds', 'sleepSeconds', ...closed],
  },
  sleep: {
    source: `${euroNcap}: eyes closed for more than 3 s. Closed: lids cover at least 80 % (FHWA, PERCLOS P80)`,
    settings: ['sleepSeconds', ...closed],
  },
  unresponsive: {
    source: `${euroNcap}: eyes closed or gaze away for 6 s or more`,
    settings: ['unresponsiveSeconds', 'lidsLowChance', 'lidsLowSeconds', ...closed, ...away],
  },
  drowsiness: {
    source: 'FHWA, PERCLOS P80: an alarm at about 10–15 % of a minute',
    settings: ['drowsyPerclos', 'awakePerclos', 'perclosWindowSeconds', 'perclosLeastSeconds', 'eyesClosedShare'],
  },
  long_distraction: {
    source: `${euroNcap}: gaze off the road for 3 s or more; the angles are openpilot’s`,
    settings: ['longDistractionSeconds', ...away],
  },
  repeated_distraction: {
    source: `${euroNcap}, VATS: 10 s off the road within 30 s, begun anew by 2 s on the road; the angles are openpilot’s`,
    settings: ['repeatedDistractionSeconds', 'repeatedDistractionWindowSeconds', 'backOnRoadSeconds', ...away],
  },
  phone_use: {
    source: 'own choice, measured on recordings',
    settings: ['phoneUseSeconds', 'phoneConfidence', 'phoneHandGap', 'phoneLooks', 'phoneHoldSeconds'],
  },
  yawn: {
    source: 'own choice, measured on recordings; yawns last 4–7 s (Gallup 2011)',
    settings: [
      'yawnSeconds',
      'yawnMostSeconds',
      'yawnWidestShare',
      'mouthOpenShare',
      'mouthShutShare',
      'mouthClosingShare',
    ],
  },
  no_driver: { source: 'own choice, near openpilot’s timers', settings: ['noDriverSeconds', 'personConfidence'] },
  camera_obstructed: {
    source: 'own choice',
    settings: ['cameraSeconds', 'obstructedContrast', 'obstructedDetail'],
  },
  camera_degraded: { source: 'own choice', settings: ['cameraSeconds', 'darkLuma', 'brightLuma'] },
  lockout: {
    source: 'openpilot: 3 terminal alerts, or 30 s of them',
    settings: ['lockoutAlarms', 'lockoutSeconds', 'sleepSeconds', 'unresponsiveSeconds'],
  },
};

/** Where a rule comes from; what a table of one's own has changed of it comes from there. */
export function sourceOf(rule: DriverRuleName, rules: DriverRules): string {
  const { source, settings } = ruleSources[rule];
  const own = settings.filter((name) => rules[name] !== defaultDriverRules[name]);
  if (own.length === 0) return source;
  return `own table: ${own.map((name) => `${name} ${rules[name]}`).join(', ')}; without it, ${source}`;
}
