/** Events pushed from many places, read in one. Holds what was pushed and not read yet. */
export class EventQueue<T> implements AsyncIterable<T> {
  #events: T[] = [];
  #closed = false;
  #wake = (): void => {};

  push(event: T): void {
    this.#events.push(event);
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      yield* events;
      if (this.#events.length > 0) continue;
      if (this.#closed) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
