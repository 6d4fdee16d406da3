/** What is known of a packet before it is decoded. */
export interface SizedPacket {
  readonly timeSeconds: number;
  readonly bytes: number;
  /** No other frame builds on it. */
  readonly disposable: boolean;
}

/** What the sizes of the packets between two key frames tell. */
export interface Bursts {
  /** Times of packets that are larger than their like around them, in order: something new came into the picture there. */
  readonly times: readonly number[];
  /** Whether a line of text that appeared would have shown as one. Not where film, noise or a moving person fill the packets. */
  readonly telling: boolean;
}

/** Fewer packets of a role than this say nothing of what is usual. */
const fewest = 6;

/** Median absolute deviations beyond which a size is no longer usual; 1.4826 makes them standard deviations of a normal. */
const unusual = 4 * 1.4826;

/** Share of its like by which a packet must be larger at least: rate control moves them by less. */
const minShare = 0.2;

/** Share of the key frame, which holds the whole picture, that a packet must be larger by: less is a blinking cursor. */
const minOfKey = 1 / 300;

/** Share of the key frame that a line of text takes on a slide of some twenty lines: what must not drown in the usual. */
const lineOfKey = 1 / 25;

type Role = 'anchor' | 'between' | 'disposable';

/**
 * Finds unusually large packets in a group of pictures. What is usual is learned from the group itself, for each role
 * that packets play in it.
 *
 * @param packets those after a key frame up to the next one, in decoding order
 */
export function findBursts(keyBytes: number, packets: readonly SizedPacket[]): Bursts {
  let latest = -Infinity;
  const played = packets.map((packet) => {
    const ahead = packet.timeSeconds > latest;
    latest = Math.max(latest, packet.timeSeconds);
    // Frames shown before one that was decoded already are cheap, those that nothing builds on the cheapest.
    const role: Role = packet.disposable ? 'disposable' : ahead ? 'anchor' : 'between';
    return { ...packet, role };
  });
  const limits = { anchor: Infinity, between: Infinity, disposable: Infinity };
  let telling = true;
  for (const role of ['anchor', 'between', 'disposable'] as const) {
    const sizes = played.filter((packet) => packet.role === role).map(({ bytes }) => bytes);
    if (sizes.length === 0) continue;
    if (sizes.length < fewest) {
      telling = false;
      continue;
    }
    const usual = median(sizes);
    const spread = median(sizes.map((size) => Math.abs(size - usual)));
    const margin = Math.max(unusual * spread, minShare * usual, minOfKey * keyBytes);
    limits[role] = usual + margin;
    telling &&= margin <= lineOfKey * keyBytes;
  }
  const times = played.filter(({ bytes, role }) => bytes > limits[role]).map(({ timeSeconds }) => timeSeconds);
  return { times: times.toSorted((a, b) => a - b), telling };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
