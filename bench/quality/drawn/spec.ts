import type { Choices } from './kinds.ts';
import type { Random } from './random.ts';
import { Writer } from './words.ts';

export const pageKinds = [
  'title',
  'bullets',
  'columns',
  'code',
  'maths',
  'table',
  'chart',
  'one-word',
  'diagram',
  'picture',
  'quote',
] as const;
export type PageKind = (typeof pageKinds)[number];

/** What a page says, before it is laid out: a twin is the same but for one of these. */
export interface PageSpec {
  readonly kind: PageKind;
  readonly heading: string;
  readonly lines: readonly string[];
  readonly table: readonly (readonly string[])[];
  readonly values: readonly number[];
  /** Which of the theme's colours comes first. */
  readonly tint: 0 | 1;
  /** For what is drawn at random on it. */
  readonly seed: string;
  readonly film: boolean;
}

const mixed: Readonly<Record<PageKind, number>> = {
  title: 1,
  bullets: 5,
  columns: 2,
  code: 1,
  maths: 1,
  table: 1.5,
  chart: 2,
  'one-word': 0.7,
  diagram: 1.5,
  picture: 1,
  quote: 1,
};

const leading: Readonly<Record<Exclude<Choices['content'], 'mixed'>, PageKind>> = {
  bullets: 'bullets',
  code: 'code',
  maths: 'maths',
  tables: 'table',
  charts: 'chart',
  'one-word': 'one-word',
  diagrams: 'diagram',
  pictures: 'picture',
  quotes: 'quote',
};

function kindFor(content: Choices['content'], held: ReadonlySet<PageKind>, random: Random): PageKind {
  if (content !== 'mixed' && random.chance(0.75)) return leading[content];
  return random.weighted<PageKind>(
    Object.fromEntries(Object.entries(mixed).filter(([kind]) => !held.has(kind as PageKind))),
  );
}

const codeNames = ['count', 'total', 'limit', 'index', 'buffer', 'weight', 'result', 'offset', 'height', 'queue'];

function codeLines(random: Random, count: number): string[] {
  const name = (): string => random.pick(codeNames);
  const makers = [
    () => `const ${name()} = read(${name()}, ${random.whole(2, 64)});`,
    () => `if (${name()} > ${random.whole(2, 900)}) {`,
    () => `  ${name()} += ${name()} * ${random.whole(2, 9)};`,
    () => `for (const item of ${name()}) {`,
    () => `  return ${name()} / ${name()};`,
    () => `function ${name()}(${name()}, ${name()}) {`,
    () => `  await send(${name()});`,
    () => `// ${name()} before ${name()}`,
    () => '}',
  ];
  return Array.from({ length: count }, () => random.pick(makers)());
}

function formulas(random: Random, count: number): string[] {
  const letter = (): string => random.pick(['x', 'y', 'a', 'b', 'k', 'm', 'n', 'u', 'v']);
  const makers = [
    () => `${letter()}(t) = ${random.whole(2, 9)}${letter()} + ${random.whole(10, 99)}`,
    () => `${letter()} = (${letter()} − ${letter()}) / ${random.whole(2, 40)}`,
    () => `f(${letter()}) = ${letter()} + ${random.whole(2, 9)}${letter()} − ${random.whole(2, 30)}`,
    () => `${letter()} ≤ ${random.whole(20, 99)} + ${letter()}`,
  ];
  return Array.from({ length: count }, () => random.pick(makers)());
}

const listed = (writer: Writer, random: Random, least: number, most: number): string[] =>
  Array.from({ length: random.whole(least, most) }, () => writer.phrase(3, 7));

function tableOf(writer: Writer, random: Random): string[][] {
  const columns = random.whole(3, 4);
  const head = Array.from({ length: columns }, () => writer.oneWord());
  const rows = Array.from({ length: random.whole(3, 6) }, () => [
    writer.oneWord(),
    ...Array.from({ length: columns - 1 }, () => writer.number()),
  ]);
  return [head, ...rows];
}

function freshSpec(kind: PageKind, writer: Writer, random: Random, film: boolean): PageSpec {
  const base = {
    kind,
    heading: writer.heading(),
    lines: [] as string[],
    table: [] as string[][],
    values: [] as number[],
    tint: 0 as const,
    seed: String(random.below(1e9)),
    film,
  };
  switch (kind) {
    case 'title':
      return { ...base, lines: [writer.phrase(3, 6), writer.phrase(2, 3)] };
    case 'bullets':
      return { ...base, lines: listed(writer, random, 3, 6) };
    case 'columns':
      return { ...base, lines: Array.from({ length: 2 * random.whole(2, 4) }, () => writer.phrase(2, 4)) };
    case 'code':
      return { ...base, lines: codeLines(random, random.whole(6, 11)) };
    case 'maths':
      return { ...base, lines: formulas(random, random.whole(3, 5)) };
    case 'table':
      return { ...base, table: tableOf(writer, random) };
    case 'chart': {
      const values = Array.from({ length: random.whole(4, 7) }, () => random.whole(12, 98));
      return { ...base, values, lines: values.map(() => writer.oneWord()) };
    }
    case 'one-word':
      return { ...base, heading: random.chance(0.5) ? writer.oneWord() : writer.phrase(2, 2) };
    case 'diagram':
      return { ...base, lines: Array.from({ length: random.whole(3, 5) }, () => writer.oneWord()) };
    case 'picture':
      return { ...base, lines: [writer.phrase(2, 4)] };
    case 'quote':
    default:
      return { ...base, lines: listed(writer, random, 2, 3), heading: writer.phrase(1, 2) };
  }
}

/** Some other digit, one that does not look the same when it is small. */
const otherDigit: Readonly<Record<string, string>> = {
  '0': '4', '1': '8', '2': '9', '3': '7', '4': '0', '5': '1', '6': '2', '7': '5', '8': '4', '9': '2',
}; // prettier-ignore

/** The last digit that the text holds, another one. */
function withOtherDigit(text: string): string | undefined {
  const at = text.search(/\d(?!.*\d)/);
  return at < 0 ? undefined : text.slice(0, at) + otherDigit[text[at]!] + text.slice(at + 1);
}

/** The page that differs from another in one thing alone. */
function twinOf(spec: PageSpec, how: Choices['twins'], writer: Writer, random: Random, place: number): PageSpec {
  const changeLine = (change: (line: string) => string | undefined): PageSpec => {
    const at = spec.lines.length > 0 ? random.below(spec.lines.length) : -1;
    const changed = at < 0 ? undefined : change(spec.lines[at]!);
    return changed === undefined ? numbered() : { ...spec, lines: spec.lines.with(at, changed) };
  };
  const numbered = (): PageSpec => ({ ...spec, heading: `${spec.heading.replace(/ \d+$/, '')} ${place + 1}` });
  switch (how) {
    case 'digit':
      if (spec.table.length > 0) {
        const row = random.whole(1, spec.table.length - 1);
        const changed = spec.table[row]!.with(1, withOtherDigit(spec.table[row]![1]!) ?? '71');
        return { ...spec, table: spec.table.with(row, changed) };
      }
      return changeLine(withOtherDigit);
    case 'word':
      return changeLine((line) => line.replace(/[^ ]+$/, writer.word()));
    case 'row':
      if (spec.table.length > 0)
        return {
          ...spec,
          table: [
            ...spec.table.slice(0, -1),
            tableOf(writer, random)[1]!.concat(['7']).slice(0, spec.table[0]!.length),
          ],
        };
      return changeLine(() => writer.phrase(3, 6));
    case 'colour':
      return { ...spec, tint: spec.tint === 0 ? 1 : 0 };
    case 'suffix':
      return { ...spec, heading: `${spec.heading.replace(/ \([^)]*\)$/, '')} (${writer.word()})` };
    case 'numbered':
    case 'none':
    default:
      return numbered();
  }
}

/** Pages of a deck: mostly their own, and where twins are asked for, runs of pages that differ in one thing. */
export function deckSpecs(choices: Choices, random: Random, count: number, held: ReadonlySet<PageKind>): PageSpec[] {
  const writer = new Writer(choices.language, random);
  const specs: PageSpec[] = [];
  const filmAt = choices.lives === 'film' || choices.lives === 'gif' ? random.whole(0, Math.min(2, count - 1)) : -1;
  while (specs.length < count) {
    const place = specs.length;
    const before = specs.at(-1);
    const isTwin = choices.twins !== 'none' && before !== undefined && random.chance(0.6);
    const last = isTwin ? twinOf(before, choices.twins, writer, random, place) : undefined;
    if (last && !specs.some((other) => sayTheSame(other, last))) {
      specs.push(last);
      continue;
    }
    const kind = place === 0 && choices.content === 'mixed' ? 'title' : kindFor(choices.content, held, random);
    const twinnable = choices.twins === 'digit' && !isTwin && random.chance(0.7) ? 'table' : kind;
    const spec = freshSpec(place === filmAt ? 'bullets' : twinnable, writer, random, place === filmAt);
    if (!specs.some((other) => sayTheSame(other, spec))) specs.push(spec);
  }
  return specs;
}

const sayTheSame = (a: PageSpec, b: PageSpec): boolean =>
  JSON.stringify({ ...a, seed: '' }) === JSON.stringify({ ...b, seed: '' });
