import { createHash } from 'node:crypto';

/** A JPEG on its way to a model. Its hash and its base64 text are made once, however many questions see it. */
export class EncodedImage {
  readonly jpeg: Uint8Array;
  #sha256: string | undefined;
  #base64: Buffer | undefined;

  constructor(jpeg: Uint8Array) {
    this.jpeg = jpeg;
  }

  /** SHA-256 of the JPEG's bytes, hexadecimal. */
  get sha256(): string {
    this.#sha256 ??= createHash('sha256').update(this.jpeg).digest('hex');
    return this.#sha256;
  }

  /** The JPEG in base64, as the ASCII bytes that go over the wire. */
  get base64Bytes(): Buffer {
    const { buffer, byteOffset, byteLength } = this.jpeg;
    this.#base64 ??= Buffer.from(Buffer.from(buffer, byteOffset, byteLength).toString('base64'), 'latin1');
    return this.#base64;
  }

  get base64(): string {
    return this.base64Bytes.toString('latin1');
  }
}
