import assert from 'node:assert/strict';
import { test } from 'node:test';
import { control, cut, eraseLine, nameOf, writeTo } from './print.ts';

function printed(text: string): string {
  let out = '';
  writeTo({ write: (part: string | Uint8Array) => ((out += String(part)), true) }, text);
  return out;
}

test('what others wrote drives no terminal; what is meant does', () => {
  const bad = 'a\u001b[31mb\u0007c\rd\u009b2Je\u202egpj.exe\u2066\u2028f';
  assert.equal(printed(`${bad}\n`), 'a [31mb c d 2Jegpj.exe f\n');
  assert.equal(printed(`${eraseLine}${control('[1m')}x${control('[22m')}`), '\r\u001b[2K\u001b[1mx\u001b[22m');
  assert.equal(nameOf('/videos/a\nError: b.mp4'), 'a Error: b.mp4');
});

test('text of any script stays as it is', () => {
  for (const text of ['Übersicht', 'مرحبا بالعالم', 'שלום', '日本語', '👩‍👩‍👧 family', 'a\tb'.replace('\t', ' ')]) {
    assert.equal(printed(text), text);
  }
});

test('a line is cut by what is seen of it', () => {
  const line = `${control('[36m')}abc${control('[39m')}def`;
  assert.equal(printed(cut(line, 4)), '\u001b[36mabc\u001b[39md');
  assert.equal(cut('日本語', 2), '日本');
});
