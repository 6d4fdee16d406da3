import { createHash } from 'node:crypto';

/** A JPEG on its way to a model. Its hash and its base64 text are made once, however many questions see it. */
export class EncodedImage {
  readonly jpeg: Uint8Array;
  #sha256: string | undefined;
  #base64: string | undefined;

  constructor(jpeg: Uint8Array) {
    this.jpeg = jpeg;
  }

  /** SHA-256 of the JPEG's bytes, hexadecimal. */
  get sha256(): string {
    this.#sha256 ??= createHash('sha256').update(this.jpeg).digest('hex');
    return this.#sha256;
  }

  get base64(): string {
    this.#base64 ??= Buffer.from(this.jpeg.buffer, this.jpeg.byteOffset, this.jpeg.byteLength).toString('base64');
    return this.#base64;
  }
}
