import { parseDriverRules } from '../../src/workflows/driver/rules-file.ts';
import { parseWorkflow } from '../../src/workflows/yaml.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { oddNumbers, Random } from './random.ts';

const pieces = [
  '&a',
  '*a',
  '*b',
  '<<: *a',
  '!!binary x',
  '!!set',
  '? ',
  ': ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '|',
  '>',
  '#',
  '%',
  '---',
  '...',
  '\t',
  '\u0000',
  '__proto__: 1',
  'constructor: {}',
  '[*a, *a, *a]',
];

/** YAML with pieces in the wrong place, lines gone, lines twice, other numbers. */
export function mutateYaml(text: string, random: Random): string {
  let out = text;
  for (let faults = 1 + random.below(4); faults > 0; faults -= 1) {
    const at = random.below(out.length + 1);
    const lines = out.split('\n');
    const line = random.below(lines.length);
    switch (random.below(6)) {
      case 0:
        out = out.slice(0, at) + random.one(pieces) + out.slice(at);
        break;
      case 1:
        out = lines.toSpliced(line, 1).join('\n');
        break;
      case 2:
        out = lines.toSpliced(line, 0, lines[random.below(lines.length)] ?? '').join('\n');
        break;
      case 3:
        out = lines.with(line, ` ${lines[line]}`).join('\n');
        break;
      case 4:
        out = out.replace(/\d+/, () => String(random.one(oddNumbers)));
        break;
      default:
        out = out.slice(0, at) + random.one(['[', '{a: ', '- ']).repeat(1 + random.below(2000)) + out.slice(at);
    }
  }
  return out;
}

const rules = 'sleepSeconds: 3\nmicrosleepSeconds: 1\ndrowsyPerclos: 0.12\nblinkSeconds: 0.4\n';

/** @param workflow the text of a workflow that is right */
export function readYaml(seed: number, workflow: string): Promise<Outcome> {
  const random = new Random(seed);
  const ofRules = random.next() < 0.3;
  const text = mutateYaml(ofRules ? rules : workflow, random);
  return outcomeOf(ofRules ? 'YAML: rules' : 'YAML: workflow', seed, async () =>
    ofRules ? parseDriverRules(text, 'rules.yaml') : parseWorkflow(text, 'workflow.yaml'),
  );
}
