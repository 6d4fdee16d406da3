import type { Picture } from '../../../core/frame.ts';
import type { TextReading } from '../../../core/measurement.ts';
import type { Decision } from '../../../core/run.ts';
import type { FrameKind, Slide, SlideContext } from '../../../core/slide.ts';
import type { FrameSource } from '../../../core/video.ts';
import type { StageSpan } from '../../../engine/stopwatch.ts';
import type { SlideModels } from './opinions.ts';

/** Reads the text of a picture. The picture is handed over. */
export interface TextReader {
  /** @param options.known what an interrupted run had read of this picture: nothing is read again */
  read(
    picture: Picture,
    options: { readonly signal: AbortSignal; readonly known?: TextReading['lines'] },
  ): Promise<TextReading>;
}

/** Asks a language model about a slide. Rejects when the model cannot answer. */
export interface ContextWriter {
  write(
    slide: { readonly image: Uint8Array; readonly text: string },
    options: { readonly signal: AbortSignal },
  ): Promise<SlideContext>;
  /** What was asked of the model so far, whatever became of it. */
  readonly spent: { readonly requests: number; readonly tokensIn: number; readonly tokensOut: number };
}

/** Where a run's results go. */
export interface SlidesSink {
  /** Keeps the picture of a state, a JPEG. */
  writePicture(state: number, bytes: Uint8Array): Promise<void>;
  /** The picture of a state, a JPEG. */
  readPicture(state: number): Promise<Uint8Array>;
  /** Makes a state's picture that of a slide. @returns the image's path relative to the folder */
  placeImage(state: number, slide: number): Promise<string>;
  writeSlide(slide: Slide): Promise<void>;
  removeStrayImages(owned: ReadonlySet<string>, states: number): Promise<void>;
  writeJson(name: string, value: unknown): Promise<void>;
  log(decisions: readonly Decision[]): Promise<void>;
  closeLedger(): Promise<void>;
  /** What an interrupted run had already found out under this key; answers and readings are not paid for twice. */
  recall(key: string): Promise<unknown>;
  remember(key: string, value: unknown): Promise<void>;
}

export interface SlidesEngineOptions {
  readonly everySeconds: number;
  readonly fromSeconds?: number;
  readonly untilSeconds?: number;
  /** Decode every group of pictures, also where key frames and packet sizes say that nothing happens in it. */
  readonly exact: boolean;
  readonly jpegQuality: number;
  readonly keep: readonly FrameKind[];
  /** Pictures whose text may be waited for at once; each holds its pixels. */
  readonly textsAtOnce: number;
  readonly contextsAtOnce: number;
  /** Go on only when a text is read: reading and looking never happen at the same time. */
  readonly inTurn: boolean;
}

export interface SlidesEngine {
  readonly source: FrameSource;
  readonly sink: SlidesSink;
  readonly text?: TextReader & { readonly id: string };
  readonly context?: ContextWriter & { readonly id: string };
  /** Models of pictures, none of which is needed. */
  readonly models?: SlideModels;
  readonly options: SlidesEngineOptions;
  /** Told each stretch of work and of waiting as it ends, for a trace. */
  readonly onSpan?: (span: StageSpan) => void;
  readonly signal: AbortSignal;
}
