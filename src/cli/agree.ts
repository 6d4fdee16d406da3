import { createInterface } from 'node:readline/promises';
import { plainText } from '../core/plain-text.ts';
import { redact } from '../core/secrets.ts';

/** Asks on the terminal; undefined where nobody is there to answer. */
export function askedOnTerminal(silent: boolean): ((question: string) => Promise<boolean>) | undefined {
  if (silent || !process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return /^\s*y(es)?\s*$/i.test(await lines.question(`${plainText(redact(question))} [y/N] `));
    } finally {
      lines.close();
    }
  };
}
