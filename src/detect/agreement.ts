import type { Event } from '../core/event.ts';
import type { Answered } from '../core/observation.ts';

export interface FieldAgreement {
  readonly question: string;
  readonly field: string;
  /** Windows that both runs answered. */
  readonly windows: number;
  /** Share of them with the same value, 0–1. */
  readonly agreement: number;
  /** Cohen's κ; undefined for values that are no names or truth values, and where both runs say one thing only. */
  readonly kappa: number | undefined;
}

/** Events of the same rule that overlap, one to one. */
export interface MatchedEvents {
  readonly matched: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

/** For each field of each question, over the windows (by their start) that both runs answered. */
export function agreements(first: readonly Answered[], second: readonly Answered[]): FieldAgreement[] {
  const place = ({ question, span }: Answered) => `${question}@${span.start}`;
  const others = new Map(second.map((one) => [place(one), one]));
  const pairs = new Map<string, [unknown, unknown][]>();
  for (const one of first) {
    const other = others.get(place(one));
    if (!other) continue;
    for (const [field, value] of Object.entries(one.answer)) {
      const key = `${one.question}\0${field}`;
      pairs.set(key, [...(pairs.get(key) ?? []), [value, other.answer[field]]]);
    }
  }
  return [...pairs].map(([key, values]) => {
    const [question = '', field = ''] = key.split('\0');
    const same = values.filter(([a, b]) => JSON.stringify(a) === JSON.stringify(b)).length;
    const named = values.every(([a, b]) => isName(a) && isName(b));
    return {
      question,
      field,
      windows: values.length,
      agreement: same / values.length,
      kappa: named ? cohensKappa(values) : undefined,
    };
  });
}

const isName = (value: unknown): boolean => typeof value === 'string' || typeof value === 'boolean';

/**
 * Agreement beyond chance: (observed − expected) ÷ (1 − expected), where expected comes from how often each run says
 * each value (Cohen 1960). Undefined where both only ever say the same one thing: chance would agree as well.
 */
export function cohensKappa(pairs: readonly (readonly [unknown, unknown])[]): number | undefined {
  const share = (side: 0 | 1, value: unknown) => pairs.filter((pair) => pair[side] === value).length / pairs.length;
  const values = new Set(pairs.flat());
  const observed = pairs.filter(([a, b]) => a === b).length / pairs.length;
  const expected = [...values].reduce<number>((sum, value) => sum + share(0, value) * share(1, value), 0);
  return expected === 1 ? undefined : (observed - expected) / (1 - expected);
}

/** Pairs events of one rule that overlap, each at most once, the longest overlaps first. */
export function matchEvents(first: readonly Event[], second: readonly Event[]): MatchedEvents {
  const overlaps = first.flatMap((a) =>
    second.flatMap((b) => {
      const seconds = Math.min(a.end, b.end) - Math.max(a.start, b.start);
      return a.rule === b.rule && seconds > 0 ? [{ a, b, seconds }] : [];
    }),
  );
  const taken = new Set<Event>();
  let matched = 0;
  for (const { a, b } of overlaps.sort((x, y) => y.seconds - x.seconds)) {
    if (taken.has(a) || taken.has(b)) continue;
    taken.add(a).add(b);
    matched += 1;
  }
  return { matched, onlyFirst: first.length - matched, onlySecond: second.length - matched };
}
