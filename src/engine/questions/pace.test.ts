import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';

const questions = ['face', 'attention', 'hands', 'scene', 'impaired'].map((id) => ({
  id,
  needs: id === 'impaired' ? ['face'] : [],
}));

function orderOf(ms: Record<string, number>, slots: number, guess = true) {
  const pace = new Pace();
  for (const [id, each] of Object.entries(ms)) pace.record(id, each);
  const { questions: order, early } = pace.order(questions, slots, () => guess);
  return { order: order.map(({ id }) => id), early: [...early].map(({ id }) => id) };
}
const equal = { face: 5, attention: 5, hands: 5, scene: 5, impaired: 5 };

test('what others wait for goes first, also before anything was measured', () => {
  assert.equal(orderOf({}, 4, false).order[0], 'face');
  assert.deepEqual(orderOf({}, 4, false).early, []);
});

test('with a slot for each question the dependent one is asked early', () => {
  assert.deepEqual(orderOf({}, 5).early, ['impaired']);
  assert.deepEqual(orderOf(equal, 8).early, ['impaired']);
});

test('five equal questions on four slots take two rounds either way: nothing is guessed', () => {
  assert.deepEqual(orderOf(equal, 4).early, []);
});

test('two short answers beside two long ones fit into four slots, the shortest last', () => {
  const { order, early } = orderOf({ face: 8, attention: 5, hands: 4, scene: 9, impaired: 3 }, 4);
  assert.deepEqual(early, ['impaired']);
  assert.deepEqual(order, ['face', 'scene', 'attention', 'hands', 'impaired']);
});

test('where another answer ends last anyway, nothing is guessed', () => {
  assert.deepEqual(orderOf({ face: 4, attention: 6, hands: 5, scene: 9, impaired: 3 }, 4).early, []);
});

test('on one slot there is nothing to gain', () => {
  assert.deepEqual(orderOf({ ...equal, scene: 20 }, 1).early, []);
});

test('the longest way to the end goes first: a short question before a long one that waits for it', () => {
  const { order } = orderOf({ face: 2, attention: 6, hands: 5, scene: 7, impaired: 9 }, 2, false);
  assert.deepEqual(order.slice(0, 2), ['face', 'impaired']);
});
