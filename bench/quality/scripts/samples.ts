import { createCanvas, GlobalFonts, type Canvas } from '@napi-rs/canvas';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Picture } from '../../../src/core/frame.ts';
import type { Script } from '../../../src/vision/text/script-model.ts';
import { faces } from '../drawn/fonts.ts';
import { Random } from '../drawn/random.ts';
import { Writer } from '../drawn/words.ts';

const words = (text: string): readonly string[] => text.split(/\s+/).filter(Boolean);

/** Common words of scripts that talks are not drawn in. */
const further: Readonly<Record<string, { readonly font: string; readonly words: readonly string[] }>> = {
  Hebrew: {
    font: 'noto-sans-hebrew',
    words: words(`מדידה נהר מזג אוויר חורף אביב חוף אי עיר גשר נתונים מודל שגיאה תוצאה מקור שיטה אות רמה גובה עומק
      מהירות מים קרקע יער שדה בית ספר תלמיד שאלה תשובה מדע שפה מילה חלק סיבה פתרון זיכרון רשת שכבה חיפוש טבלה אזור גבול חברה`),
  },
  Devanagari: {
    font: 'noto-sans-devanagari',
    words: words(`मापन नदी मौसम सर्दी वसंत तट द्वीप शहर पुल डेटा मॉडल त्रुटि परिणाम स्रोत विधि संकेत स्तर ऊँचाई गहराई गति जल मिट्टी
      वन खेत विद्यालय छात्र प्रश्न उत्तर विज्ञान भाषा शब्द भाग कारण समाधान स्मृति जाल परत खोज तालिका क्षेत्र सीमा समाज`),
  },
  Thai: {
    font: 'noto-sans-thai',
    words: words(`การวัด แม่น้ำ อากาศ ฤดูหนาว ชายฝั่ง เกาะ เมือง สะพาน ข้อมูล แบบจำลอง ข้อผิดพลาด ผลลัพธ์ แหล่งที่มา วิธีการ สัญญาณ ระดับ
      ความสูง ความลึก ความเร็ว น้ำ ดิน ป่าไม้ โรงเรียน นักเรียน คำถาม คำตอบ วิทยาศาสตร์ ภาษา คำ ส่วน เหตุผล ความจำ เครือข่าย ตาราง`),
  },
};

const ofDrawn = { Cyrillic: 'ru', Greek: 'el', Arabic: 'ar', Han: 'zh' } as const;
const european = ['en', 'en', 'en', 'de', 'fr', 'pl', 'es'] as const;

const require = createRequire(import.meta.url);

/** The further scripts' font packages that are not installed. */
export function missingFonts(): readonly string[] {
  return ['noto-sans-arabic', ...Object.values(further).map(({ font }) => font)].filter((name) => {
    try {
      const file = `${name}-${name.replace('noto-sans-', '')}-400-normal.woff`;
      const path = join(dirname(require.resolve(`@fontsource/${name}/package.json`)), 'files', file);
      return !existsSync(path) || !GlobalFonts.registerFromPath(path, `script ${name}`);
    } catch {
      return true;
    }
  });
}

const signs = ['α = 0.05', 'σ² / n', 'p < 0.001', 'Δt', 'µm', '≥', '→', '±', '%', '§ 4.2', '@', '#', '€', '$'];

/** Lines as slides hold them that are no sentences: code, addresses, formulas, short forms. */
function technical(random: Random): string {
  const name = (): string =>
    random.pick([
      'count',
      'maxLen',
      'x_i',
      'HTTP',
      'GPU',
      'k8s',
      'npm',
      'README',
      'ok',
      'kWh',
      'H2O',
      'Fig.',
      'vs.',
      'No.',
    ]);
  const makers = [
    () => `${name()}(${name()}, ${random.below(99)})`,
    () => `if ${name()} != ${random.below(9)}:`,
    () => `https://www.${name().toLowerCase()}.org/${name()}`,
    () => `${random.pick(signs)} ${random.between(0, 99).toFixed(2)} ${name()}`,
    () => `${random.below(2000)} – ${random.below(2000)}`,
    () => `${name()} ${random.pick(signs)} ${name()} = ${random.below(999)}`,
    () => `v${random.below(9)}.${random.below(20)}.${random.below(9)}`,
    () =>
      `${String.fromCodePoint(65 + random.below(26))}${String.fromCodePoint(65 + random.below(26))}-${random.below(99)}`,
  ];
  return Array.from({ length: random.whole(1, 2) }, () => random.pick(makers)()).join(' ');
}

function textIn(script: Script, random: Random): string {
  if (script === 'Latin') {
    if (random.chance(0.3)) return technical(random);
    const text = new Writer(random.pick(european), random).phrase(1, 6);
    return random.chance(0.15) ? text.toUpperCase() : text;
  }
  const drawn = ofDrawn[script as keyof typeof ofDrawn];
  if (drawn !== undefined) {
    const text = new Writer(drawn, random).phrase(1, 6);
    return random.chance(0.15) ? text.toUpperCase() : text;
  }
  const list = further[script]!.words;
  return Array.from({ length: random.whole(1, 5) }, () => random.pick(list)).join(script === 'Thai' ? '' : ' ');
}

function familiesOf(script: Script, random: Random): string {
  const font = further[script]?.font ?? (script === 'Arabic' ? 'noto-sans-arabic' : undefined);
  return font === undefined
    ? random.pick([faces.sans, faces.deja, faces.serif, faces.mono])
    : `"script ${font}", ${faces.sans}`;
}

export interface Sheet {
  readonly script: Script;
  readonly picture: Picture;
  readonly lines: number;
}

/** A page of some lines in one script, as sharp or as blurred as videos show them. */
export function sheetOf(script: Script, seed: string): Sheet {
  const random = new Random(`${seed} ${script}`);
  const [width, height] = [1280, 720];
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const dark = random.chance(0.35);
  context.fillStyle = dark ? '#14212b' : '#fbfbf8';
  context.fillRect(0, 0, width, height);
  context.fillStyle = dark ? '#eef2f4' : '#222a31';
  const size = random.whole(18, 44);
  context.font = `${random.chance(0.25) ? 'bold ' : ''}${size}px ${familiesOf(script, random)}`;
  const lines = Math.min(9, Math.floor(640 / (size * 2)));
  for (let row = 0; row < lines; row += 1) context.fillText(textIn(script, random), 60, 70 + row * size * 2);
  return { script, picture: blurred(canvas, random.pick([1, 1, 0.75, 0.6, 0.5])), lines };
}

function blurred(canvas: Canvas, scale: number): Picture {
  const { width, height } = canvas;
  const small = createCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = small.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(canvas, 0, 0, small.width, small.height);
  const rgba = context.getImageData(0, 0, small.width, small.height).data;
  const data = new Uint8Array(small.width * small.height * 3);
  for (let pixel = 0; pixel < small.width * small.height; pixel += 1)
    for (let channel = 0; channel < 3; channel += 1) data[pixel * 3 + channel] = rgba[pixel * 4 + channel]!;
  return { data, width: small.width, height: small.height, channels: 3 };
}
