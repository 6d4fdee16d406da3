import { execFile, fork } from 'node:child_process';
import { extname } from 'node:path';
import { promisify } from 'node:util';

export interface DecoderState {
  /** Whether it can be used here. */
  readonly there: boolean;
  /** Why not, or which version. */
  readonly says: string;
  /** Kinds of hardware decoding that it was built with. */
  readonly builtWith: readonly string[];
  /** Of these, the ones that open on this machine; undefined where it was not tried. */
  readonly opens?: readonly string[];
}

const run = promisify(execFile);
/** A driver that hangs is as good as none. */
const patienceMs = 15_000;

/** Whether the decoder in the package loads, and what hardware it could use. Never throws. */
export async function inspectNodeAv(): Promise<DecoderState> {
  const child = fork(new URL(`./node-av/hardware-child${extname(import.meta.url)}`, import.meta.url), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    timeout: patienceMs,
  });
  const found = new Map<string, boolean>();
  let error = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (error = `${error}${text}`.slice(0, 4000)));
  child.on('message', (message: { name: string; opens: boolean }) => found.set(message.name, message.opens));
  const code = await new Promise<number | null>((resolve) =>
    child.once('close', resolve).once('error', () => resolve(1)),
  );
  const builtWith = [...found.keys()];
  if (code !== 0 && builtWith.length === 0) {
    const absent = /ERR_MODULE_NOT_FOUND|Cannot find (package|module)/.test(error);
    const why = absent ? 'not installed' : (/^\w*Error: .*$/m.exec(error)?.[0] ?? 'does not load');
    return { there: false, says: why, builtWith };
  }
  return { there: true, says: 'loads', builtWith, opens: builtWith.filter((name) => found.get(name)) };
}

/** Whether the system has the ffmpeg program. Never throws. */
export async function inspectFfmpegProgram(): Promise<DecoderState> {
  try {
    const { stdout } = await run('ffmpeg', ['-version'], { timeout: patienceMs });
    const { stdout: methods } = await run('ffmpeg', ['-hide_banner', '-hwaccels'], { timeout: patienceMs });
    const builtWith = methods
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
      .filter(Boolean);
    return { there: true, says: /^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? 'there', builtWith };
  } catch {
    return { there: false, says: 'not on the PATH', builtWith: [] };
  }
}
