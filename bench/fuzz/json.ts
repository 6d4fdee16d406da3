import { oddNumbers, type Random } from './random.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const strangers: readonly Json[] = [
  null,
  true,
  false,
  '',
  'x',
  -1,
  0.5,
  1e308,
  -1e308,
  [],
  {},
  [[]],
  { '': null },
  '../../etc/passwd',
  '/etc/passwd',
  'file:///etc/passwd',
  'http://127.0.0.1:9/x',
  '\u0000',
  '\u001b[31m',
  '\ud800',
  '__proto__',
  'constructor',
  'NaN',
  '0001',
  '2026-13-45T99:99:99Z',
  'a'.repeat(70_000),
  ...oddNumbers,
];

/** JSON with one value of another kind, missing, or twice; or with torn text. */
export function mutateJson(text: string, random: Random): string {
  if (random.next() < 0.15) return tear(text, random);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return tear(text, random);
  }
  for (let faults = 1 + random.below(2); faults > 0; faults -= 1) value = replaced(value, random);
  return JSON.stringify(value);
}

/** The same for a file of lines. */
export function mutateLines(text: string, random: Random): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const what = random.next();
  if (what < 0.2) lines.splice(at, 1);
  else if (what < 0.4) lines.splice(at, 0, lines[at] ?? '');
  else lines[at] = mutateJson(lines[at] ?? '', random);
  return lines.join('\n');
}

function replaced(value: Json, random: Random): Json {
  const inner = Array.isArray(value)
    ? value.length
    : typeof value === 'object' && value
      ? Object.keys(value).length
      : 0;
  if (inner === 0 || random.next() < 0.1) return random.one(strangers);
  if (Array.isArray(value)) {
    const at = random.below(value.length);
    if (random.next() < 0.1) return value.toSpliced(at, 1);
    if (random.next() < 0.1) return [...value, ...value];
    return value.with(at, replaced(value[at]!, random));
  }
  const entries = Object.entries(value as { [name: string]: Json });
  const [name, old] = random.one(entries);
  if (random.next() < 0.15) return Object.fromEntries(entries.filter(([other]) => other !== name));
  if (random.next() < 0.05) return { ...(value as object), [`${name}x`]: old };
  return { ...(value as object), [name]: replaced(old, random) };
}

function tear(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return `${text.slice(0, at)}\u0000\u0000\u0000${text.slice(at + 3)}`;
    case 2:
      return `${text.slice(0, at)}${random.one(['{', '}', '[', ']', '"', ',', '\\', '\n'])}${text.slice(at)}`;
    default:
      return random.one(['', 'null', '[]', '{}', '7', '"x"', '{bad', '[[[[[[[[']);
  }
}
