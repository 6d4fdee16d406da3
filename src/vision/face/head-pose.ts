import type { FaceMesh } from './mesh.ts';

/** Degrees. */
export interface HeadPose {
  /** Positive when the face points to the image's right. */
  readonly yaw: number;
  /** Positive when the face points up. */
  readonly pitch: number;
  /** Positive when the head is tilted clockwise in the image. */
  readonly roll: number;
}

type Vector = readonly [x: number, y: number, z: number];

const forehead = 10;
const chin = 152;
const rightTemple = 234;
const leftTemple = 454;
const toDegrees = 180 / Math.PI;

/**
 * Head angles from the mesh's own depth: forehead → chin and temple → temple span the plane of the face, whose normal
 * tells yaw and pitch. Good to some degrees near the camera's axis and compressed beyond 45°; pitch has an offset that
 * differs between faces, hence the calibration of each driver.
 */
export function headPose(mesh: FaceMesh): HeadPose {
  const { points } = mesh;
  const at = (index: number): Vector => [points[index * 3]!, points[index * 3 + 1]!, points[index * 3 + 2]!];
  const down = unit(minus(at(chin), at(forehead)));
  const away = unit(cross(minus(at(leftTemple), at(rightTemple)), down));
  const across = cross(down, away);
  return {
    yaw: -Math.atan2(away[0], away[2]) * toDegrees,
    pitch: Math.asin(Math.min(1, Math.max(-1, away[1]))) * toDegrees,
    roll: (mesh.patch.angle + Math.atan2(across[1], across[0])) * toDegrees,
  };
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function unit(vector: Vector): Vector {
  const length = Math.hypot(...vector);
  return [vector[0] / length, vector[1] / length, vector[2] / length];
}
