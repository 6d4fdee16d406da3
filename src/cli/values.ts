import { InvalidArgumentError } from 'commander';

/** A flag's value as a number. Throws InvalidArgumentError, which commander turns into its one line. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** Flags without those that were left out: the rest is for the app's defaults. */
export function whatIsGiven<Flags extends object>(flags: Flags): Given<Flags> {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as Given<Flags>;
}

type Given<Flags> = { [Name in keyof Flags]?: Exclude<Flags[Name], undefined> };
