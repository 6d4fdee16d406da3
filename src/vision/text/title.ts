import { heightOf, middleOf, widthOf, type ReadLine } from './line.ts';

/** Titles stand in the upper three quarters: below are footers, page numbers and captions. */
const lowest = 0.75;
/** A line at the very bottom would have to be larger by this share of the largest than one at the top. */
const drop = 0.9;
/** More lines than this at one size are running text, of which only the first is taken; so is a longer title. */
const maxLines = 3;
const longest = 100;
/** What starts like a point of a list is a title only where nothing else is there. */
const bullet = /^[·•●○▪■◆*–—-]/u;

/**
 * The most prominent text of a slide: large and far up, with the lines of the same size directly below or above it.
 * `lines` in reading order, `pictureHeight` in their pixels. Undefined where no line has two letters.
 */
export function chooseTitle(lines: readonly ReadLine[], pictureHeight: number): string | undefined {
  const lettered = lines.filter(
    (line) => /\p{L}.*\p{L}/u.test(line.text) && isMostlyLetters(line.text) && middleOf(line) < pictureHeight * lowest,
  );
  const unmarked = lettered.filter((line) => !bullet.test(line.text));
  const candidates = unmarked.length > 0 ? unmarked : lettered;
  const largest = Math.max(...candidates.map(sizeOf));
  const prominence = (line: ReadLine): number => sizeOf(line) / largest - (drop * middleOf(line)) / pictureHeight;
  const first = candidates.reduce<ReadLine | undefined>(
    (best, line) => (best === undefined || prominence(line) > prominence(best) ? line : best),
    undefined,
  );
  if (first === undefined) return undefined;
  const group = [first];
  for (const member of group) {
    for (const line of lines) {
      if (!group.includes(line) && (isNextLine(member, line) || isNextLine(line, member))) group.push(line);
    }
  }
  const title = lines.filter((line) => group.includes(line)).map((line) => line.text);
  return title.length > maxLines || title.join(' ').length > longest ? first.text : title.join(' ');
}

/** Height and breadth of the letters weighed alike: a formula is high by its superscripts, capitals are broad. */
const sizeOf = (line: ReadLine): number => heightOf(line) / 2 + widthOf(line) / Math.max(3, line.text.length);

function isMostlyLetters(text: string): boolean {
  const shown = text.replace(/\s/gu, '');
  return (shown.match(/\p{L}/gu)?.length ?? 0) * 2 >= shown.length;
}

function isNextLine(above: ReadLine, below: ReadLine): boolean {
  const height = heightOf(above);
  const alike = Math.abs(sizeOf(above) - sizeOf(below)) <= 0.15 * Math.max(sizeOf(above), sizeOf(below));
  if (!alike || middleOf(below) <= middleOf(above) || below.y0 - above.y1 > height * 0.5) return false;
  if (bullet.test(below.text)) return false;
  const aligned = Math.abs(above.x0 - below.x0) < height;
  const centred = Math.abs(above.x0 + above.x1 - below.x0 - below.x1) / 2 < height;
  return aligned || centred;
}
