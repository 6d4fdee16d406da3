/**
 * The public face of the library.
 *
 * ```ts
 * import { analyze } from 'framesift';
 *
 * for await (const event of analyze('talk.mp4')) {
 *   if (event.type === 'slide') console.log(event.slide.title, event.slide.appearances);
 * }
 * ```
 */
export { analyzeSlides as analyze, defaultOutput } from './app/analyze-slides.ts';
export type { AnalyzeSettings } from './app/analyze-slides.ts';
export type { SlidesOptions, SlidesOptionsInput } from './app/slides-options.ts';
export { FramesiftError, exitCodes } from './core/errors.ts';
export type { ErrorCode } from './core/errors.ts';
export type { Box, TextBlock, TextReading } from './core/measurement.ts';
export type { Decision, Opinion, RunEvent, RunRecord, RunSummary, ShownSpan } from './core/run.ts';
export { frameKinds } from './core/slide.ts';
export type { FrameKind, Slide, SlideContext, Span } from './core/slide.ts';
export type { DecodeReport, VideoInfo } from './core/video.ts';
export { analyzeBatch } from './app/batch/batch.ts';
export type { BatchOptions } from './app/batch/batch.ts';
export { findVideos } from './app/batch/inputs.ts';
export type {
  BatchEvent,
  BatchRecord,
  BatchSettings,
  BatchSummary,
  JobCost,
  JobKind,
  JobRecord,
} from './core/batch.ts';
export { askVideo } from './app/driver.ts';
export { compareRuns } from './app/compare.ts';
export { renderSampleTalk } from './media/sample-talk.ts';
