import type { WorkflowQuestion } from '../../core/workflow.ts';

type Timed = Pick<WorkflowQuestion, 'id' | 'needs'>;

/** In which order a window's questions are asked at once, and which are asked before what they need is answered. */
export interface Order<Q extends Timed> {
  readonly questions: readonly Q[];
  readonly early: ReadonlySet<Q>;
}

/** How long each question took lately, and what order of asking follows from it. */
export class Pace {
  readonly #ms = new Map<string, number>();

  record(id: string, milliseconds: number): void {
    const before = this.#ms.get(id) ?? milliseconds;
    this.#ms.set(id, before + (milliseconds - before) * weightOfLatest);
  }

  /** Milliseconds; a question that was never asked takes as long as the others. */
  expected(id: string): number {
    const known = this.#ms.get(id);
    if (known !== undefined) return known;
    const all = [...this.#ms.values()];
    return all.length === 0 ? 1 : all.reduce((sum, ms) => sum + ms, 0) / all.length;
  }

  /**
   * The order for so many free slots. A question may be asked early only where `mayGuess` says so, and only where the
   * window is then expected to end sooner: with a slot for each question it does; with one slot fewer it does where two
   * short answers fit beside a long one, and not where all take equally long.
   */
  order<Q extends Timed>(open: readonly Q[], slots: number, mayGuess: (question: Q) => boolean): Order<Q> {
    const path = (question: Q): number => {
      const after = open.filter(({ needs }) => needs.includes(question.id)).map(path);
      return this.expected(question.id) + Math.max(0, ...after);
    };
    // The longest way to the end first; the shortest answers last, where they fill what is left.
    const plain = [...open].sort((a, b) => path(b) - path(a));
    const guessable = new Set(open.filter((question) => waitsFor(question, open).length > 0 && mayGuess(question)));
    if (guessable.size === 0) return { questions: plain, early: guessable };
    // What others need stays in front: a wrong guess is to be known soon.
    const needed = (question: Q) => (open.some(({ needs }) => needs.includes(question.id)) ? 1 : 0);
    const packed = [...open].sort(
      (a, b) =>
        needed(b) - needed(a) || this.expected(b.id) - this.expected(a.id) || plain.indexOf(a) - plain.indexOf(b),
    );
    const soon = this.#end(packed, slots, guessable);
    const late = this.#end(plain, slots, new Set());
    return soon < late * worthGuessing
      ? { questions: packed, early: guessable }
      : { questions: plain, early: new Set() };
  }

  /** When the last answer is there, milliseconds, where each takes the slot that is free first. */
  #end<Q extends Timed>(order: readonly Q[], slots: number, early: ReadonlySet<Q>): number {
    const free = Array.from({ length: Math.max(1, slots) }, () => 0);
    const ends = new Map<string, number>();
    const waiting = [...order];
    while (waiting.length > 0) {
      const now = Math.min(...free);
      const ready = (question: Q) =>
        Math.max(
          0,
          ...(early.has(question) ? [] : waitsFor(question, order).map(({ id }) => ends.get(id) ?? Infinity)),
        );
      // The first in order that can begin now, else the one that can begin first.
      const next = waiting.find((one) => ready(one) <= now) ?? waiting.reduce((a, b) => (ready(b) < ready(a) ? b : a));
      const end = Math.max(now, ready(next)) + this.expected(next.id);
      free[free.indexOf(now)] = end;
      ends.set(next.id, end);
      waiting.splice(waiting.indexOf(next), 1);
    }
    return Math.max(0, ...ends.values());
  }
}

const waitsFor = <Q extends Timed>({ needs }: Q, open: readonly Q[]): Q[] =>
  open.filter(({ id }) => needs.includes(id));

const weightOfLatest = 0.3;
/** A wrong guess costs a question: the gain must be more than what times differ by anyway. */
const worthGuessing = 0.95;
