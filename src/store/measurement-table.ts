import type { DriverFace, EyeMeasurement, FaceMeasurement, Region } from '../core/face.ts';

/** Columns in order, with the digits kept after the point: well below what the networks' own noise leaves of meaning. */
const digits = {
  time: 4,
  faces: 0,
  tracked: 0,
  face_left: 4,
  face_top: 4,
  face_width: 4,
  face_height: 4,
  face_confidence: 3,
  left_openness: 4,
  left_confidence: 3,
  left_open: 3,
  left_down: 3,
  left_hidden: 3,
  right_openness: 4,
  right_confidence: 3,
  right_open: 3,
  right_down: 3,
  right_hidden: 3,
  yaw: 2,
  pitch: 2,
  roll: 2,
  gaze_yaw: 2,
  gaze_pitch: 2,
  gaze_confidence: 3,
  mouth_opening: 4,
  brightness: 2,
  contrast: 2,
  detail: 3,
  phone_sought: 0,
  person_confidence: 3,
  phone_confidence: 3,
  phone_other_confidence: 3,
  phone_hand_gap: 3,
  phone_left: 4,
  phone_top: 4,
  phone_width: 4,
  phone_height: 4,
  hands_sought: 0,
  hand_confidence: 3,
  hand_face_gap: 3,
  hand_left: 4,
  hand_top: 4,
  hand_width: 4,
  hand_height: 4,
} as const;

export type Column = keyof typeof digits;

/** The columns of a table of measurements, in order. */
export const columns = Object.keys(digits) as readonly Column[];
const at = Object.fromEntries(columns.map((name, index) => [name, index])) as Record<Column, number>;
const places = columns.map((name) => digits[name]);

/** A measurement as its columns, rounded as they are stored; NaN where there is nothing. */
export function rowOf(measurement: FaceMeasurement): Float64Array {
  const { driver, picture, phone, hand } = measurement;
  const row = new Float64Array(columns.length).fill(NaN);
  const put = (name: Column, value: number): void => {
    const column = at[name];
    // Minus zero would be read back as zero.
    row[column] = Number(value.toFixed(places[column])) + 0;
  };
  const putRegion = (name: 'face' | 'phone' | 'hand', [left, top, width, height]: Region): void => {
    put(`${name}_left`, left);
    put(`${name}_top`, top);
    put(`${name}_width`, width);
    put(`${name}_height`, height);
  };
  put('time', measurement.timeSeconds);
  put('faces', measurement.faces);
  if (driver) {
    put('tracked', Number(driver.tracked));
    putRegion('face', driver.region);
    put('face_confidence', driver.confidence);
    for (const side of ['left', 'right'] as const) {
      const { openness, confidence, evidence } = driver[side];
      put(`${side}_openness`, openness);
      put(`${side}_confidence`, confidence);
      if (!evidence) continue;
      put(`${side}_open`, evidence.open);
      put(`${side}_down`, evidence.down);
      put(`${side}_hidden`, evidence.hidden);
    }
    put('yaw', driver.yaw);
    put('pitch', driver.pitch);
    put('roll', driver.roll);
    put('gaze_yaw', driver.gazeYaw);
    put('gaze_pitch', driver.gazePitch);
    put('gaze_confidence', driver.gazeConfidence);
    put('mouth_opening', driver.mouthOpening);
  }
  put('brightness', picture.brightness);
  put('contrast', picture.contrast);
  put('detail', picture.detail);
  put('phone_sought', Number(measurement.lookedForPhone));
  if (measurement.person !== undefined) put('person_confidence', measurement.person);
  if (phone) {
    put('phone_confidence', phone.confidence);
    put('phone_other_confidence', phone.otherConfidence);
    if (phone.handGap !== undefined) put('phone_hand_gap', phone.handGap);
    putRegion('phone', phone.region);
  }
  put('hands_sought', Number(measurement.lookedForHands));
  if (hand) {
    put('hand_confidence', hand.confidence);
    put('hand_face_gap', hand.faceGap);
    putRegion('hand', hand.region);
  }
  return row;
}

/** The value of a column; 0 where there is nothing. */
function numberAt(row: Float64Array, column: number): number {
  const value = row[column]!;
  return Number.isNaN(value) ? 0 : value;
}

/** Left, top, width and height lie beside each other. */
function regionAt(row: Float64Array, left: number): Region {
  return [numberAt(row, left), numberAt(row, left + 1), numberAt(row, left + 2), numberAt(row, left + 3)];
}

/** Openness, confidence, and what the picture says lie beside each other. */
function eyeAt(row: Float64Array, first: number): EyeMeasurement {
  const [openness, confidence] = [numberAt(row, first), numberAt(row, first + 1)];
  const [open, down, hidden] = [row[first + 2]!, row[first + 3]!, row[first + 4]!];
  return Number.isNaN(open) ? { openness, confidence } : { openness, confidence, evidence: { open, down, hidden } };
}

function driverOf(row: Float64Array): DriverFace {
  return {
    region: regionAt(row, at.face_left),
    confidence: numberAt(row, at.face_confidence),
    tracked: row[at.tracked] === 1,
    left: eyeAt(row, at.left_openness),
    right: eyeAt(row, at.right_openness),
    yaw: numberAt(row, at.yaw),
    pitch: numberAt(row, at.pitch),
    roll: numberAt(row, at.roll),
    gazeYaw: numberAt(row, at.gaze_yaw),
    gazePitch: numberAt(row, at.gaze_pitch),
    gazeConfidence: numberAt(row, at.gaze_confidence),
    mouthOpening: numberAt(row, at.mouth_opening),
  };
}

/** A row's measurement. Written for speed, as an hour has 36 000 of them. */
export function measurementOf(row: Float64Array): FaceMeasurement {
  const measurement: { -readonly [key in keyof FaceMeasurement]: FaceMeasurement[key] } = {
    timeSeconds: numberAt(row, at.time),
    picture: {
      brightness: numberAt(row, at.brightness),
      contrast: numberAt(row, at.contrast),
      detail: numberAt(row, at.detail),
    },
    faces: numberAt(row, at.faces),
    lookedForPhone: row[at.phone_sought] === 1,
    lookedForHands: row[at.hands_sought] === 1,
  };
  if (!Number.isNaN(row[at.person_confidence]!)) measurement.person = row[at.person_confidence]!;
  if (!Number.isNaN(row[at.face_confidence]!)) measurement.driver = driverOf(row);
  if (!Number.isNaN(row[at.phone_confidence]!)) {
    const handGap = row[at.phone_hand_gap]!;
    measurement.phone = {
      region: regionAt(row, at.phone_left),
      confidence: row[at.phone_confidence]!,
      otherConfidence: numberAt(row, at.phone_other_confidence),
      ...(Number.isNaN(handGap) ? {} : { handGap }),
    };
  }
  if (!Number.isNaN(row[at.hand_confidence]!)) {
    const [confidence, faceGap] = [row[at.hand_confidence]!, numberAt(row, at.hand_face_gap)];
    measurement.hand = { region: regionAt(row, at.hand_left), confidence, faceGap };
  }
  return measurement;
}
