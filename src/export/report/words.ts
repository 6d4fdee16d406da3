import type { FrameKind } from '../../core/slide.ts';

/** `3:07`, and `1:03:07` once the video has an hour. */
export function clock(seconds: number, ofSeconds = seconds): string {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (ofSeconds >= 3600) return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
  return `${minutes}:${two(whole % 60)}`;
}

/** `42 s`, `3 min 7 s`, `1 h 4 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

export function bytes(size: number): string {
  if (size < 1e6) return `${Math.max(1, Math.round(size / 1e3))} kB`;
  return size < 1e9 ? `${(size / 1e6).toFixed(size < 1e7 ? 1 : 0)} MB` : `${(size / 1e9).toFixed(1)} GB`;
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
