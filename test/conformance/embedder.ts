import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Embedder } from '../../src/vision/models/embedder.ts';
import { drawnFrame } from '../fixtures/frames.ts';

const { signal } = new AbortController();
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, index) => sum + value * b[index]!, 0);

/** What every embedder keeps to. */
export function testEmbedder(name: string, open: () => Promise<Embedder>): void {
  describe(`embedder: ${name}`, () => {
    test('vectors of unit length and one size, one a frame, in order', async () => {
      await using embedder = await open();
      const vectors = await embedder.of(
        [0, 1, 2, 3, 4].map((seed) => drawnFrame(seed)),
        { signal },
      );
      assert.equal(vectors.length, 5);
      for (const [index, vector] of vectors.entries()) {
        assert.equal(vector.length, vectors[0]!.length);
        assert.ok(Math.abs(dot(vector, vector) - 1) < 1e-4, 'its length is 1');
        const [alone] = await embedder.of([drawnFrame(index)], { signal });
        assert.ok(dot(vector, alone!) > 0.9999, `frame ${index} is the same alone and among others`);
      }
      assert.ok(dot(vectors[0]!, vectors[4]!) < 0.99999, 'different pictures differ');
    });

    test('no frames, no vectors', async () => {
      await using embedder = await open();
      assert.deepEqual(await embedder.of([], { signal }), []);
    });

    test('frames are borrowed, and an empty picture breaks nothing', async () => {
      await using embedder = await open();
      let disposed = 0;
      const plain = drawnFrame(0);
      const black = { ...plain.luma, data: new Uint8Array(plain.luma.data.length) };
      const frame = { ...plain, luma: black, [Symbol.dispose]: () => void (disposed += 1) };
      const [vector] = await embedder.of([frame], { signal });
      assert.ok(vector!.every(Number.isFinite));
      assert.equal(disposed, 0);
    });

    test('stops where its signal is aborted', async () => {
      await using embedder = await open();
      const stopped = { signal: AbortSignal.abort(new Error('enough')) };
      await assert.rejects(embedder.of([drawnFrame(0)], stopped), /enough/);
    });

    test('says what it is', async () => {
      await using embedder = await open();
      assert.ok(embedder.id.length > 0 && embedder.digest.length > 0);
      assert.ok(['cpu', 'cuda', 'coreml', 'directml'].includes(embedder.device));
    });
  });
}
