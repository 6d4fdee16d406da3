import { basename, dirname, extname, join, relative, sep } from 'node:path';

/**
 * A run folder for each video below a batch's folder, relative to it: named after the video, in the same folders as
 * the videos have below the one that holds them all. Videos that differ in their ending alone keep it.
 *
 * @param taken folders that other videos of the batch have already, by video
 */
export function runFoldersOf(videos: readonly string[], taken: ReadonlyMap<string, string> = new Map()): string[] {
  const top = commonFolder(videos.filter((video) => !taken.has(video)));
  const used = new Set(taken.values());
  return videos.map((video) => {
    const known = taken.get(video);
    if (known !== undefined) return known;
    const place = relative(top, dirname(video))
      .split(sep)
      .filter((part) => part !== '' && part !== '..');
    const stem = basename(video, extname(video));
    const names = [
      stem,
      basename(video),
      ...Array.from({ length: 10_000 }, (_, index) => `${basename(video)}-${index + 2}`),
    ];
    const free = names.map((name) => join(...place, `${name}.framesift`)).find((folder) => !used.has(folder))!;
    used.add(free);
    return free;
  });
}

function commonFolder(videos: readonly string[]): string {
  const [first = ''] = videos;
  let top = dirname(first);
  for (const video of videos) {
    while (dirname(video) !== top && !dirname(video).startsWith(top.endsWith(sep) ? top : top + sep))
      top = dirname(top);
  }
  return top;
}
