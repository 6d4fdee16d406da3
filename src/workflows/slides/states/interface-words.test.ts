import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInterfaceMessage } from './interface-words.ts';

test('what programs write over a picture is told from what a slide says', () => {
  for (const line of [
    'Press Esc to exit full screen',
    'Click to exit presentation...',
    'Loading…',
    'You are screen sharing',
    'Vollbild beenden',
    'Appuyez sur Échap pour quitter le mode plein écran',
    'Recording in progress',
    'Anna has joined the meeting',
  ])
    assert.ok(isInterfaceMessage(line), line);
  for (const line of [
    'Press coverage in 2024',
    'Loading the data into memory',
    'How to leave a presentation open to questions',
    'Exit strategy',
    'You are here',
    'The end of work',
  ])
    assert.ok(!isInterfaceMessage(line), line);
});
