import { open } from 'node:fs/promises';

/**
 * Containers that hold their own data, by FFmpeg's names of their demuxers. Nothing else is opened: a playlist, a list of
 * files to be joined, a manifest, a pattern of pictures or a script names other files or addresses, and whoever opens it
 * has them opened too. Taken from FFmpeg's `libavformat/allformats.c`.
 */
export const containerList = [
  'mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,live_flv,asf,ogg,mxf,nut,rm,dv,wtv,gxf,ivf,gif,apng,webp_anim',
  'yuv4mpegpipe,m4v,h264,hevc,vvc,av1,obu,vc1,vc1test,h263,h261,mjpeg,dirac,cavsvideo,avs2,avs3,r3d,lxf,pva,nsv,vmd',
  // Sound alone: opened so that it can be said that no picture is in it.
  'mp3,aac,wav,flac,w64,aiff,ac3,eac3,au,caf,amr,ape,wv,tta',
].join(',');

/** What is said of any other. */
export const foreignContainer =
  'is in no container that is known to hold its own data. Convert it to MP4 or Matroska, for example with ffmpeg.';

/** How files begin that name others, and what they are. */
const namers: readonly (readonly [begins: RegExp, what: string])[] = [
  [/^ffconcat\b/, 'a list of files to be joined (ffconcat)'],
  [/^#EXTM3U\b/, 'a playlist (M3U, HLS)'],
  [/^\[playlist\]/i, 'a playlist (PLS)'],
  [/^(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)*<MPD\b/, 'a manifest of pieces (DASH)'],
  [/^(<\?xml[^>]*>\s*)?<(SmoothStreamingMedia|AssetMap|CompositionPlaylist|smil|asx)\b/i, 'a manifest of other files'],
  [/^v=0\r?\n/, 'a description of a stream (SDP)'],
  [/^\[Reference\]/i, 'a reference to another file'],
  [/^(rtsptext|RTSPtext|SMIL)/, 'a reference to another file'],
];

/**
 * What a file is that names other files or addresses instead of holding a video, for people.
 *
 * @returns undefined where it begins as none of them
 */
export async function namesOtherFiles(path: string): Promise<string | undefined> {
  await using file = await open(path, 'r');
  const { bytesRead, buffer } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
  const text = buffer.toString('latin1', 0, bytesRead).replace(/^(\xef\xbb\xbf)?\s*/, '');
  return namers.find(([begins]) => begins.test(text))?.[1];
}
