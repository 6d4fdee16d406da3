import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Served } from '../../simulated-server/server.ts';

/** A simulated server that runs as its own process. */
export interface ServerProcess extends AsyncDisposable {
  readonly ollama: string;
  readonly openai: string;
  readonly speed: number;
  /** What was asked since it was last forgotten. */
  served(): Promise<readonly Served[]>;
  forget(): Promise<void>;
}

export async function startServer(options: {
  readonly slots: number;
  readonly speed: number;
  /** The same question gets the same answer whatever the pictures are: what is guessed from it holds. */
  readonly steady?: boolean;
  /** Answers take as long as their text is, and not all the same. */
  readonly textLengths?: boolean;
  /** One of the simulated server's modes. */
  readonly mode?: string;
  readonly hideSlots?: boolean;
}): Promise<ServerProcess> {
  const main = fileURLToPath(new URL('../../simulated-server/main.ts', import.meta.url));
  const flags = ['--slots', String(options.slots), '--speed', String(options.speed)];
  if (options.steady) flags.push('--steady');
  if (options.textLengths) flags.push('--answer-tokens', 'text');
  if (options.mode) flags.push('--mode', options.mode);
  if (options.hideSlots) flags.push('--hide-slots');
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { url, ollama, openai } = JSON.parse(line) as { url: string; ollama: string; openai: string };
  return {
    ollama,
    openai,
    speed: options.speed,
    served: async () => ((await (await fetch(`${url}/simulated/served`)).json()) as { served: Served[] }).served,
    forget: async () => void (await fetch(`${url}/simulated/forget`)).body?.cancel(),
    [Symbol.asyncDispose]: async () => {
      const exit = once(child, 'exit');
      child.kill();
      await exit;
    },
  };
}
