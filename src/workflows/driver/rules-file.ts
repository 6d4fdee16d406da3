import { FramesiftError } from '../../core/errors.ts';
import { parseYaml, readYamlText, YamlFault } from '../../core/yaml.ts';
import { driverRulesSchema, type DriverRules } from './rules/rules.ts';

/**
 * Reads a table of settings that override the on-device rules' defaults: YAML with names of `DriverRules`.
 *
 * @throws FramesiftError `input` where the file cannot be read, `usage` naming the setting that is wrong
 */
export async function loadDriverRules(path: string): Promise<DriverRules> {
  const text = await readYamlText(path).catch((error: unknown) => notYaml(path, error));
  if (text === undefined)
    throw new FramesiftError('input', `${path}: there is no such file. Give a YAML table of rules.`);
  return parseDriverRules(text, path);
}

export function parseDriverRules(text: string, path: string): DriverRules {
  let table: unknown;
  try {
    table = parseYaml(text).value ?? {};
  } catch (error) {
    notYaml(path, error);
  }
  return checkDriverRules(table, path);
}

function notYaml(path: string, error: unknown): never {
  if (!(error instanceof YamlFault)) throw error;
  throw new FramesiftError('usage', `${path} is not a YAML table of rules: line ${error.line}: ${error.message}`);
}

/** @throws FramesiftError `usage` naming the setting that is wrong */
export function checkDriverRules(table: unknown, path: string): DriverRules {
  const result = driverRulesSchema.safeParse(table);
  if (result.success) return checked(result.data, path);
  const [issue] = result.error.issues;
  const name = issue?.path.join('.') || 'the table';
  const wrong =
    issue?.code === 'unrecognized_keys' ? `no setting is called ${someOf(issue.keys)}` : `${name}: ${issue?.message}`;
  throw new FramesiftError('usage', `${path}: ${wrong}. The settings are listed in docs/guide/driver-on-device.md.`);
}

const someOf = (names: readonly string[]): string =>
  `${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} others` : ''}`;

/** A hysteresis has its second threshold on the inner side of its first. */
function checked(rules: DriverRules, path: string): DriverRules {
  const ordered: readonly (readonly [keyof DriverRules, keyof DriverRules])[] = [
    ['eyesClosedShare', 'eyesOpenShare'],
    ['eyesStayClosedShare', 'eyesOpenShare'],
    ['awakePerclos', 'drowsyPerclos'],
    ['mouthShutShare', 'mouthOpenShare'],
    ['blinkSeconds', 'microsleepSeconds'],
    ['microsleepSeconds', 'sleepSeconds'],
    ['perclosLeastSeconds', 'perclosWindowSeconds'],
    ['headReturnDegrees', 'headPitchDegrees'],
    ['headReturnDegrees', 'gazePitchDegrees'],
  ];
  for (const [low, high] of ordered) {
    if (rules[low] > rules[high]) {
      throw new FramesiftError('usage', `${path}: ${low} (${rules[low]}) must not be above ${high} (${rules[high]}).`);
    }
  }
  return rules;
}
