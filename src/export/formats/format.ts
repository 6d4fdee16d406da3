import type { MeasuredEvent } from '../../core/driver-state.ts';
import type { Event } from '../../core/event.ts';
import type { Observation } from '../../core/observation.ts';
import type { RunRecord, ShownSpan } from '../../core/run.ts';
import type { Slide } from '../../core/slide.ts';

/** The results of a run that lie in its folder; each is read when it is asked for. */
export interface StoredRun {
  /** Absolute path. */
  readonly folder: string;
  readonly record: RunRecord;
  /** Whether a stage's results are there: `slides`, `measure`, `ask`. */
  readonly has: (stage: string) => boolean;
  slides(): Promise<readonly Slide[]>;
  shown(): Promise<readonly ShownSpan[]>;
  /** In time order. */
  observations(): Promise<readonly Observation[]>;
  events(): Promise<readonly (Event | MeasuredEvent)[]>;
  /** A row a measured frame; NaN where nothing was measured. */
  measurements(): Promise<{ readonly columns: readonly string[]; readonly rows: Iterable<readonly number[]> }>;
}

/** A form in which results can be handed on. A further one is a file like those beside this, and a line in `app/export.ts`. */
export interface ExportFormat {
  readonly id: string;
  /** For `framesift export --help`. */
  readonly title: string;
  /** The file's name within the run folder, unless another one is named. */
  fileName(run: StoredRun): string;
  /** The file's content, in pieces. Throws FramesiftError `input` for a run that holds nothing of the kind. */
  write(run: StoredRun): AsyncIterable<string | Uint8Array>;
}
