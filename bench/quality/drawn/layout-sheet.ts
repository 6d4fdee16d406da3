import type { TextStyle, Theme } from './page.ts';
import type { PageSpec } from './spec.ts';

/** A page and how it is to be laid out. */
export interface Sheet {
  readonly spec: PageSpec;
  readonly theme: Theme;
  readonly width: number;
  readonly rightToLeft: boolean;
  /** Its place in the deck, from 1. */
  readonly number: number;
  /** Steps are taken where the page is built line by line. */
  readonly built: boolean;
}

export const margin = 90;

export function styles({ theme, spec, rightToLeft }: Sheet): Record<'head' | 'body' | 'small', TextStyle> {
  const accent = spec.tint === 0 ? theme.ink : theme.tinted;
  const more = { rightToLeft, align: rightToLeft ? 'right' : 'left' } as const;
  return {
    head: { face: theme.headFace, size: Math.round(56 * theme.scale), color: accent, bold: true, ...more },
    body: { face: theme.bodyFace, size: Math.round(36 * theme.scale), color: theme.soft, ...more },
    small: { face: theme.bodyFace, size: Math.round(28 * theme.scale), color: theme.soft, ...more },
  };
}

export const colours = ({ spec, theme }: Sheet): readonly [string, string] =>
  spec.tint === 0 ? [theme.accent, theme.second] : [theme.second, theme.accent];
