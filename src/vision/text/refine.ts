import type { Picture } from '../../core/frame.ts';
import type { FoundLanguage } from './language-data.ts';
import type { LineText } from './line.ts';
import { scriptProbabilities, scripts } from './script-model.ts';
import { openLanguageReader, type LanguageReader } from './tesseract.ts';

/** Reads lines a second time where they may be in one of the languages that were asked for. */
export interface Refiner extends AsyncDisposable {
  /** @param first what the built-in weights made of the line. What is returned hangs on the line alone. */
  refine(line: Picture, first: LineText): Promise<LineText>;
}

/** Below this nothing was made out: any of the languages may be what it is. */
const doubtful = 0.6;
/** Probability from which on a script is tried: reading once more costs 40 ms, leaving it out costs the line. */
const possible = 0.1;
/** Tesseract's own mean over words below which it is not believed; less where its letters are of the script that was told. */
const believed = { Latin: 0.6, other: 0.45 } as const;

const lettersIn: Readonly<Record<string, RegExp>> = {
  Cyrillic: /\p{Script=Cyrillic}/gu,
  Greek: /\p{Script=Greek}/gu,
  Arabic: /\p{Script=Arabic}/gu,
  Hebrew: /\p{Script=Hebrew}/gu,
  Devanagari: /\p{Script=Devanagari}/gu,
  Hangul: /\p{Script=Hangul}/gu,
  Han: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu,
};

/** Share of a text's letters that are of a script. */
export function shareOf(script: string, text: string): number {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const own = lettersIn[script];
  return letters === 0 || own === undefined ? 0 : (text.match(own)?.length ?? 0) / letters;
}

/** Throws FramesiftError `dependency` or `model` where a language cannot be loaded. */
export async function openRefiner(languages: readonly FoundLanguage[]): Promise<Refiner> {
  await using opened = new AsyncDisposableStack();
  const readers = new Map<string, LanguageReader>();
  for (const script of new Set(languages.map((language) => language.script))) {
    const own = languages.filter((language) => language.script === script);
    readers.set(script, opened.use(await openLanguageReader(own)));
  }
  const owned = opened.move();
  return {
    async refine(line, first) {
      const isDoubtful = first.text === '' || first.confidence < doubtful;
      const probabilities = scriptProbabilities(first.text, first.confidence);
      let best = first;
      for (const [script, reader] of readers) {
        const index = (scripts as readonly string[]).indexOf(script);
        if (!isDoubtful && !(index >= 0 && probabilities[index]! >= possible)) continue;
        const again = withBullet(first, await reader.read(line));
        if (again.text === '' || again.confidence < believed[script === 'Latin' ? 'Latin' : 'other']) continue;
        if (script === 'Latin') best = best === first ? withMarks(first, again) : best;
        else if (shareOf(script, again.text) > 0.5 && isBetter(again, best, first) && !isChinese(script, first, again))
          best = { ...again, confidence: Math.max(doubtful, again.confidence) };
      }
      return best;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const isBetter = (again: LineText, best: LineText, first: LineText): boolean =>
  best === first || again.confidence > best.confidence;

/** Signs with hardly a kana among them, of which the built-in weights, which know Chinese, are quite sure. */
function isChinese(script: string, first: LineText, again: LineText): boolean {
  const kana = again.text.match(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0;
  return script === 'Han' && first.confidence >= 0.99 && kana * 5 < again.text.length;
}

/** What stands before a point of a list is read as this and that: what the built-in weights make of it stays. */
function withBullet(first: LineText, again: LineText): LineText {
  const bullet = /^[·•●○▪■◆*.\-–—] ?/u.exec(first.text)?.[0];
  const other = /^(?:[^\p{L}\p{N}(]{1,2}|[eEoO0°]) /u.exec(again.text)?.[0];
  if (bullet === undefined || other === undefined) return again;
  return { ...again, text: `${bullet.trim()} ${again.text.slice(other.length)}` };
}

const plain = (word: string): string =>
  word
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'B')
    .replaceAll(/[łŁ]/gu, 'l')
    .replaceAll('œ', 'ce')
    .toLowerCase();

/**
 * The second reading's words where they say the same but for marks, which the built-in weights leave out: these read the
 * letters themselves better where the picture is coarse.
 */
export function withMarks(first: LineText, again: LineText): LineText {
  if (first.text === '' || first.confidence < doubtful) return again;
  const [own, marked] = [first.text.split(' '), again.text.split(' ')];
  // Cut into other words, one of the two is wrong: the surer one is taken.
  if (own.length !== marked.length) return again.confidence >= 0.85 ? again : first;
  const words = own.map((word, index) => {
    const other = marked[index]!;
    const alike = distance(plain(word), plain(other)) <= 1 + Math.floor(word.length / 5);
    return alike || first.confidence < 0.85 ? other : word;
  });
  return { text: words.join(' '), confidence: Math.max(first.confidence, again.confidence) };
}

/** Letters to be changed, added or taken out (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1)
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + Number(letter !== b[j])));
    row = next;
  }
  return row.at(-1)!;
}
