/**
 * The public face of the library.
 *
 * ```ts
 * import { runWorkflow } from 'framesift';
 *
 * for await (const event of runWorkflow('slides', 'talk.mp4')) {
 *   if (event.type === 'slide') console.log(event.slide.title, event.slide.appearances);
 * }
 * ```
 */
export { analyze, runWorkflow } from './app/run.ts';
export type { WorkflowOptions } from './app/run.ts';
export { defaultFolder } from './engine/lifecycle/run.ts';
export type { RunSettings } from './engine/lifecycle/workflow.ts';
export { openRun, readRun } from './app/open-run.ts';
export type { OpenedRun, RunResults } from './app/open-run.ts';
export { exportRun, exportFormats } from './app/export.ts';
export { redecide } from './app/redecide.ts';
export type { RedecideAnyOptions } from './app/redecide.ts';
export type { Redecided } from './workflows/driver/redecide.ts';
export type { RedecidedSlides } from './workflows/slides/redecide.ts';
export { compareRuns } from './app/compare.ts';

export { defineWorkflow } from './workflows/define.ts';
export type { QuestionDefinition, EventDefinition, WorkflowDefinition } from './workflows/define.ts';
export { readWorkflow } from './workflows/yaml.ts';
export type { Workflow } from './core/workflow.ts';
export type { SlidesOptions, SlidesOptionsInput } from './workflows/slides/options.ts';
export type { DriverOptions, DriverOptionsInput } from './workflows/driver/options.ts';
export type { QuestionsOptions, QuestionsOptionsInput } from './workflows/questions/options.ts';

export { FramesiftError, isFramesiftError, exitCodes } from './core/errors.ts';
export type { ErrorCode } from './core/errors.ts';
export type { RunEvent, RunProgress, ToldEvent } from './core/run-event.ts';
export type { Decision, Opinion, RunRecord, RunSummary, ShownSpan, StageRecord } from './core/run.ts';
export type { Box, TextBlock, TextReading } from './core/measurement.ts';
export { frameKinds } from './core/slide.ts';
export type { FrameKind, Slide, SlideContext, Span } from './core/slide.ts';
export type { Observation, WindowDecision } from './core/observation.ts';
export type { Event } from './core/event.ts';
export type { MeasuredEvent, DriverSpan, Calibration } from './core/driver-state.ts';
export type { DecodeReport, VideoInfo } from './core/video.ts';

export { analyzeBatch } from './app/batch/batch.ts';
export type { BatchOptions } from './app/batch/batch.ts';
export { findVideos } from './engine/batch/inputs.ts';
export type { BatchEvent, BatchRecord, BatchSettings, BatchSummary, JobRecord, WorkflowRef } from './core/batch.ts';
export { renderSampleTalk } from './media/sample-talk.ts';

/** The on-device engine of the driver workflow, for measurements of one's own. */
export { concludeDriver } from './workflows/driver/rules/conclude.ts';
export type { DriverConclusion } from './workflows/driver/rules/conclude.ts';
export { defaultDriverRules } from './workflows/driver/rules/rules.ts';
export type { DriverRules } from './workflows/driver/rules/rules.ts';
export { openFaceMeter } from './vision/face/face-meter.ts';
export type { FaceMeter, FaceMeterOptions } from './vision/face/face-meter.ts';
export type { FaceMeasurement } from './core/face.ts';
