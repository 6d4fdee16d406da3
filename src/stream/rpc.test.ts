import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Caller, type Method } from './rpc.ts';
import type { FixtureMethods } from './rpc.fixture.ts';

const forked = () =>
  fork(new URL('./rpc.fixture.ts', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

test('each call gets its own answer, whichever comes first', async () => {
  await using caller = new Caller<FixtureMethods>(forked());
  const calls = [caller.call('wait', 500), caller.call('double', Uint8Array.of(1, 4)), caller.call('wait', 1)] as const;
  assert.equal(caller.open, 3);
  const order: number[] = [];
  for (const [index, call] of calls.entries()) void call.then(() => order.push(index));
  assert.deepEqual(await Promise.all(calls), [500, Uint8Array.of(2, 8), 1]);
  assert.deepEqual(order, [1, 2, 0]);
  assert.equal(caller.open, 0);
});

test('what a method tells comes in order and before its answer', async () => {
  await using caller = new Caller<FixtureMethods>(forked());
  const heard: number[][] = [[], []];
  const ends = [3, 5].map(async (last, index) => {
    const total = await caller.call('count', last, { onEvent: ({ at }) => heard[index]!.push(at) });
    assert.equal(heard[index]!.length, total);
  });
  await Promise.all(ends);
  assert.deepEqual(heard, [
    [1, 2, 3],
    [1, 2, 3, 4, 5],
  ]);
});

test('a method that throws fails its call alone, with its message', async () => {
  await using caller = new Caller<FixtureMethods>(forked());
  const other = caller.call('wait', 20);
  await assert.rejects(caller.call('refuse', 'no room\non this disk'), {
    name: 'CallFailure',
    message: 'no room\non this disk',
  });
  assert.equal(await other, 20);
});

test('a method that nobody serves is named, also one that every object has', async () => {
  await using caller = new Caller<{ toString: Method; nothing: Method }>(forked());
  await assert.rejects(caller.call('nothing', undefined), { name: 'CallFailure', message: /no method nothing/ });
  await assert.rejects(caller.call('toString', undefined), { name: 'CallFailure', message: /no method toString/ });
});

test('an abort reaches the method of its call alone, also one from before the call', async () => {
  await using caller = new Caller<FixtureMethods>(forked(), { patienceMs: 60_000 });
  const stop = new AbortController();
  let ended = false;
  const other = new AbortController();
  const lasting = caller.call('untilAborted', undefined, { signal: other.signal }).finally(() => (ended = true));
  const onEvent = () => stop.abort();
  assert.equal(await caller.call('untilAborted', undefined, { signal: stop.signal, onEvent }), 'stopped');
  assert.equal(await caller.call('untilAborted', undefined, { signal: stop.signal }), 'stopped');
  assert.equal(ended, false);
  other.abort();
  assert.equal(await lasting, 'stopped');
});

test('a method that does not heed its abort loses its process', async () => {
  await using caller = new Caller<FixtureMethods>(forked(), { patienceMs: 10 });
  const stop = new AbortController();
  const deaf = caller.call('deaf', undefined, { signal: stop.signal, onEvent: () => stop.abort() });
  await assert.rejects(deaf, { name: 'ProcessEnded', how: 'SIGKILL' });
});

test('the end of the process rejects every open call, and each one after it', async () => {
  await using caller = new Caller<FixtureMethods>(forked());
  const open = [caller.call('deaf', undefined), caller.call('die', 7)];
  for (const result of await Promise.allSettled(open)) {
    assert.ok(result.status === 'rejected');
    assert.equal((result.reason as Error).message, 'the process ended (exit 7)');
  }
  assert.equal(caller.ended, true);
  await assert.rejects(caller.call('wait', 1), { name: 'ProcessEnded', how: 'exit 7' });
});

test('a process that cannot be started is told as one that ended', async () => {
  const child = fork(new URL('./rpc.fixture.ts', import.meta.url), { execPath: '/no/such/node' });
  await using caller = new Caller<FixtureMethods>(child);
  await assert.rejects(caller.call('wait', 1), { name: 'ProcessEnded', how: /ENOENT/ });
});

test('what cannot be sent leaves no call open', async () => {
  await using caller = new Caller<{ double: Method<() => void> }>(forked());
  await assert.rejects(
    caller.call('double', () => {}),
    /could not be cloned/,
  );
  assert.equal(caller.open, 0);
});

test('a disposed caller leaves no process, and a child whose parent is gone ends by itself', async () => {
  const killed = forked();
  {
    await using caller = new Caller<FixtureMethods>(killed);
    await caller.call('wait', 1);
  }
  assert.equal(killed.signalCode, 'SIGKILL');
  const left = forked();
  await new Caller<FixtureMethods>(left).call('wait', 1);
  const exit = once(left, 'exit');
  left.disconnect();
  assert.deepEqual(await exit, [0, null]);
});
