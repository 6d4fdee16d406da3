import type { TextBlock, TextReading } from '../../../core/measurement.ts';
import type { FrameKind } from '../../../core/slide.ts';
import { isInterfaceMessage } from './interface-words.ts';
import type { KindFigures } from './kind-figures.ts';

export interface KindDecision {
  readonly kind: FrameKind;
  /** 0–1. Rules of thumb, not probabilities: at 0.5 the rule barely held. */
  readonly confidence: number;
  readonly rule: string;
}

/** Shares are 0–1, of the picture. Read off recordings of desktops, calls and talks; see docs/decisions/0006. */
export const kindSettings = {
  /** An editor or browser: rows of small symbols across the top, and the grey textures of its panels. */
  toolRows: 0.55,
  toolTexture: 0.09,
  /** So many menu words near the top make it a desktop whatever it looks like. */
  menuWords: 4,
  menuWordsOfBars: 2,
  /** Below this mean luma with few details there is nothing to see; a dark slide stays longer than a loading screen. */
  blackMean: 10,
  blackDetails: 0.06,
  blackSeconds: 4,
  /** Above this luma the ground of an empty picture is a blank page rather than a blank screen. */
  pageLevel: 170,
  emptyMarks: 0.006,
  /** It is even, and stays for longer than a page that is being loaded. */
  pageEven: 0.9,
  pageSeconds: 4,
  /** Filmed life is textured throughout and moves; drawings have even ground. */
  filmedEven: 0.4,
  filmedMoving: 0.25,
  /** A picture without a ground colour in which something moves was filmed, however soft its background. */
  filmedGround: 0.22,
  filmedStir: 0.04,
  /** A picture without a word and with few lines is an emblem, an avatar, a waiting screen. */
  wordlessDetails: 0.03,
  /** An inset from this share on is a speaker. */
  insetShare: 0.012,
  /** An inset above this share is a film on the slide. */
  filmShare: 0.36,
  /** Where more than this moves and no word stands, somebody is filmed. */
  wordlessMoving: 0.15,
  /** Texture of a picture that a camera took. */
  filmedTexture: 0.05,
  /** A gallery has so many places that live, on so much of the picture together, and names of so many words. */
  galleryTiles: 3,
  galleryShare: 0.12,
  galleryWords: 3,
  /** A terminal is full of lines of one height from its left edge on. */
  terminalLines: 12,
  terminalLeft: 0.03,
  terminalAligned: 0.8,
  terminalHeights: 1.5,
} as const;

/** Without what programs write over a page, and what stands on most of them. */
export const charactersOf = ({ blocks }: TextReading, template?: (block: TextBlock) => boolean): number =>
  blocks.reduce((sum, block) => {
    const counts = !isInterfaceMessage(block.text) && template?.(block) !== true;
    return sum + (counts ? block.text.replace(/\s+/gu, '').length : 0);
  }, 0);

/** Characters that make words rather than a mark in a corner. */
const fewestCharacters = 3;

const menu = new Set(
  'file edit view insert format tools window help slide arrange extensions share present untitled bookmarks layout'
    .concat(' datei bearbeiten ansicht einfügen extras fenster hilfe fichier édition affichage outils fenêtre aide')
    .concat(' archivo edición ver insertar formato herramientas ventana ayuda')
    .split(' '),
);

export interface KindEvidence {
  readonly figures: KindFigures;
  readonly settled: boolean;
  readonly shaky: boolean;
  readonly seconds: number;
  /** Height of the picture the text's boxes refer to, pixels. */
  readonly height: number;
  /** Its width, where text was read. */
  readonly pictureWidth?: number;
  /** Undefined where text was not looked for. */
  readonly text?: TextReading;
  /** Whether a block stands on most pages of the recording: a banner, a recorder's mark. */
  readonly template?: (block: TextBlock) => boolean;
}

/** Says what a view shows, by what stands still in it, what moves, and the text if it was read. */
export function decideKind(evidence: KindEvidence): KindDecision {
  const { figures, settled, shaky, seconds, text } = evidence;
  const s = kindSettings;
  const wordless = text?.state === 'none';
  // Words on even ground are a page, whatever its colour and however few they are.
  const worded = text?.state === 'read' && charactersOf(text) >= fewestCharacters;
  // A black screen with a program's message, or under a recorder's mark, is a black screen.
  const told = text?.blocks.some(({ text: line }) => isInterfaceMessage(line)) === true;
  const own = worded && !told && charactersOf(text, evidence.template) >= fewestCharacters;
  if (!settled) return filmedOrOther(figures, 'never-at-rest');
  const words = menuWordsOf(evidence);
  if (words >= s.menuWords)
    return { kind: 'screen', confidence: Math.min(0.95, 0.6 + 0.05 * words), rule: 'menu-words' };
  const bars = figures.toolRows >= s.toolRows && figures.texture >= s.toolTexture;
  // What looks like tool bars may be a banner: their words tell, where there are words.
  if (bars && (!worded || words >= s.menuWordsOfBars || hasAddress(evidence))) {
    return { kind: 'screen', confidence: Math.min(0.9, 0.5 + figures.toolRows / 3), rule: 'tool-bars' };
  }
  if (isTerminal(evidence)) return { kind: 'screen', confidence: 0.7, rule: 'terminal' };
  if (isGallery(evidence)) return { kind: 'speaker', confidence: 0.7, rule: 'gallery' };
  if (text && !worded && figures.moving > s.wordlessMoving) {
    return { kind: 'speaker', confidence: 0.6, rule: 'lives-wordless' };
  }
  if (!own && figures.mean < s.blackMean && figures.details < s.blackDetails && seconds < s.blackSeconds) {
    return { kind: 'other', confidence: 0.8, rule: 'black' };
  }
  if (!own && figures.marks < s.emptyMarks) {
    const light = figures.groundLevel >= s.pageLevel && figures.ground >= s.filmedGround;
    const page = light && figures.even >= s.pageEven && seconds >= s.pageSeconds;
    return page
      ? { kind: withSpeaker(figures, shaky), confidence: 0.5, rule: 'blank-page' }
      : { kind: 'other', confidence: 0.7, rule: 'empty' };
  }
  if (figures.even < s.filmedEven && (figures.moving > s.filmedMoving || (wordless && shaky))) {
    return filmedOrOther(figures, 'filmed');
  }
  if (figures.ground < s.filmedGround && figures.moving > s.filmedStir) {
    return { kind: 'speaker', confidence: Math.min(0.9, 0.6 + figures.moving), rule: 'no-ground-colour' };
  }
  // Signs that could not be read are words of another script, or a face in which the recognizer saw some.
  const lives = text?.state === 'unreadable' && figures.lively > 0;
  if ((wordless || lives) && figures.details < s.wordlessDetails)
    return { kind: 'other', confidence: 0.6, rule: 'wordless-emblem' };
  const readable = text?.state === 'read' ? 0.15 : 0;
  const confidence = Math.min(0.98, 0.55 + 0.3 * figures.even + readable - 0.3 * figures.moving);
  return { kind: withSpeaker(figures, shaky), confidence: Math.max(0.5, confidence), rule: 'still-page' };
}

function filmedOrOther(figures: KindFigures, rule: string): KindDecision {
  const lively = figures.even < kindSettings.filmedEven || figures.ground < kindSettings.filmedGround;
  const filmed = lively && figures.mean > kindSettings.blackMean;
  return { kind: filmed ? 'speaker' : 'other', confidence: filmed ? 0.6 : 0.5, rule };
}

function withSpeaker(figures: KindFigures, shaky: boolean): FrameKind {
  // A film that fills the page is what the page shows.
  if (figures.largestLively > kindSettings.filmShare) return 'slide';
  return figures.inset >= kindSettings.insetShare ||
    (shaky && figures.moving > 0.02 && figures.texture > kindSettings.filmedTexture)
    ? 'slide-with-speaker'
    : 'slide';
}

/** Faces in tiles with names below, and no line that is more than a name. */
function isGallery({ figures, text }: KindEvidence): boolean {
  const s = kindSettings;
  if (!text || figures.lively < s.galleryTiles || figures.inset < s.galleryShare) return false;
  return text.blocks.every(({ text: line }) => line.split(/\s+/u).length <= s.galleryWords);
}

/** Lines of one height, one below the other from the left edge to the lower one, without a heading. */
function isTerminal({ text, pictureWidth, height }: KindEvidence): boolean {
  const s = kindSettings;
  const lines = text?.blocks ?? [];
  if (lines.length < s.terminalLines || pictureWidth === undefined) return false;
  const aligned = lines.filter(({ box: [x] }) => x <= s.terminalLeft * pictureWidth).length;
  const heights = lines.map(({ box: [, , , h] }) => h).toSorted((a, b) => a - b);
  const usual = heights[heights.length >> 1]!;
  const even = heights.filter((h) => h > usual / s.terminalHeights).length >= s.terminalAligned * lines.length;
  const [top, bottom] = [
    Math.min(...lines.map(({ box: [, y] }) => y)),
    Math.max(...lines.map(({ box: [, y, , h] }) => y + h)),
  ];
  const full = top < 0.08 * height && bottom > 0.9 * height;
  const heading = heights.at(-1)! > s.terminalHeights * usual;
  return full && even && !heading && aligned >= s.terminalAligned * lines.length;
}

/** The address of a page stands in the top tenth. One with an at sign, or in the middle of a line, is somebody's. */
function hasAddress({ text, height }: KindEvidence): boolean {
  const atTop = (text?.blocks ?? []).filter(({ box: [, y, , h] }) => y + h <= height / 10);
  return atTop.some(
    ({ text: line }) =>
      !line.includes('@') && /(?:^|\s)(?:https?:|www\.|[\w-]+\.(?:com|org|net|io|edu)\/)/iu.test(line),
  );
}

/** How many different menu words stand in the top fifth of the picture. */
function menuWordsOf({ text, height }: KindEvidence): number {
  const found = new Set<string>();
  for (const { text: line, box } of text?.blocks ?? []) {
    if (box[1] + box[3] > height / 5) continue;
    for (const word of line.toLowerCase().split(/[^\p{L}]+/u)) if (menu.has(word)) found.add(word);
  }
  return found.size;
}
