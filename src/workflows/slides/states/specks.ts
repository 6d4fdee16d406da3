import { cellSide, patchesOf } from './grid.ts';
import type { Grid, Patch } from './grid.ts';
import type { Movement } from './movement.ts';

/** Samples for which a speck must stay before it can be a change of content: pointers rest, but seldom for so long. */
const patience = 3;

interface Suspect {
  patch: Patch;
  age: number;
  /** Other specks that moved in the moment this one came. One of them is where a pointer came from. */
  readonly others: number;
  /** Something of a pointer's size moved elsewhere since: so the pointer is there and not here. */
  movedElsewhere: boolean;
}

/**
 * Tells a changed digit from a mouse pointer at rest. Both are a speck that stands still and differs from the view. A
 * pointer leaves another place in the moment it comes, and when it moves again it moves from here; a digit does neither.
 */
export class Specks {
  readonly #grid: Grid;
  readonly #side: number;
  #suspects: Suspect[] = [];
  #movedBefore: Patch[] = [];

  /** @param side the largest side of a pointer, luma pixels */
  constructor(grid: Grid, side: number) {
    this.#grid = grid;
    this.#side = side;
  }

  /**
   * @param specks the still specks that now differ from the view
   * @returns those that are content after all
   */
  judge(specks: readonly Patch[], movement: Movement): Patch[] {
    const moved = this.#smallMovements(movement);
    this.#suspects = specks.map((patch) => {
      const known = this.#suspects.find((suspect) => near(suspect.patch, patch));
      if (!known) {
        const others = this.#movedBefore.filter((other) => !near(other, patch)).length;
        return { patch, age: 1, others, movedElsewhere: moved.some((other) => !near(other, patch)) };
      }
      const movedElsewhere = known.movedElsewhere || moved.some((other) => !near(other, patch));
      return { ...known, patch, age: known.age + 1, movedElsewhere };
    });
    this.#movedBefore = moved;
    return this.#suspects
      .filter(({ age, others, movedElsewhere }) => age >= patience && (others !== 1 || movedElsewhere))
      .map(({ patch }) => patch);
  }

  reset(): void {
    this.#suspects = [];
  }

  #smallMovements({ changed, inset }: Movement): Patch[] {
    const marked = changed.map((count, cell) => (count > 0 && inset[cell] === 0 ? 1 : 0));
    const most = this.#side + cellSide;
    return patchesOf(this.#grid, marked, [changed]).filter((patch) => {
      const small = patch.right - patch.left <= most && patch.bottom - patch.top <= most;
      return small && patch.weights[0]! >= 3;
    });
  }
}

function near(a: Patch, b: Patch): boolean {
  const gap = cellSide;
  return a.left <= b.right + gap && b.left <= a.right + gap && a.top <= b.bottom + gap && b.top <= a.bottom + gap;
}
