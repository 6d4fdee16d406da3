/** `1,234`. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-GB');

/** `1 slide`, `1,234 slides`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A moment of a video as players show it: `3:07`, and `1:03:07` where the video has an hour. */
export function clock(seconds: number, ofSeconds = seconds): string {
  // A time that was rounded down below a whole second is that second.
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (ofSeconds >= 3600) return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
  return `${minutes}:${two(whole % 60)}`;
}

/** How long something lasts, to the nearest second: `4:05`, `1:02:03`. */
export const lasting = (seconds: number): string => clock(Math.round(seconds));

/** `42 %`. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** `12 kB`, `1.5 MB`, `88 MB`, `1.7 GB`. */
export function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
