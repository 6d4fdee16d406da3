/** A process that serves methods to the test of `rpc.ts`. */
import { once } from 'node:events';
import { serve, type Method } from './rpc.ts';

export interface FixtureMethods {
  readonly double: Method<Uint8Array, Uint8Array>;
  /** Answers after so many milliseconds. */
  readonly wait: Method<number, number>;
  /** Tells each number up to this one, then answers how many there were. */
  readonly count: Method<number, number, { readonly at: number }>;
  readonly refuse: Method<string>;
  /** Ends by an abort alone, and answers its reason. */
  readonly untilAborted: Method<void, string, 'began'>;
  readonly deaf: Method<void, void, 'began'>;
  readonly die: Method<number>;
}

serve<FixtureMethods>({
  double: (numbers) => numbers.map((number) => 2 * number),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms, ms)),
  count: (last, { tell }) => {
    for (let at = 1; at <= last; at += 1) tell({ at });
    return last;
  },
  refuse: (why) => {
    throw new Error(why);
  },
  untilAborted: async (_, { signal, tell }) => {
    tell('began');
    if (!signal.aborted) await once(signal, 'abort');
    return (signal.reason as Error).message;
  },
  deaf: async (_, { tell }) => {
    tell('began');
    await new Promise(() => {});
  },
  die: (code) => process.exit(code),
});
