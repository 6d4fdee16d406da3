import { availableParallelism } from 'node:os';
import type { FrameSource } from '../../core/video.ts';
import type { VisionLanguageModel } from '../../llm/model.ts';
import { openVideo, type OpenVideoOptions } from '../../media/open-video.ts';
import { openFaceMeter, type FaceMeter, type FaceMeterOptions } from '../../vision/face/face-meter.ts';
import { openTextRecognizer, type TextRecognizer } from '../../vision/text/recognizer.ts';
import type {
  Adapters,
  LanguageModelOptions,
  OpenSlideModels,
  SlideModelOptions,
  TextOptions,
} from '../../workflows/adapters.ts';
import { openLanguageModel } from './language-model.ts';
import { openSlideModels } from './slide-models.ts';
import { defined } from '../../core/defined.ts';

/**
 * Looking for lines is a third of reading and stays on one thread, so that beyond this one waits for it. Each takes
 * memory (`bench/speed/slides.ts`).
 */
const maxReading = 3;

/**
 * What workflows need of the world around them. Models are loaded when they are first needed and kept for the runs that
 * follow in this process.
 */
export class LocalAdapters implements Adapters, AsyncDisposable {
  readonly #text = new Map<string, Promise<TextRecognizer>>();
  readonly #pictures = new Map<string, Promise<OpenSlideModels>>();
  /** Those that nobody measures with. */
  readonly #faces = new Map<string, FaceMeter[]>();
  #closed = false;

  openVideo(path: string, options: OpenVideoOptions): Promise<FrameSource> {
    return openVideo(path, options);
  }

  languageModel(spec: string, options: LanguageModelOptions): Promise<VisionLanguageModel> {
    return openLanguageModel(spec, options);
  }

  /**
   * The recognizer for these weights and languages, ready for another video; it is lent, and closed with this object.
   *
   * @param threads that work on a video at once; default: one for each core. The first who needs the recognizer decides
   *   how many of them read
   * @throws FramesiftError `usage`, `dependency` or `model`
   */
  async textRecognizer(
    { textModel: modelFolder, languages }: TextOptions,
    threads = availableParallelism(),
  ): Promise<TextRecognizer> {
    const key = JSON.stringify([modelFolder, languages]);
    const known = this.#text.get(key);
    const opened =
      known ??
      openTextRecognizer({
        threads: Math.min(threads, maxReading),
        languages,
        ...defined({ modelFolder }),
      });
    this.#text.set(key, opened);
    try {
      const recognizer = await opened;
      recognizer.beginVideo();
      return recognizer;
    } catch (error) {
      // It may be there the next time: installed meanwhile, or the thread had died.
      this.#text.delete(key);
      throw error;
    }
  }

  /**
   * The embedder, the classifiers and the labels in words that these options name; lent as well.
   *
   * @throws FramesiftError `usage`, `dependency` or `model`
   */
  async slideModels({
    embedder,
    frameClassifier,
    kinds,
    kindLabels,
    device,
  }: SlideModelOptions): Promise<OpenSlideModels> {
    const key = JSON.stringify([embedder, frameClassifier, kinds, kindLabels, device]);
    const named = { embedder, frameClassifier, device, ...defined({ kinds }) };
    const opened = this.#pictures.get(key) ?? openSlideModels({ ...named, ...defined({ kindLabels }) });
    this.#pictures.set(key, opened);
    try {
      return await opened;
    } catch (error) {
      this.#pictures.delete(key);
      throw error;
    }
  }

  /**
   * A face meter for one video, for a meter follows one driver at a time. Disposing it gives it back to the runs that
   * follow; one that failed is closed.
   *
   * @throws FramesiftError `dependency` or `model`
   */
  async faceMeter(options: FaceMeterOptions): Promise<FaceMeter> {
    const key = JSON.stringify(options);
    const free = this.#faces.get(key) ?? [];
    this.#faces.set(key, free);
    const meter = free.pop() ?? (await openFaceMeter(options));
    meter.beginVideo();
    let sound = true;
    const watched = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        sound &&= signal.aborted;
        throw error;
      }
    };
    return {
      ...meter,
      of: (frames, about) => watched(meter.of(frames, about), about.signal),
      read: (picture, timeSeconds, about) => watched(meter.read(picture, timeSeconds, about), about.signal),
      [Symbol.asyncDispose]: async () => {
        if (sound && !this.#closed) free.push(meter);
        else await meter[Symbol.asyncDispose]();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const opened: Promise<AsyncDisposable>[] = [...this.#text.values(), ...this.#pictures.values()];
    this.#text.clear();
    this.#pictures.clear();
    await Promise.all([...this.#faces.values()].flat().map((meter) => meter[Symbol.asyncDispose]()));
    await Promise.all(opened.map(async (one) => (await one.catch(() => undefined))?.[Symbol.asyncDispose]()));
  }
}
