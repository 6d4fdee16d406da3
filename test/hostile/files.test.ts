/** A file that is given as a video opens no other file and no address, whichever decoder reads it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FramesiftError } from '../../src/core/errors.ts';
import { FfmpegProgramSource } from '../../src/media/ffmpeg-program/source.ts';
import { NodeAvSource } from '../../src/media/node-av/source.ts';
import { openVideo } from '../../src/media/open-video.ts';
import { makeClip } from '../fixtures/clips.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { makeMovingVideo, temporaryFolder } from '../fixtures/videos.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const at = (name: string): string => join(folder.path, name);
const { signal } = new AbortController();
const skip = !hasFfmpeg && 'ffmpeg is not here';

/** Bytes of no text, so that a list of names does not pass for a text file. */
const binary = '\u0001\u0002\u00ff';
let asked = 0;
let server: Server;
let url = '';

describe('a file that names others', { skip }, () => {
  before(async () => {
    makeMovingVideo(folder.path, 1, '160x120');
    server = createServer((_, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.mp4`;
  });
  after(() => server.close());

  const beside = 'moving-1s-160x120.mp4';
  const lists: Readonly<Record<string, readonly [text: () => string, says: RegExp]>> = {
    ffconcat: [() => `ffconcat version 1.0\n# ${binary}\nfile ${beside}\n`, /is a list of files to be joined/],
    'ffconcat-of-an-address': [() => `ffconcat version 1.0\n# ${binary}\nfile ${url}\n`, /to be joined/],
    hls: [() => `#EXTM3U\n# ${binary}\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n${beside}\n#EXT-X-ENDLIST\n`, /playlist/],
    'hls-of-an-address': [() => `#EXTM3U\n# ${binary}\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n${url}\n`, /playlist/],
    dash: [() => `<?xml version="1.0"?><!--${binary}--><MPD><Period><BaseURL>${url}</BaseURL></Period></MPD>`, /DASH/],
    sdp: [() => `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=${binary}\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n`, /\(SDP\)/],
    pls: [() => `[playlist]\nFile1=${beside}\n${binary}`, /playlist \(PLS\)/],
  };
  for (const [name, [text, says]] of Object.entries(lists)) {
    for (const extension of ['mp4', 'mkv'])
      test(`${name}.${extension}`, async () => {
        const path = at(`${name}.${extension}`);
        writeFileSync(path, text(), 'latin1');
        const refused = (error: unknown): boolean => {
          assert.ok(error instanceof FramesiftError && error.code === 'media', String(error));
          return true;
        };
        await assert.rejects(openVideo(path, { signal }), (error) => refused(error) && says.test(String(error)));
        // The decoders by themselves, were it not known by its beginning.
        await assert.rejects(NodeAvSource.open(path, 1, { signal }), refused);
        await assert.rejects(FfmpegProgramSource.open(path, 1, { signal }), refused);
        assert.equal(asked, 0, 'nobody was asked for anything');
      });
  }

  test('a pattern of pictures', async () => {
    for (const name of ['f1.png', 'f2.png', 'f%d.png']) {
      const pixel = ['-f', 'lavfi', '-i', 'color=red:size=16x16', '-frames:v', '1', '-update', '1', '-y'];
      execFileSync('ffmpeg', ['-v', 'error', ...pixel, at(name).replace('%', '%%')]);
    }
    writeFileSync(at('f%d.png'), binary);
    await assert.rejects(NodeAvSource.open(at('f%d.png'), 1, { signal }), FramesiftError);
    await assert.rejects(FfmpegProgramSource.open(at('f%d.png'), 1, { signal }), FramesiftError);
  });
});

describe('a file that holds its own data is opened as ever', { skip }, () => {
  for (const clip of ['b-frames', 'vp9', 'variable-rate', 'late-start'] as const)
    test(clip, async () => {
      const path = makeClip(folder.path, clip);
      for (const decoder of ['node-av', 'ffmpeg'] as const) {
        await using source = await openVideo(path, { decoder, signal });
        let frames = 0;
        for await (using frame of source.frames({ everySeconds: 1 }, { signal }))
          frames += frame.luma.width > 0 ? 1 : 0;
        assert.ok(frames >= 4, `${frames} frames`);
      }
    });
});
