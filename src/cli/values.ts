import { InvalidArgumentError } from 'commander';

/** A flag's value as a number. Throws InvalidArgumentError, which commander turns into its one line. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}
