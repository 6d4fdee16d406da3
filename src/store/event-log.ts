import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { eventStreamVersion, type RunEvent, type ToldEvent } from '../core/run-event.ts';
import { toldEventSchema } from '../core/run-event-schema.ts';
import { redactedJson } from '../core/secrets.ts';
import { runFiles } from './run-files.ts';
import { isHeld } from './run-lock.ts';
import { outputError } from './write-file.ts';

/** How long a line may wait to be written, milliseconds: a second process that follows is that far behind. */
const writeEveryMs = 100;
/** How often a follower looks for more. */
const lookEveryMs = 150;

/**
 * `events.jsonl`: what a run tells, one event a line, so that a second process can follow it and replay it later. Numbers
 * events; those of a run that is continued go on where the earlier ones ended.
 */
export class EventLog implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  #next: number;
  #lines: string[] = [];
  #writing: Promise<void> | undefined;
  #failure: unknown;

  private constructor(path: string, file: FileHandle, next: number) {
    this.#path = path;
    this.#file = file;
    this.#next = next;
  }

  /**
   * @param resume whether the events of the earlier run stay. A line that a killed process left half written is cut off
   * @throws FramesiftError `output`
   */
  static async open(folder: string, resume: boolean): Promise<EventLog> {
    const path = join(folder, runFiles.stream);
    try {
      const file = await open(path, resume ? 'a+' : 'w');
      return new EventLog(path, file, resume ? await afterLast(file) : 0);
    } catch (error) {
      throw outputError(path, error);
    }
  }

  /** Numbers the event and has it written soon. */
  tell(event: RunEvent): ToldEvent {
    const told: ToldEvent = { v: eventStreamVersion, seq: this.#next, at: new Date().toISOString(), ...event };
    this.#next += 1;
    this.#lines.push(`${redactedJson(told)}\n`);
    this.#writing ??= this.#writeSoon();
    return told;
  }

  /** @throws FramesiftError `output` when it could not be written */
  async flush(): Promise<void> {
    await this.#writing;
    await this.#write();
    if (this.#failure) throw outputError(this.#path, this.#failure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush().catch(() => {});
    await this.#file.close().catch(() => {});
  }

  async #writeSoon(): Promise<void> {
    await sleep(writeEveryMs);
    await this.#write();
    this.#writing = undefined;
  }

  async #write(): Promise<void> {
    const lines = this.#lines.join('');
    this.#lines = [];
    if (lines === '') return;
    try {
      await this.#file.appendFile(lines);
    } catch (error) {
      this.#failure ??= error;
    }
  }
}

/** Cuts a torn last line off; the number that comes after the last whole one's. */
async function afterLast(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(Math.min(size, 2 ** 20));
  await file.read(bytes, 0, bytes.length, size - bytes.length);
  const end = bytes.lastIndexOf(10) + 1;
  if (end < bytes.length) await file.truncate(size - bytes.length + end);
  const lines = bytes.toString('utf8', 0, end).trimEnd().split('\n');
  return (parse(lines.at(-1) ?? '')?.seq ?? -1) + 1;
}

export interface FollowOptions {
  /** Waits for further events while the run goes on. Default: ends with what is there. */
  readonly live?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The events of a run from its first one on, told by the folder alone. With `live` it waits for further ones until the run
 * ends or its process is gone. Lines that are damaged are left out.
 *
 * @throws FramesiftError `input` where the folder holds no events; the signal's reason
 */
export async function* readEvents(
  folder: string,
  { live = false, signal }: FollowOptions = {},
): AsyncGenerator<ToldEvent> {
  const path = join(folder, runFiles.stream);
  await using file = await open(path, 'r').catch((error: unknown) => {
    const why =
      systemCodeOf(error) === 'ENOENT' ? 'holds no events of a run' : `cannot be read (${systemCodeOf(error)})`;
    throw new FramesiftError('input', `${folder}: ${why}. Give the folder of a run.`, { cause: error });
  });
  if (!(await file.stat()).isFile()) {
    throw new FramesiftError('input', `${folder}: holds no events of a run. Give the folder of a run.`);
  }
  const chunk = Buffer.alloc(2 ** 16);
  let rest: Buffer = Buffer.alloc(0);
  let [at, ended] = [0, false];
  for (;;) {
    signal?.throwIfAborted();
    const goesOn = live && (await isHeld(join(folder, runFiles.lock)));
    const { size } = await file.stat();
    // Begun anew since.
    if (size < at) [at, rest] = [0, Buffer.alloc(0)];
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      const end = rest.lastIndexOf(10) + 1;
      const lines = rest.toString('utf8', 0, end).split('\n');
      rest = rest.subarray(end);
      for (const line of lines) {
        const event = parse(line);
        if (!event) continue;
        ended = event.type === 'finished' || event.type === 'ended';
        yield event;
      }
    }
    if (!goesOn || ended) return;
    await sleep(lookEveryMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
}

function parse(line: string): ToldEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    // What a later version tells besides is left out, as is what was damaged.
    return toldEventSchema.safeParse(value).success ? (value as ToldEvent) : undefined;
  } catch {
    return undefined;
  }
}
