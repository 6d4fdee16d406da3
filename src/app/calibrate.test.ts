import assert from 'node:assert/strict';
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sampleTalk } from '../../test/fixtures/sample.ts';
import { writeDino, writeResNet } from '../../test/fixtures/tiny-models.ts';
import { temporaryFolder } from '../../test/fixtures/videos.ts';
import { calibrate } from './calibrate.ts';
import { catalogue } from '../store/models/catalogue.ts';
import { pullModel } from '../store/models/pull.ts';
import { findEmbedder, openModelFolder } from './models/registry.ts';
import { readThresholds, saveThresholds } from '../store/models/thresholds.ts';
import { openSlideModels } from './adapters/slide-models.ts';

const place = temporaryFolder();
const talks = join(place.path, 'talks');
const { signal } = new AbortController();
before(async () => {
  process.env['FRAMESIFT_MODELS'] = join(place.path, 'models');
  const { path, truth } = await sampleTalk();
  mkdirSync(talks);
  symlinkSync(path, join(talks, 'sample.mp4'));
  writeFileSync(join(talks, 'sample.truth.json'), JSON.stringify({ ...truth, video: 'sample.mp4' }));
});
after(() => {
  delete process.env['FRAMESIFT_MODELS'];
  place[Symbol.dispose]();
});

test('thresholds are found on a talk, kept under the digest, and used by the next run', async () => {
  const asked: [string, number][] = [];
  const onTalk = (name: string, pictures: number) => void asked.push([name, pictures]);
  const found = await calibrate(talks, { embedder: 'builtin', every: 0.5, signal, onTalk });
  assert.ok(found.use === 'embedder');
  assert.deepEqual([found.stored, asked[0]?.[0]], [true, 'sample'], found.why);
  const { candidate, same, auc, pairs } = found.thresholds;
  assert.ok(auc > 0.95 && same <= 1 && candidate <= 1, JSON.stringify(found.thresholds));
  assert.ok(pairs.same >= 100 && pairs.different >= 100);
  assert.equal((await readThresholds()).embedder['builtin-1']?.same, same);
  const options = { embedder: 'builtin', frameClassifier: [], device: 'cpu' } as const;
  await using models = await openSlideModels({ ...options, frameClassifier: [] });
  assert.deepEqual(models.models.embedder?.thresholds, { candidate, same });
});

test('auto takes an installed model that is calibrated, and goes on without one that cannot be used', async () => {
  const model = catalogue.find(({ name }) => name === 'dinov2-small')!;
  const { folder } = await pullModel(model, openModelFolder(), { from: writeDino(join(place.path, 'dino')), signal });
  const auto = { embedder: 'auto', frameClassifier: [], device: 'cpu' } as const;
  const chosen = async () => {
    await using opened = await openSlideModels({ ...auto, frameClassifier: [] });
    return [opened.models.embedder?.id, opened.notices] as const;
  };
  assert.deepEqual(await chosen(), ['builtin', []], 'one without thresholds is not taken');
  const { digest } = await findEmbedder('dinov2-small');
  const { 'builtin-1': like } = (await readThresholds()).embedder;
  await saveThresholds({ embedder: { [digest]: like! } });
  assert.deepEqual(await chosen(), ['dinov2-small', []]);
  const network = join(folder, 'onnx/model.onnx');
  writeFileSync(network, Buffer.alloc(statSync(network).size));
  const [id, [notice]] = await chosen();
  assert.equal(id, 'builtin');
  assert.match(notice!, /dinov2-small is installed and cannot be used/);
});

test('too few pictures are said and not kept', async () => {
  const few = await calibrate(talks, { embedder: 'builtin', every: 20, signal });
  assert.equal(few.stored, false);
  assert.match(few.why!, /too few .*give more talks, or a smaller --every/);
  const classifier = writeResNet(join(place.path, 'cnn.onnx'));
  const gate = await calibrate(talks, { frameClassifier: classifier, signal });
  assert.ok(gate.use === 'gate' && !gate.stored);
  assert.deepEqual((await readThresholds()).gate, {});
});

test('says what is wrong with the talks and the options', async () => {
  await assert.rejects(calibrate(talks, { signal }), { code: 'usage', message: /Give one of --embedder/ });
  await assert.rejects(calibrate(join(place.path, 'none'), { embedder: 'builtin', signal }), { code: 'input' });
  const empty = join(place.path, 'empty');
  mkdirSync(empty);
  await assert.rejects(calibrate(empty, { embedder: 'builtin', signal }), /holds no NAME\.truth\.json/);
  writeFileSync(join(empty, 'bad.truth.json'), '{"video": "x.mp4"}');
  await assert.rejects(calibrate(empty, { embedder: 'builtin', signal }), /bad\.truth\.json: not the truth of a talk/);
});
