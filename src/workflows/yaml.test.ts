import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FramesiftError } from '../core/errors.ts';
import { defineWorkflow } from './define.ts';
import { driver } from './driver/workflow.ts';
import { parseWorkflow } from './yaml.ts';

const example = readFileSync(new URL('../../examples/shop-counter.yaml', import.meta.url), 'utf8');

test('the example is a workflow like the built-in one', () => {
  const workflow = parseWorkflow(example, 'shop.yaml');
  assert.deepEqual(
    workflow.questions.map(({ id, needs, withoutNeeds }) => [id, needs, withoutNeeds]),
    [
      ['queue', [], 'ask'],
      ['staff', [], 'ask'],
      ['service', ['queue', 'staff'], 'skip'],
    ],
  );
  const [queue] = workflow.questions;
  assert.ok(queue?.answer.safeParse({ people: 3, length: 'SHORT' }).success);
  assert.ok(!queue?.answer.safeParse({ people: 30, length: 'SHORT' }).success);
  assert.deepEqual(Object.keys(workflow), Object.keys(driver));
  assert.equal(workflow.events[1]?.begin, 3);
});

test('questions are ordered by what they need, however they are written', () => {
  const { questions } = driver;
  assert.equal(questions.at(-1)?.id, 'impaired_driving');
  const moved = example.replace(
    '  queue:\n',
    '  zero:\n    ask: x\n    needs: [service]\n    answer: { a: yes_no }\n  queue:\n',
  );
  assert.equal(parseWorkflow(moved, 'shop.yaml').questions.at(-1)?.id, 'zero');
});

const lineOf = (text: string, needle: string) => text.slice(0, text.indexOf(needle)).split('\n').length;

for (const [what, from, to, at, expected] of [
  [
    'an unknown need',
    'needs: [queue, staff]',
    'needs: [queue, stuff]',
    'needs: [queue, stuff]',
    /no question is named stuff; there are queue, staff, service/,
  ],
  [
    'a cycle',
    '      people: { whole',
    '      people: { whole',
    'needs: [service]',
    /in a circle: queue → service → queue/,
  ],
  [
    'a misspelt key',
    '    without_needs: skip',
    '    without_need: skip',
    'without_need: skip',
    /nothing is named without_need here/,
  ],
  ['a field of no form', 'present: yes_no', 'present: maybe', 'present: maybe', /a field is yes_no, text/],
  [
    'a missing prompt',
    '    ask: Is somebody behind the counter, and what are they doing?\n',
    '',
    '  staff:',
    /questions\.staff\.ask: is missing/,
  ],
  [
    'a given that names no field',
    '{{queue.people}}',
    '{{queue.persons}}',
    'given:',
    /queue has no answer field persons/,
  ],
  ['a window of one', 'window: 2', 'window: 1', 'window: 1', /a window has 2 to 8 frames/],
  ['an event on a value that never comes', 'is: [LONG]', 'is: [ENDLESS]', 'is: [ENDLESS]', /length is never ENDLESS/],
  ['broken YAML', 'title: Shop counter', 'title: "Shop counter', 'system: >-', /shop\.yaml:\d+: /],
] as const) {
  test(`${what} is told with its line`, () => {
    let text = example.replace(from, to);
    if (what === 'a cycle') text = text.replace('    ask: How many', '    needs: [service]\n    ask: How many');
    assert.notEqual(text, example);
    assert.throws(
      () => parseWorkflow(text, 'shop.yaml'),
      (error) => {
        assert.ok(error instanceof FramesiftError && error.code === 'usage', String(error));
        assert.match(error.message, expected);
        assert.doesNotMatch(error.message, /\n/);
        const line = Number(/^shop\.yaml:(\d+): /.exec(error.message)?.[1]);
        if (what !== 'broken YAML') assert.equal(line, lineOf(text, at), error.message);
        return true;
      },
    );
  });
}

test('a misspelt need in TypeScript does not compile', () => {
  const { sample, system, questions } = driver;
  const answer = questions[0]?.answer ?? assert.fail();
  assert.throws(() =>
    defineWorkflow({
      id: 'x',
      version: 1,
      title: 'X',
      system,
      sample: { everySeconds: sample.everySeconds, window: 4 },
      questions: {
        face: { ask: 'Face?', answer },
        // @ts-expect-error: no question is named `fase`; this line is the test
        danger: { ask: 'Danger?', answer, needs: ['fase'] },
      },
    }),
  );
});
