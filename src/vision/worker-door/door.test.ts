import assert from 'node:assert/strict';
import { queryObjects } from 'node:v8';
import { describe, test } from 'node:test';
import type { Picture } from '../../core/frame.ts';
import { openWorkerDoor, type WorkerDoor } from './door.ts';
import type { EchoQuestion } from './echo.fixture.ts';

const { signal } = new AbortController();
const open = (settings?: string): Promise<WorkerDoor<EchoQuestion, string>> =>
  openWorkerDoor(new URL('./echo.fixture', import.meta.url), settings, 'echo');
const picture = (bytes = 12): Picture => ({ width: bytes, height: 1, channels: 1, data: new Uint8Array(bytes) });

describe('a door to a thread', () => {
  test('answers in the order asked, and takes the pictures', async () => {
    await using door = await open();
    const given = picture();
    const all = ['a', 'b', 'c'].map((say, index) =>
      door.ask({ say, picture: index === 0 ? given : picture() }, signal),
    );
    assert.deepEqual(await Promise.all(all), ['a 12', 'b 12', 'c 12']);
    assert.equal(given.data.length, 0, 'its buffer went over');
    const part = new Uint8Array(100).subarray(10, 20);
    assert.equal(await door.ask({ say: 'd', picture: { ...picture(10), data: part } }, signal), 'd 10');
    assert.equal(part.length, 10, 'a part of a larger buffer is copied');
  });

  test('an error comes over with its code', async () => {
    await assert.rejects(open('broken'), { code: 'model', message: 'it does not open' });
    await using door = await open();
    await assert.rejects(door.ask({ say: 'fail', picture: picture() }, signal), { code: 'media' });
    assert.equal(await door.ask({ say: 'on', picture: picture() }, signal), 'on 12');
  });

  test('an abort is heard, also by what waits behind, and closing gives up the rest', async () => {
    const door = await open();
    const abort = new AbortController();
    const waiting = door.ask({ say: 'wait', picture: picture() }, abort.signal);
    const behind = door.ask({ say: 'behind', picture: picture() }, signal);
    const reason = new Error('enough');
    abort.abort(reason);
    await assert.rejects(waiting, reason);
    assert.equal(await behind, 'behind 12');
    const never = assert.rejects(door.ask({ say: 'wait', picture: picture() }, signal));
    await door[Symbol.asyncDispose]();
    await never;
    await assert.rejects(door.ask({ say: 'late', picture: picture() }, signal), { code: 'model' });
  });

  test('a thread that takes two at once is handed the second while it has the first', async () => {
    await using door = await open('two');
    const abort = new AbortController();
    const first = assert.rejects(door.ask({ say: 'wait', picture: picture() }, abort.signal));
    assert.equal(await door.ask({ say: 'second', picture: picture() }, signal), 'second 12');
    const second = assert.rejects(door.ask({ say: 'wait', picture: picture() }, abort.signal));
    const third = door.ask({ say: 'third', picture: picture() }, signal);
    abort.abort();
    await Promise.all([first, second]);
    assert.equal(await third, 'third 12');
  });

  test('a thread that dies fails those who wait', async () => {
    const door = await open();
    await assert.rejects(door.ask({ say: 'die', picture: picture() }, signal), { code: 'model' });
    await assert.rejects(door.ask({ say: 'a', picture: picture() }, signal), { code: 'model' });
    await door[Symbol.asyncDispose]();
  });

  test('keeps nothing of what was answered', async () => {
    await using door = await open();
    const ask = async (count: number): Promise<number> => {
      for (let index = 0; index < count; index++) await door.ask({ say: 'a', picture: picture() }, signal);
      return queryObjects(Promise, { format: 'count' });
    };
    const before = await ask(50);
    assert.ok((await ask(500)) - before < 100);
  });
});
