import type { Choices } from './kinds.ts';

/** The container that a codec goes into. */
export const endingOf = (codec: Choices['codec']): string => (codec === 'vp9' ? 'webm' : 'mp4');
