import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FramesiftError } from '../../core/errors.ts';
import { temporaryFolder } from '../../../test/fixtures/videos.ts';
import { addressOf, catalogue, type CatalogueModel } from './catalogue.ts';
import { ModelFolder } from './model-folder.ts';
import { pullModel, type PullEvent, type PullOptions } from './pull.ts';
import { tarOf } from './tar.fixture.ts';

const place = temporaryFolder();
after(() => place[Symbol.dispose]());
let count = 0;
const fresh = (): ModelFolder => new ModelFolder(join(place.path, `models-${(count += 1)}`));

const weights = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 31) % 251));
const contents: Readonly<Record<string, Buffer>> = {
  'onnx/model.onnx': weights,
  'config.json': Buffer.from('{"hidden_size":3}'),
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const model: CatalogueModel = {
  name: 'test-model',
  uses: ['embedder'],
  what: 'a test',
  licence: 'MIT',
  megabytes: 1,
  repository: 'somebody/test-model',
  revision: 'main',
  files: [{ path: 'onnx/model.onnx' }, { path: 'config.json' }],
};
const { signal } = new AbortController();

type Handler = (request: IncomingMessage, response: ServerResponse, file: Buffer, path: string) => void;

/** Answers with ranges and strong marks, as the hub's store does. */
const honest: Handler = (request, response, file) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const etag = `"${sha256(file).slice(0, 12)}"`;
  const ranged = from > 0 && request.headers['if-range'] === etag;
  const body = ranged ? file.subarray(from) : file;
  response.writeHead(ranged ? 206 : 200, {
    'content-length': body.length,
    etag,
    ...(ranged ? { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` } : {}),
  });
  response.end(body);
};

async function serve(handler: Handler, files = contents) {
  const asked: { path: string; range: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').replace(/^.*\/resolve\/main\/|\?.*$/g, '');
    asked.push({ path, range: request.headers.range });
    const file = files[path];
    if (file) handler(request, response, file, path);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hub`;
  return {
    mirror,
    asked,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const pull = (folder: ModelFolder, options: Partial<PullOptions>, which = model) =>
  pullModel(which, folder, { signal, ...options });

function assertWhole(folder: ModelFolder): void {
  for (const [path, bytes] of Object.entries(contents)) {
    assert.deepEqual(readFileSync(join(folder.folderOf(model.name), path)), bytes);
  }
  assert.ok(!existsSync(join(folder.path, '.pulling', model.name)), 'nothing is left beside');
}

const fails = (told: Promise<unknown>, code: string, message: RegExp) =>
  assert.rejects(told, (error) => {
    assert.ok(error instanceof FramesiftError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });

test('addresses are those of the hub, or of a mirror with its paths', () => {
  const [dino] = catalogue;
  assert.equal(
    addressOf(dino!, dino!.files[0]!).href,
    'https://huggingface.co/Xenova/dinov2-small/resolve/main/onnx/model.onnx',
  );
  assert.equal(
    addressOf(dino!, dino!.files[0]!, 'http://mirror.local/hub/').href,
    'http://mirror.local/hub/Xenova/dinov2-small/resolve/main/onnx/model.onnx',
  );
});

test('a pull fetches every file, records digests and tells what it does', async () => {
  await using server = await serve(honest);
  const folder = fresh();
  const events: PullEvent[] = [];
  const installed = await pull(folder, { mirror: server.mirror, onEvent: (event) => events.push(event) });
  assertWhole(folder);
  assert.deepEqual(installed.damaged, []);
  assert.deepEqual(await folder.digests(), {
    'test-model/onnx/model.onnx': sha256(weights),
    'test-model/config.json': sha256(contents['config.json']!),
  });
  const last = events.findLast((event) => event.type === 'file' && event.file === 'onnx/model.onnx');
  assert.deepEqual(last, { type: 'file', file: 'onnx/model.onnx', bytes: weights.length, ofBytes: weights.length });
  assert.ok(events.some((event) => event.type === 'digest' && !event.known));
});

test('a truncated answer and a cut connection are continued where they ended', async () => {
  let cuts = 0;
  await using server = await serve((request, response, file, path) => {
    if (path === 'config.json' || cuts >= 2) return honest(request, response, file, path);
    cuts += 1;
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const etag = `"${sha256(file).slice(0, 12)}"`;
    const headers = { 'content-length': file.length - from, etag };
    if (from > 0) {
      response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` });
    } else response.writeHead(200, headers);
    // What was written has left before the connection does.
    response.write(file.subarray(from, from + 100_000), () => setTimeout(() => response.destroy(), 50));
  });
  const folder = fresh();
  await pull(folder, { mirror: server.mirror });
  assertWhole(folder);
  const ranges = server.asked.filter(({ path }) => path === 'onnx/model.onnx').map(({ range }) => range);
  assert.equal(ranges.length, 3);
  assert.equal(ranges[0], undefined);
  assert.match(ranges[1]!, /^bytes=[1-9]\d*-$/);
});

test('a pull that was stopped is continued by the next one, and a changed file begun anew', async () => {
  const folder = fresh();
  const controller = new AbortController();
  await using slow = await serve((request, response, file, path) => {
    if (path === 'config.json') return honest(request, response, file, path);
    response.writeHead(200, { 'content-length': file.length, etag: `"${sha256(file).slice(0, 12)}"` });
    response.write(file.subarray(0, 120_000));
  });
  const onEvent = (event: PullEvent) => {
    if (event.type === 'file' && event.bytes >= 120_000) controller.abort(new Error('stop'));
  };
  await assert.rejects(pull(folder, { mirror: slow.mirror, signal: controller.signal, onEvent }), /stop/);
  assert.equal((await folder.unfinished()) > 100_000, true);
  await using server = await serve(honest);
  await pull(folder, { mirror: server.mirror });
  assertWhole(folder);
  assert.equal(server.asked[0]?.range, 'bytes=120000-');

  // The same again, but the file is another one by the time it is continued: its mark differs, so all of it comes.
  const second = fresh();
  const again = new AbortController();
  const stop = (event: PullEvent) => {
    if (event.type === 'file' && event.bytes >= 120_000) again.abort(new Error('stop'));
  };
  await using old = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': weights.length, etag: '"older"' });
    response.write(Buffer.alloc(120_000, 7));
  });
  await assert.rejects(pull(second, { mirror: old.mirror, signal: again.signal, onEvent: stop }), /stop/);
  await pull(second, { mirror: server.mirror });
  assertWhole(second);
});

test('redirects are followed, also to another host and through a relative address, but not for ever', async () => {
  await using store = await serve(honest);
  await using hub = await serve((request, response, _file, path) => {
    const target = request.url!.includes('moved') ? `${store.mirror}/x/resolve/main/${path}` : `${request.url}?moved=1`;
    response.writeHead(302, { location: target, 'x-linked-etag': `"${sha256(contents[path]!)}"` }).end();
  });
  const folder = fresh();
  await pull(folder, { mirror: hub.mirror });
  assertWhole(folder);

  await using circle = await serve((request, response) => {
    response.writeHead(302, { location: request.url }).end();
  });
  await fails(pull(fresh(), { mirror: circle.mirror }), 'model', /redirects in a circle/);
  await using astray = await serve((_request, response) => {
    response.writeHead(302, { location: 'file:///etc/passwd' }).end();
  });
  await fails(pull(fresh(), { mirror: astray.mirror }), 'model', /redirects to file:.*not followed/);
});

test('a file that is not what the hub tells is refused, and the next pull starts it anew', async () => {
  let lies = true;
  await using server = await serve((request, response, file, path) => {
    response.setHeader('x-linked-etag', `"${sha256(file)}"`);
    if (lies && path === 'onnx/model.onnx') response.end(Buffer.alloc(file.length, 1));
    else honest(request, response, file, path);
  });
  const folder = fresh();
  await fails(pull(folder, { mirror: server.mirror }), 'model', /came damaged/);
  lies = false;
  await pull(folder, { mirror: server.mirror });
  assertWhole(folder);
});

test('a known digest, and one recorded at the first pull, are binding', async () => {
  const known = { ...model, files: [{ path: 'onnx/model.onnx', sha256: sha256(Buffer.from('other')) }] };
  await using server = await serve(honest);
  const folder = fresh();
  await fails(pull(folder, { mirror: server.mirror }, known), 'model', /has the digest .*that is known/);
  assert.equal(await folder.find(known), undefined);

  await pull(folder, { mirror: server.mirror });
  await folder.remove('test-model');
  await using changed = await serve(honest, { ...contents, 'config.json': Buffer.from('{"hidden_size":4}') });
  await fails(pull(folder, { mirror: changed.mirror }), 'model', /recorded when it was first pulled.*--accept-changed/);
  assert.equal(await folder.find(model), undefined);
  await pull(folder, { mirror: changed.mirror, acceptChanged: true });
  assert.equal(readFileSync(join(folder.folderOf('test-model'), 'config.json'), 'utf8'), '{"hidden_size":4}');
  // From then on the new one is.
  await folder.remove('test-model');
  await fails(pull(folder, { mirror: server.mirror }), 'model', /recorded when/);
});

test('what is there and undamaged is not fetched again', async () => {
  await using server = await serve(honest);
  const folder = fresh();
  await pull(folder, { mirror: server.mirror });
  const present: string[] = [];
  const onEvent = (event: PullEvent) => event.type === 'present' && present.push(event.file);
  await pull(folder, { mirror: 'http://127.0.0.1:9', onEvent });
  assert.deepEqual(present, ['onnx/model.onnx', 'config.json']);
  assertWhole(folder);
  // One byte of the settings changed: it alone is fetched.
  writeFileSync(join(folder.folderOf(model.name), 'config.json'), '{"hidden_size":5}');
  const before = server.asked.length;
  await pull(folder, { mirror: server.mirror });
  assertWhole(folder);
  assert.deepEqual(
    server.asked.slice(before).map(({ path }) => path),
    ['config.json'],
  );
});

test('two pulls of one model at once: the second is told to wait', async () => {
  await using slow = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': weights.length }).write('x');
  });
  const folder = fresh();
  const controller = new AbortController();
  const begun = Promise.withResolvers<void>();
  const onEvent = (event: PullEvent) => event.type === 'file' && begun.resolve();
  const first = pull(folder, { mirror: slow.mirror, signal: controller.signal, onEvent });
  await begun.promise;
  await fails(pull(folder, { mirror: slow.mirror }), 'output', /Another process pulls test-model now/);
  controller.abort(new Error('stop'));
  await assert.rejects(first, /stop/);
});

test('what cannot be fetched says so in a line', async () => {
  await using gone = await serve(honest, {});
  await fails(pull(fresh(), { mirror: gone.mirror }), 'model', /is not there \(404\).*--from FOLDER/);
  await using portal = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>please log in</html>');
  });
  await fails(pull(fresh(), { mirror: portal.mirror }), 'model', /answers with a web page/);
  await using endless = await serve((_request, response) => {
    response.writeHead(200);
    const more = (): void => void response.write(Buffer.alloc(1 << 20), (error) => !error && setImmediate(more));
    more();
  });
  await fails(pull(fresh(), { mirror: endless.mirror }), 'model', /bytes or more, where at most/);
  await using huge = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 1e12 });
    response.write('x');
  });
  await fails(pull(fresh(), { mirror: huge.mirror }), 'model', /bytes or more, where at most/);
  await fails(
    pull(fresh(), { mirror: 'http://127.0.0.1:9' }),
    'model',
    /could not be fetched \(ECONNREFUSED\).*run the same command again/,
  );
});

test('a server that stalls is given up and asked again', async () => {
  let stalls = 0;
  await using server = await serve((request, response, file, path) => {
    if (path === 'config.json' || stalls > 0) return honest(request, response, file, path);
    stalls += 1;
    response.writeHead(200, { 'content-length': file.length, etag: `"${sha256(file).slice(0, 12)}"` });
    response.write(file.subarray(0, 50_000));
  });
  const folder = fresh();
  await pull(folder, { mirror: server.mirror, idleSeconds: 0.3 });
  assertWhole(folder);
});

function writeFolder(path: string, files = contents): string {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), bytes);
  }
  return path;
}

test('a folder and an archive do without a network', async () => {
  const source = writeFolder(join(place.path, 'source'));
  const entries = Object.entries(contents).map(([name, bytes]) => ({ name, bytes }));
  const wrapped = entries.map(({ name, bytes }) => ({ name: `./test-model/${name}`, bytes }));
  const files: Record<string, Buffer> = {
    'plain.tar': tarOf(entries),
    'wrapped.tar': tarOf([{ name: 'README', bytes: Buffer.from('read me') }, ...wrapped]),
    'zipped.tar.gz': gzipSync(tarOf(entries)),
    'long.tar': tarOf(entries, { longNames: true }),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(place.path, name), bytes);
  for (const from of [source, ...Object.keys(files).map((name) => join(place.path, name))]) {
    const folder = fresh();
    await pull(folder, { from });
    assertWhole(folder);
  }
});

test('an archive cannot write elsewhere, link elsewhere, or grow without end', async () => {
  const entries = Object.entries(contents).map(([name, bytes]) => ({ name, bytes }));
  const bad: readonly [name: string, archive: Buffer, message: RegExp][] = [
    ['climbs', tarOf([{ name: '../outside.txt', bytes: Buffer.from('x') }, ...entries]), /written outside/],
    ['deep', tarOf([{ name: 'a/../../outside.txt', bytes: Buffer.from('x') }, ...entries]), /written outside/],
    ['root', tarOf([{ name: '/outside.txt', bytes: Buffer.from('x') }, ...entries]), /written outside/],
    ['windows', tarOf([{ name: '..\\outside.txt', bytes: Buffer.from('x') }, ...entries]), /written outside/],
    ['link', tarOf([{ name: 'config.json', link: '/etc/passwd' }, ...entries]), /link or a device/],
    ['short', tarOf(entries).subarray(0, 100_000), /truncated/],
    ['less', tarOf(entries.slice(0, 1)), /lacks config\.json/],
    ['noise', Buffer.alloc(4096, 0x41), /not a tar archive/],
    ['huge', tarOf([{ name: 'filler', bytes: Buffer.alloc(70_000_000) }, ...entries]), /more than the/],
  ];
  for (const [name, archive, message] of bad) {
    const from = join(place.path, `${name}.tar`);
    writeFileSync(from, archive);
    const folder = fresh();
    await fails(pull(folder, { from }), 'model', message);
    assert.equal(await folder.find(model), undefined, name);
    assert.ok(!existsSync(join(folder.path, 'outside.txt')) && !existsSync(join(place.path, 'outside.txt')), name);
    rmSync(from);
  }
});

test('a folder’s links may not lead out of it', async () => {
  const secret = join(place.path, 'secret.json');
  writeFileSync(secret, '{}');
  const source = writeFolder(join(place.path, 'linked'), { 'onnx/model.onnx': weights });
  symlinkSync(secret, join(source, 'config.json'));
  await fails(pull(fresh(), { from: source }), 'model', /link that leads out of/);
  await fails(pull(fresh(), { from: join(place.path, 'nowhere') }), 'model', /no such folder or archive/);
});

test('a damaged model is told by its sizes', async () => {
  const folder = fresh();
  await pull(folder, { from: writeFolder(join(place.path, 'whole')) });
  writeFileSync(join(folder.folderOf(model.name), 'onnx/model.onnx'), 'cut');
  assert.deepEqual((await folder.find(model))?.damaged, ['onnx/model.onnx']);
});
