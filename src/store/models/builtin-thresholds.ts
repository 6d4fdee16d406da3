/**
 * Thresholds of the built-in descriptor, by `framesift calibrate --embedder builtin` over six talks with truth: two
 * recorded, a screen capture, two with a speaker's inset, one filmed from the room.
 */
export const builtinThresholds = {
  digest: 'builtin-1',
  thresholds: {
    model: 'builtin',
    calibrated: '2026-11-21',
    talks: ['recorded, two', 'screen capture', 'with an inset, two', 'filmed from the room'],
    candidate: 0.6705,
    same: 0.9407,
    pairs: { same: 707, different: 11926 },
    auc: 0.9945,
  },
};
