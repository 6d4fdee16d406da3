/**
 * How well and at what cost the text of slides is read: one frame from the middle of each slide's last build, against
 * the text of the slides. `node bench/quality/text.ts [--width 1920] [--side 960] [--each] [talk …]`
 *
 * `f1` is over words (see `wordF1`), `cpu` the whole process's milliseconds a picture, `again` those for the same
 * picture given a second time.
 */
import { parseArgs } from 'node:util';
import { openTextRecognizer } from '../../src/vision/text/recognizer.ts';
import { frameOf, slidesOf, talks, talksMissing, wordF1 } from '../../src/vision/text/talks.fixture.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { width: { type: 'string' }, side: { type: 'string' }, each: { type: 'boolean' } },
});
const missing = talksMissing();
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exit(1);
}
const width = values.width === undefined ? undefined : Number(values.width);
const { signal } = new AbortController();
await using recognizer = await openTextRecognizer(
  values.side === undefined ? {} : { detectionSide: Number(values.side) },
);
const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const row = (...cells: readonly string[]): boolean =>
  print(cells.map((cell, i) => (i === 0 ? cell.padEnd(28) : cell.padStart(8))).join(''));

row('talk', 'slides', 'f1', 'worst', 'bar', 'lines', 'cpu', 'again');
for (const talk of talks.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const slides = slidesOf(talk).map((slide) => {
    return { slide, picture: frameOf(talk, slide.timeSeconds, width) };
  });
  const results: { f1: number; found: number; cpu: number; again: number }[] = [];
  for (const { slide, picture } of slides) {
    const copy = { ...picture, data: picture.data.slice() };
    const start = cpuMs();
    const reading = await recognizer.read(picture, { signal });
    const middle = cpuMs();
    await recognizer.read(copy, { signal });
    const f1 = wordF1(slide.text, reading.text);
    results.push({ f1, found: reading.found, cpu: middle - start, again: cpuMs() - middle });
    if (values.each === true) {
      row(`  ${slide.id}`, '', f1.toFixed(3), '', '', `${reading.found}`, `${Math.round(middle - start)}`);
      print(`     ${reading.title ?? '(no title)'}`);
    }
  }
  row(
    talk.name,
    `${results.length}`,
    mean(results.map(({ f1 }) => f1)).toFixed(3),
    Math.min(...results.map(({ f1 }) => f1)).toFixed(3),
    talk.bar.toFixed(2),
    mean(results.map(({ found }) => found)).toFixed(1),
    mean(results.map(({ cpu }) => cpu)).toFixed(0),
    mean(results.map(({ again }) => again)).toFixed(0),
  );
}
print(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, this program and its pictures included`);
