import type { MeasuredEvent } from './driver-state.ts';
import type { Event } from './event.ts';
import type { Observation, Plan, WindowDecision } from './observation.ts';
import type { Decision, ModelRecord, RunState, RunSummary, WorkflowName } from './run.ts';
import type { Slide, Span } from './slide.ts';
import type { VideoInfo } from './video.ts';

/** The form of the events below. It rises when one of them changes so that a reader would misread it. */
export const eventStreamVersion = 1;

/** How far a stage is. */
export interface RunProgress {
  readonly type: 'progress';
  readonly stage: string;
  /** Seconds of video worked through, or pieces for stages such as `text`; of all, where that is known. */
  readonly seconds: number;
  readonly ofSeconds?: number;
  readonly framesLookedAt?: number;
  readonly slides?: number;
}

/**
 * What a run tells while it goes, whatever its workflow. The same objects are printed by `--json`, stand in
 * `events.jsonl` of the run folder, come from the library's iterables and cross the border of a batch's processes;
 * `docs/reference/run-events.schema.json` describes them.
 */
export type RunEvent =
  | {
      readonly type: 'started';
      readonly folder: string;
      readonly workflow: WorkflowName;
      readonly video: VideoInfo;
      readonly models: readonly ModelRecord[];
      readonly stages: readonly string[];
      /** True where an interrupted or incomplete run is continued. */
      readonly resumed: boolean;
    }
  | {
      readonly type: 'stage';
      readonly stage: string;
      /** `continued`: an earlier run did a part of it. `kept`: it was done already. */
      readonly state: 'running' | 'continued' | 'kept' | 'incomplete' | 'finished';
      /** What an earlier run had done of it: frames measured, questions answered. */
      readonly done?: number;
    }
  | RunProgress
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'decision'; readonly decision: Decision | WindowDecision }
  | { readonly type: 'slide'; readonly slide: Slide }
  | { readonly type: 'observation'; readonly observation: Observation }
  | {
      readonly type: 'window';
      readonly window: number;
      readonly span: Span;
      readonly plan: Plan;
      /** From the first question's asking to the last answer, milliseconds. */
      readonly latencyMs: number;
      /** True where answers of an earlier run or window were taken and nothing was asked. */
      readonly idle: boolean;
      /** Ids of its observations, in the workflow's order of questions. */
      readonly observations: readonly string[];
    }
  | { readonly type: 'plan'; readonly plan: Plan; readonly reason: string }
  | { readonly type: 'server-away'; readonly address: string; readonly reason: string }
  | { readonly type: 'server-back'; readonly address: string; readonly awayMs: number }
  | { readonly type: 'event'; readonly event: MeasuredEvent | Event }
  | { readonly type: 'finished'; readonly summary: RunSummary }
  | {
      readonly type: 'ended';
      readonly state: Extract<RunState, 'failed' | 'interrupted'>;
      readonly error: { readonly code: string; readonly message: string };
    };

/** An event as it is told and written: numbered from 0 within its run, with the time it was told. */
export type ToldEvent = RunEvent & {
  readonly v: typeof eventStreamVersion;
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
};
