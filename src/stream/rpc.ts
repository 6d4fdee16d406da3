import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** One method that a process offers: what it takes, what it answers, and what it tells before that. */
export interface Method<Input = void, Output = void, Event = never> {
  readonly input: Input;
  readonly output: Output;
  readonly event: Event;
}

/** An interface of methods by their names. */
type Methods<M> = { readonly [Name in keyof M]: Method<unknown, unknown, unknown> };
type NameOf<M> = keyof M & string;

interface CallMessage {
  readonly type: 'call';
  readonly call: number;
  readonly method: string;
  readonly input: unknown;
}
type Request = CallMessage | { readonly type: 'abort'; readonly call: number };
type Reply = { readonly call: number } & (
  | { readonly type: 'event'; readonly event: unknown }
  | { readonly type: 'done'; readonly output: unknown }
  | { readonly type: 'failed'; readonly message: string }
);

/** A method threw in the other process; the message is the one it threw. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
}

/** The other process ended, or never started, before it answered. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
  /** A signal's name, `exit CODE`, or why it did not start. */
  readonly how: string;

  constructor(how: string) {
    super(`the process ended (${how})`);
    this.how = how;
  }
}

export interface CallOptions<Event> {
  /** Aborted, it tells the method so; the call ends when the method does. */
  readonly signal?: AbortSignal;
  /** What the method tells, in order, all of it before the call ends. */
  readonly onEvent?: (event: Event) => void;
}

type Channel = Pick<ChildProcess, 'on' | 'once' | 'send' | 'kill' | 'connected' | 'exitCode' | 'signalCode'>;

interface OpenCall {
  readonly onEvent: (event: unknown) => void;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Calls the methods that a child process serves with `serve`. Disposed, it ends the process. */
export class Caller<M extends Methods<M>> implements AsyncDisposable {
  readonly #child: Channel;
  readonly #patienceMs: number | undefined;
  readonly #open = new Map<number, OpenCall>();
  #count = 0;
  #ended: ProcessEnded | undefined;

  /**
   * @param child a process that was just forked
   * @param options.patienceMs a process in which a call is still open so long after its abort is killed. Default: never
   */
  constructor(child: Channel, { patienceMs }: { readonly patienceMs?: number } = {}) {
    this.#child = child;
    this.#patienceMs = patienceMs;
    child.on('message', (message) => this.#hear(message as Reply));
    child.on('error', (error) => this.#end(error.message));
    child.once('exit', (code, signal) => this.#end(signal ?? `exit ${code}`));
  }

  /** Whether the process has ended: every call would be rejected. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Calls that have not ended. */
  get open(): number {
    return this.#open.size;
  }

  /** @throws CallFailure where the method threw, ProcessEnded where its process ended */
  async call<Name extends NameOf<M>>(
    method: Name,
    input: M[Name]['input'],
    { signal, onEvent }: CallOptions<M[Name]['event']> = {},
  ): Promise<M[Name]['output']> {
    if (this.#ended) throw this.#ended;
    const call = (this.#count += 1);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const abort = (): void => this.#abort(call);
    this.#open.set(call, { onEvent: (event) => onEvent?.(event), resolve, reject });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this.#send({ type: 'call', call, method, input });
      if (signal?.aborted) abort();
      return await promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#open.delete(call);
    }
  }

  /** Kills the process, whatever it does, and resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    // One that could not be started has an error in place of an exit.
    const gone = once(this.#child as ChildProcess, 'exit').catch(() => {});
    this.#child.kill('SIGKILL');
    await gone;
  }

  #hear(reply: Reply): void {
    const open = this.#open.get(reply.call);
    if (reply.type === 'event') open?.onEvent(reply.event);
    else if (reply.type === 'done') open?.resolve(reply.output);
    else open?.reject(new CallFailure(reply.message));
  }

  #abort(call: number): void {
    this.#send({ type: 'abort', call });
    if (this.#patienceMs === undefined) return;
    void sleep(this.#patienceMs, undefined, { ref: false }).then(() => {
      if (this.#open.has(call)) this.#child.kill('SIGKILL');
    });
  }

  #end(how: string): void {
    this.#ended ??= new ProcessEnded(how);
    for (const { reject } of this.#open.values()) reject(this.#ended);
  }

  /** What is sent to a process that has just ended is lost; its end is told by its exit. */
  #send(request: Request): void {
    if (this.#child.connected) this.#child.send(request, () => {});
  }
}

/** What a method has besides its input. */
export interface ServedCall<Event> {
  /** Aborted when the caller gives up the call. */
  readonly signal: AbortSignal;
  readonly tell: (event: Event) => void;
}

export type Handlers<M extends Methods<M>> = {
  readonly [Name in NameOf<M>]: (
    input: M[Name]['input'],
    call: ServedCall<M[Name]['event']>,
  ) => M[Name]['output'] | Promise<M[Name]['output']>;
};

type ServingChannel = Pick<NodeJS.Process, 'on' | 'send' | 'connected' | 'exit'>;

/**
 * Answers calls from the parent process until the channel closes, then exits: a parent that is gone, killed perhaps,
 * needs no answers. Methods begin in the order of their calls and do not wait for each other.
 */
export function serve<M extends Methods<M>>(handlers: Handlers<M>, channel: ServingChannel = process): void {
  const open = new Map<number, AbortController>();
  const reply = (message: Reply): void => {
    if (channel.connected) channel.send?.(message);
  };
  const run = async ({ call, method, input }: CallMessage): Promise<void> => {
    const controller = new AbortController();
    open.set(call, controller);
    try {
      if (!Object.hasOwn(handlers, method)) throw new Error(`there is no method ${method}`);
      const tell = (event: unknown): void => reply({ type: 'event', call, event });
      const output = await handlers[method as NameOf<M>](input, { signal: controller.signal, tell });
      reply({ type: 'done', call, output });
    } catch (error) {
      reply({ type: 'failed', call, message: error instanceof Error ? error.message : String(error) });
    } finally {
      open.delete(call);
    }
  };
  channel.on('message', (message) => {
    const request = message as Request;
    if (request.type === 'abort') open.get(request.call)?.abort(new Error('stopped'));
    else void run(request);
  });
  channel.on('disconnect', () => channel.exit(0));
}
