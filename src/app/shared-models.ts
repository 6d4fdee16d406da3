import { openTextRecognizer, type TextRecognizer } from '../vision/text/recognizer.ts';

/** Models that are loaded when they are first needed and kept for the runs that follow in this process. */
export class SharedModels implements AsyncDisposable {
  readonly #text = new Map<string, Promise<TextRecognizer>>();

  /**
   * The recognizer for these weights, ready for another video; it is lent, and closed with this object.
   *
   * @throws FramesiftError `dependency` or `model`
   */
  async text(modelFolder: string | undefined): Promise<TextRecognizer> {
    const key = modelFolder ?? '';
    const known = this.#text.get(key);
    const opened = known ?? openTextRecognizer(modelFolder === undefined ? {} : { modelFolder });
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

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = [...this.#text.values()];
    this.#text.clear();
    await Promise.all(opened.map(async (one) => (await one.catch(() => undefined))?.[Symbol.asyncDispose]()));
  }
}
