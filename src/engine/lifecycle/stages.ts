import { isDeepStrictEqual } from 'node:util';
import type { RunRecord, StageRecord } from '../../core/run.ts';
import type { RunEvent } from '../../core/run-event.ts';
import { withoutSecrets } from '../../core/secrets.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import type { RunJournal } from './journal.ts';
import type { PlannedStage, RunningStage } from './workflow.ts';
import { defined } from '../../core/defined.ts';

/** What is to be done of a run, seen beside what an earlier one left. */
export interface StagePlan {
  /** What an earlier run recorded, where a stage of it stays that is not planned this time. */
  readonly others: RunRecord | undefined;
  /** As the new record begins with. */
  readonly records: readonly StageRecord[];
  /** Nothing is to be done. */
  readonly done: boolean;
  /** Something of an earlier run is continued. */
  readonly continues: boolean;
  /** Files of stages that are done anew. */
  readonly stale: readonly string[];
}

/**
 * Holds the planned stages against those of the record: one that is finished with the same values stays, one that was
 * begun with them is continued, any other is done anew. A stage that is not planned this time stays as long as none that
 * is planned has changed.
 */
export async function planStages(
  planned: readonly PlannedStage[],
  earlier: RunRecord | undefined,
  folder: string,
  force: boolean,
  filesOf: (stage: string) => readonly string[],
): Promise<StagePlan> {
  const before = new Map(force || !earlier ? [] : earlier.stages.map((stage) => [stage.id, stage]));
  const stale: string[] = [];
  let [done, continues, changed] = [true, false, force];
  const records: StageRecord[] = [];
  for (const { id, decides, files, isMissing } of planned) {
    const known = before.get(id);
    const same = known !== undefined && isDeepStrictEqual(known.decides, asStored(decides));
    if (known && !same) changed = true;
    // What a run without a record left is of nobody knows what.
    if (!same) stale.push(...files);
    const finished = same && known.state === 'finished' && !(earlier && (await isMissing?.(earlier, folder)));
    done &&= finished;
    continues ||= same;
    const kept = same
      ? { ...(known.settled && { settled: known.settled }), ...(known.failed && { failed: known.failed }) }
      : {};
    records.push({ id, state: finished ? 'finished' : same ? partOf(known) : 'waiting', decides, ...kept });
  }
  for (const [id, stage] of before) {
    if (planned.some((one) => one.id === id)) continue;
    if (changed) stale.push(...filesOf(id));
    else records.push(stage);
  }
  const others = records.length > planned.length ? earlier : undefined;
  return { records, done, continues, stale, others };
}

const partOf = ({ state }: StageRecord): StageRecord['state'] => (state === 'waiting' ? 'waiting' : 'incomplete');

/** As it is read back from `run.json`, where what is undefined is absent. */
const asStored = (value: unknown): unknown => withoutSecrets(value);

/** The stages of a run that goes on, each told and written down as it begins and ends. */
export function runningStages(
  records: readonly StageRecord[],
  journal: RunJournal,
  tell: (event: RunEvent) => void,
): (id: string) => RunningStage {
  const known = new Map(records.map((record) => [record.id, record]));
  return (id) => {
    const record = known.get(id);
    if (!record) throw new Error(`no stage is named ${id}`);
    const earlier = record.state === 'finished' ? 'done' : record.state === 'waiting' ? 'new' : 'part';
    return {
      earlier,
      reachedEnd: record.failed !== undefined,
      settled: record.settled,
      async begin(done) {
        if (earlier !== 'done') await journal.noteStage(id, { state: 'running' });
        const state = earlier === 'done' ? 'kept' : earlier === 'part' ? 'continued' : 'running';
        tell({ type: 'stage', stage: id, state, ...defined({ done }) });
      },
      settle: (settled) => journal.noteStage(id, { settled }),
      async end(failed = 0) {
        const state = failed > 0 ? 'incomplete' : 'finished';
        await journal.noteStage(id, { state, failed: failed > 0 ? failed : undefined });
        tell({ type: 'stage', stage: id, state });
      },
    };
  };
}

/** Removes what is done anew; pieces that are shared with a stage that stays are left to their owner. */
export async function removeStale(folder: RunFolder, { stale }: StagePlan): Promise<void> {
  await folder.remove([...new Set(stale)]);
}
