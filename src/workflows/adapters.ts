import type { Device } from '../core/device.ts';
import type { ModelRecord } from '../core/run.ts';
import type { FrameSource } from '../core/video.ts';
import type { SlideModels } from './slides/finding/opinions.ts';
import type { VisionLanguageModel } from '../llm/model.ts';
import type { OpenModelOptions } from '../llm/open.ts';
import type { OpenVideoOptions } from '../media/open-video.ts';
import type { FaceMeter, FaceMeterOptions } from '../vision/face/face-meter.ts';
import type { TextRecognizer } from '../vision/text/recognizer.ts';

/** Which models of pictures a run wants. */
export interface SlideModelOptions {
  readonly embedder: string;
  readonly frameClassifier: readonly string[];
  readonly kinds?: string | undefined;
  readonly kindLabels?: string | undefined;
  readonly device: Device;
}

/** The models of pictures of a run, opened; with what `run.json` says of them and what the user should know. */
export interface OpenSlideModels extends AsyncDisposable {
  readonly models: SlideModels;
  readonly records: readonly ModelRecord[];
  readonly notices: readonly string[];
  /** What thresholds of the kinds are kept under: they belong to the model together with its labels. */
  readonly kindsKey?: string;
}

export interface LanguageModelOptions extends OpenModelOptions {
  /** Where the embedded engine runs. Default `auto`. */
  readonly device?: Device;
  /**
   * Whether the embedded model may answer where no server does. Undefined: what FRAMESIFT_EMBEDDED says (1 or 0), else
   * what `agree` says, else no.
   */
  readonly embedded?: boolean;
  /** Asks the user; told what would be used. */
  readonly agree?: (question: string) => Promise<boolean>;
  /** Told in one line when another model answers than the one that was named, or on another device. */
  readonly onChange?: (message: string) => void;
}

/** Those of a run's options that say with what text is read. */
export interface TextOptions {
  /** Folder with weights of one's own. */
  readonly textModel?: string | undefined;
  /** Codes of further languages. */
  readonly languages: readonly string[];
}

/**
 * What workflows need of the world around them. Only `app` knows what is behind it; models may be lent, and are used by one
 * run after another then.
 */
export interface Adapters {
  openVideo(path: string, options: OpenVideoOptions): Promise<FrameSource>;
  /** Throws FramesiftError `usage`, `model` or `dependency`. The caller disposes it. */
  languageModel(spec: string, options: LanguageModelOptions): Promise<VisionLanguageModel>;
  /** Lent: not disposed by the caller. Throws FramesiftError `usage`, `dependency` or `model`. */
  textRecognizer(options: TextOptions, threads?: number): Promise<TextRecognizer>;
  /** Lent as well. Throws FramesiftError `usage`, `dependency` or `model`. */
  slideModels(options: SlideModelOptions): Promise<OpenSlideModels>;
  /** For one video; disposing it gives it back. Throws FramesiftError `dependency` or `model`. */
  faceMeter(options: FaceMeterOptions): Promise<FaceMeter>;
}
