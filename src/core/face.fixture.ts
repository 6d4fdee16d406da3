import type { DriverFace } from './face.ts';

/** A driver who looks ahead with open eyes, but for what is said otherwise. */
export function driverFace(more: Partial<DriverFace> = {}): DriverFace {
  const eye = { openness: 0.25, confidence: 1 };
  return {
    region: [0.4, 0.3, 0.2, 0.3],
    confidence: 1,
    tracked: true,
    left: eye,
    right: eye,
    yaw: 0,
    pitch: 0,
    roll: 0,
    gazeYaw: 0,
    gazePitch: 0,
    gazeConfidence: 1,
    mouthOpening: 0,
    ...more,
  };
}
