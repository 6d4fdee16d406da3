import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { FramesiftError, systemCodeOf } from '../core/errors.ts';
import { namesOtherFiles } from './containers.ts';

/**
 * Looks at the file itself before any decoder does, so that the common mistakes get their own message.
 *
 * @returns size in bytes
 * @throws FramesiftError `input` (missing, directory, no permission) or `media` (empty, plainly text, a list of other files)
 */
export async function checkInputFile(path: string): Promise<number> {
  let facts;
  try {
    facts = await stat(path);
    await access(path, constants.R_OK);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new FramesiftError('input', `${path}: no such file. Check the path.`);
    }
    if (code === 'EACCES' || code === 'EPERM') {
      throw new FramesiftError('input', `${path}: no permission to read it. Change its permissions or copy it.`);
    }
    throw new FramesiftError('input', `${path}: cannot be opened (${code ?? 'unknown reason'}).`, { cause: error });
  }
  if (facts.isDirectory()) throw new FramesiftError('input', `${path}: is a directory. Give a video file.`);
  if (!facts.isFile()) throw new FramesiftError('input', `${path}: is not a regular file. Give a video file.`);
  if (facts.size === 0) throw new FramesiftError('media', `${path}: is empty (0 bytes). Copy or record it again.`);
  const names = await namesOtherFiles(path);
  if (names !== undefined) {
    throw new FramesiftError(
      'media',
      `${path}: is ${names}, which names other files instead of holding a video. Give the video itself.`,
    );
  }
  if (await looksLikeText(path)) {
    throw new FramesiftError('media', `${path}: is a text file, not a video. Give a video file.`);
  }
  return facts.size;
}

/** True when the first bytes are all printable text. No video container begins so; playlists and scripts do. */
async function looksLikeText(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const { bytesRead, buffer } = await file.read(Buffer.alloc(512), 0, 512, 0);
  for (const byte of buffer.subarray(0, bytesRead)) {
    const printable = byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte !== 127);
    if (!printable) return false;
  }
  return true;
}
