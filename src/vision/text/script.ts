const ideograph = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
/** What the weights know besides Latin letters, digits and their punctuation: CJK, its punctuation, full width, boxes. */
const eastern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\u3100-\u318f\uff00-\uffef\ufe50-\ufe6f\u2500-\u259f]/u;

/** For each class whether it belongs in a line of Latin text; the blank and the space do. */
export function latinClasses(alphabet: readonly string[]): Uint8Array {
  return Uint8Array.from(alphabet, (character) => (eastern.test(character) ? 0 : 1));
}

/**
 * Whether a line is Latin text into which a few eastern characters were misread: a bullet as 口, a comma at full
 * width. Such a line is decoded again without them.
 */
export function isStrayEastern(text: string): boolean {
  if (!eastern.test(text)) return false;
  let [latin, ideographs] = [0, 0];
  for (const character of text) {
    if (ideograph.test(character)) ideographs += 1;
    else if (/[\p{L}\p{N}]/u.test(character)) latin += 1;
  }
  return latin >= 3 && ideographs * 4 <= latin;
}
