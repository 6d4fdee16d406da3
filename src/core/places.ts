import { homedir } from 'node:os';
import { join } from 'node:path';

/** The place that the system keeps for files that can be made, or fetched, again; FRAMESIFT_CACHE overrules it. */
export function cacheFolder(): string {
  const { FRAMESIFT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (FRAMESIFT_CACHE) return FRAMESIFT_CACHE;
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'framesift', 'cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'framesift');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'framesift');
}

/** Where models lie: `FRAMESIFT_MODELS`, or `models` in the cache. */
export const modelsPath = (): string => process.env['FRAMESIFT_MODELS'] || join(cacheFolder(), 'models');
