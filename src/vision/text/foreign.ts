import type { ReadLine } from './line.ts';
import { scriptProbabilities, scripts, type Script } from './script-model.ts';
import { shareOf } from './refine.ts';

/** Probability, after the other lines of the picture were heard, from which on a line counts as not to be read. */
const sure = 0.9;
/** How far lines of one picture may be of different scripts: what is added to each script's share. */
const openness = 0.02;
/** Fewer characters are a logo, a rule or a corner of a picture as often as a word. */
const minLetters = 4;
const readScripts: ReadonlySet<string> = new Set(['Latin', 'Han']);

export interface UnreadLines {
  readonly script: Script;
  readonly lines: readonly ReadLine[];
}

/** Whether a line was read in letters of its own script, by weights that know it. */
const isInItsScript = ({ text }: ReadLine): boolean =>
  scripts.some((script) => !readScripts.has(script) && shareOf(script, text) >= 0.5);

/**
 * Lines of scripts that the built-in weights do not know: they come out as letters that look alike, and are no text. Lines of one
 * picture mostly share a script, so each line's probabilities are weighed with those of all.
 */
export function foreignLines(lines: readonly ReadLine[]): readonly UnreadLines[] {
  const judged = lines
    .filter((line) => line.text.replaceAll(' ', '').length >= minLetters && !isInItsScript(line))
    .map((line) => ({ line, probabilities: scriptProbabilities(line.text, line.confidence) }));
  const shares = scripts.map(() => openness);
  let letters = 0;
  for (const { line, probabilities } of judged) {
    const weight = Math.min(30, line.text.length);
    letters += weight;
    for (const index of scripts.keys()) shares[index]! += probabilities[index]! * weight;
  }
  if (letters === 0) return [];
  const found = new Map<Script, ReadLine[]>();
  for (const { line, probabilities } of judged) {
    const weighed = probabilities.map((probability, index) => probability * (openness + shares[index]! / letters));
    const total = weighed.reduce((sum, value) => sum + value, 0);
    const best = weighed.indexOf(Math.max(...weighed));
    const script = scripts[best]!;
    if (readScripts.has(script) || weighed[best]! / total < sure) continue;
    found.set(script, [...(found.get(script) ?? []), line]);
  }
  return [...found].map(([script, own]) => ({ script, lines: own }));
}
