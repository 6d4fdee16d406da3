import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { modes, type ModeName } from '../../../bench/simulated-server/modes.ts';
import { SimulatedServer } from '../../../bench/simulated-server/server.ts';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import { checkModel } from './model.ts';

const place = temporaryFolder();
const earlier = process.env['FRAMESIFT_CACHE'];
before(() => (process.env['FRAMESIFT_CACHE'] = place.path));
after(() => {
  if (earlier === undefined) delete process.env['FRAMESIFT_CACHE'];
  else process.env['FRAMESIFT_CACHE'] = earlier;
  place[Symbol.dispose]();
});
const { signal } = new AbortController();

async function look(mode: ModeName, more: { readonly slots?: number; readonly tellSlots?: boolean } = {}) {
  await using server = await SimulatedServer.start({ ...modes[mode].options, ...more, speed: 20 });
  const door = 'door' in modes[mode] && modes[mode].door === 'openai' ? server.openAiSpec : server.ollamaSpec;
  const checks = await checkModel(door, signal);
  return new Map(checks.map((check) => [check.name, check]));
}

test('a model’s server is described by what it does, with what would make it faster', async () => {
  const friendly = await look('friendly', { slots: 4 });
  assert.match(friendly.get('at once')!.says, /at least 4/);
  assert.match(friendly.get('prefix')!.says, /is helped by the first/);
  assert.match(friendly.get('schema')!.says, /bound to a JSON schema/);
  assert.ok([...friendly.values()].every(({ ok, fix }) => ok && fix === undefined));

  const one = await look('friendly', { slots: 1 });
  assert.match(one.get('at once')!.fix!, /OLLAMA_NUM_PARALLEL=4 ollama serve/);
  const forced = await look('one-slot');
  assert.match(forced.get('at once')!.says, /forces that for this family/);
  assert.doesNotMatch(forced.get('at once')!.fix!, /OLLAMA_NUM_PARALLEL=4/, 'it would not obey');
});

test('what a server lacks is told with its remedy', async () => {
  assert.match((await look('forgetful')).get('prefix')!.fix!, /--plan combined/);
  assert.match((await look('ignores-schema')).get('schema')!.fix!, /response_format json_schema/);
  assert.match((await look('whole')).get('stream')!.fix!, /--concurrency/);
  assert.match((await look('always-thinks')).get('thinking')!.says, /cannot be switched off/);
  const [failed] = await checkModel('ollama/llava:7b@http://127.0.0.1:9', signal);
  assert.deepEqual([failed!.ok, failed!.code], [false, 'model']);
  assert.match(failed!.fix!, /ollama serve/);
});
