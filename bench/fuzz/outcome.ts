import { FramesiftError } from '../../src/core/errors.ts';

/** What became of one mutant. */
export interface Outcome {
  readonly kind: string;
  readonly seed: number;
  /** `read`: something came of it. `refused`: one line. `died`: its own process did. `hung`. `fault`: ours. */
  readonly state: 'read' | 'refused' | 'died' | 'hung' | 'fault';
  readonly says?: string;
  /** Of the process that read it, MB. */
  readonly megabytes?: number;
}

/** Runs what reads a mutant: errors of one line are its right, anything else is a fault of the program. */
export async function outcomeOf(kind: string, seed: number, read: () => Promise<unknown>): Promise<Outcome> {
  try {
    await read();
    return { kind, seed, state: 'read' };
  } catch (error) {
    const isLine = error instanceof FramesiftError && !error.message.includes('\n');
    const says = error instanceof Error ? (isLine ? error.message : (error.stack ?? error.message)) : String(error);
    return { kind, seed, state: isLine ? 'refused' : 'fault', says };
  }
}
