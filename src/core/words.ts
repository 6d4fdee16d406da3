/** `1,234`. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-GB');

/** `1 slide`, `1,234 slides`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
