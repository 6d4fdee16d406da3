/** Keys and passwords are sent as they were given, and stand in nothing that is printed or written. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SimulatedServer } from '../../bench/simulated-server/server.ts';
import { framesift, type Said } from '../fixtures/command.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { RecordingProxy } from '../fixtures/recording-proxy.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (...names: string[]): string => join(folder.path, ...names);
const skip = hasFfmpeg ? false : 'ffmpeg is not here';
const shop = fileURLToPath(new URL('../../examples/shop-counter.yaml', import.meta.url));
/** One for each place: a password with signs that are coded in addresses, a key in a query, a key in a file. */
const secrets = ['pa55/w0rd%planted', 'qUeryPlanted9911', 'sk-filePlanted7722'] as const;
const [password, query, key] = secrets;

/** In whatever way it may be written. */
const forms = [
  ...secrets.flatMap((one) => [one, encodeURIComponent(one), Buffer.from(one).toString('base64')]),
  Buffer.from(`me:${password}`).toString('base64'),
];

function everyFile(path: string): string[] {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.map((name) => join(path, name)).filter((name) => statSync(name).isFile());
}

function assertNoSecret(said: Said): void {
  for (const secret of forms) {
    for (const text of [said.out, said.err]) assert.ok(!text.includes(secret), `printed: ${secret} in ${text}`);
    for (const file of everyFile(folder.path)) {
      if (file !== at('key.txt')) assert.ok(!readFileSync(file, 'latin1').includes(secret), `${secret} in ${file}`);
    }
  }
}

test('secrets of an address and of the environment', { skip, timeout: 120_000 }, async (t) => {
  await using server = await SimulatedServer.start({ slots: 2 });
  let refusals = 0;
  await using proxy = await RecordingProxy.start(server.url, ({ headers, body }) =>
    // A server that says in its error what it was sent.
    body !== '' && (refusals += 1) === 2
      ? JSON.stringify({ error: `no: ${headers.authorization}, ${password}, ${query}` })
      : undefined,
  );
  const video = makeMovingVideo(folder.path, 4, '160x120');
  const address = `http://me:${encodeURIComponent(password)}@${proxy.host}/v1?api_key=${query}&version=3`;
  const model = `openai/${server.model}@${address}`;
  const asking = ['ask', '--workflow', shop, '--model', model, '--plan', 'lanes', '--no-adaptive', '--every', '2'];
  const more = ['--cache-folder', at('cache'), '--trace', at('trace.json'), '--log-level', 'trace', '--verbose'];
  const run = (...args: string[]): Promise<Said> => framesift(...args);

  await t.test('the address is sent whole, and kept without its secrets', async () => {
    const said = await run(...asking, video, '-o', at('run'), ...more);
    assert.equal(said.code, 10, said.err);
    assert.ok(proxy.seen.length > 3);
    for (const { url, headers } of proxy.seen) {
      assert.equal(new URL(url, 'http://x').searchParams.get('api_key'), query, url);
      const basic = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
      assert.equal(basic, `me:${password}`);
    }
    assertNoSecret(said);
    const { options } = JSON.parse(readFileSync(at('run', 'run.json'), 'utf8')) as { options: { model: string } };
    assert.equal(options.model, `openai/${server.model}@http://***@${proxy.host}/v1?api_key=***&version=***`);
  });

  await t.test('what is printed of a run later has none either, and its key is asked for', async () => {
    for (const command of [
      ['status', '--json'],
      ['follow', '--json', '--replay'],
      ['resume', '--trust'],
    ]) {
      const said = await run(...command, at('run'));
      assertNoSecret(said);
      if (command[0] === 'resume') assert.match(said.err, /had a key, and keys are not kept\. Give it again/);
      else assert.equal(said.code, 0, said.err);
    }
    const again = await run('resume', at('run'), '--trust', '--model', model);
    assert.equal(again.code, 0, again.err);
    assertNoSecret(again);
  });

  await t.test('a batch, the key in a file, JSON on standard output', async () => {
    writeFileSync(at('key.txt'), `${key}\n`);
    process.env['OPENAI_API_KEY_FILE'] = at('key.txt');
    t.after(() => delete process.env['OPENAI_API_KEY_FILE']);
    const before = proxy.seen.length;
    const spec = `openai/${server.model}@${proxy.host}/v1?api_key=${query}`;
    const said = await run(...asking.with(4, spec), '--no-cache', video, '--jobs', '1', '-o', at('batch'), '--json');
    assert.equal(said.code, 0, said.err);
    // Beside the models' own paths, servers are asked for what no key is needed for.
    const asked = proxy.seen.slice(before).filter(({ url }) => url.startsWith('/v1/'));
    assert.ok(asked.length > 3 && asked.every(({ headers }) => headers.authorization === `Bearer ${key}`));
    assertNoSecret(said);
  });

  await t.test('a server that is not there, one that is wrong, a doctor who looks', async () => {
    const gone = `openai/m@http://me:${encodeURIComponent(password)}@127.0.0.1:9/v1?api_key=${query}`;
    for (const command of [
      [...asking.with(4, gone), video, '-o', at('gone')],
      [...asking.with(4, gone.replace('127.0.0.1:9', ' :')), video, '-o', at('gone')],
      ['doctor', '--server', `http://me:${encodeURIComponent(password)}@127.0.0.1:9/v1?api_key=${query}`],
    ]) {
      const said = await run(...command, '--verbose');
      assert.notEqual(said.code, 0);
      assertNoSecret(said);
    }
  });
});
