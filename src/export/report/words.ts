import type { FrameKind } from '../../core/slide.ts';

/** `42 s`, `3 min 7 s`, `1 h 4 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export const kindWords: Readonly<Record<FrameKind, string>> = {
  slide: 'Slide',
  'slide-with-speaker': 'Slide with speaker',
  speaker: 'Speaker',
  screen: 'Screen',
  other: 'Other',
};

/** One of 36 hues. The golden angle keeps neighbours far apart, so that two slides in a row never look alike. */
export const hueClass = (slideIndex: number): string => `h${Math.round(slideIndex * 13.7508) % 36}`;
