import type { TextReading } from '../../core/measurement.ts';
import type { FrameKind } from '../../core/slide.ts';
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
  /** Below this mean luma with few details there is nothing to see; a dark slide stays longer than a loading screen. */
  blackMean: 10,
  blackDetails: 0.06,
  blackSeconds: 4,
  /** Above this mean luma an empty picture is a blank page rather than a blank screen. */
  pageMean: 170,
  emptyDetails: 0.012,
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
} as const;

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
  /** Undefined where text was not looked for. */
  readonly text?: TextReading;
}

/** Says what a view shows, by what stands still in it, what moves, and the text if it was read. */
export function decideKind(evidence: KindEvidence): KindDecision {
  const { figures, settled, shaky, seconds, text } = evidence;
  const s = kindSettings;
  const wordless = text?.state === 'none';
  if (!settled) return filmedOrOther(figures, 'never-at-rest');
  const words = menuWordsOf(evidence);
  if (words >= s.menuWords)
    return { kind: 'screen', confidence: Math.min(0.95, 0.6 + 0.05 * words), rule: 'menu-words' };
  if (figures.toolRows >= s.toolRows && figures.texture >= s.toolTexture) {
    return { kind: 'screen', confidence: Math.min(0.9, 0.5 + figures.toolRows / 3), rule: 'tool-bars' };
  }
  if (figures.mean < s.blackMean && figures.details < s.blackDetails && seconds < s.blackSeconds) {
    return { kind: 'other', confidence: 0.8, rule: 'black' };
  }
  if (figures.details < s.emptyDetails) {
    const page = figures.mean >= s.pageMean && figures.even > 0.95;
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
  if (wordless && figures.details < s.wordlessDetails)
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
  return figures.inset >= kindSettings.insetShare || (shaky && figures.moving > 0.02) ? 'slide-with-speaker' : 'slide';
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
