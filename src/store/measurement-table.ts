import type { DriverFace, FaceMeasurement, Finding, Region } from '../core/face.ts';

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
  right_openness: 4,
  right_confidence: 3,
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
  phone_confidence: 3,
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
    put('left_openness', driver.left.openness);
    put('left_confidence', driver.left.confidence);
    put('right_openness', driver.right.openness);
    put('right_confidence', driver.right.confidence);
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
  if (phone) {
    put('phone_confidence', phone.confidence);
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

/** The measurement in the columns that begin at `from`. */
export function measurementOf(table: Float64Array, from = 0): FaceMeasurement {
  const number = (name: Column): number => {
    const value = table[from + at[name]]!;
    return Number.isNaN(value) ? 0 : value;
  };
  const has = (name: Column): boolean => !Number.isNaN(table[from + at[name]]!);
  const region = (name: 'face' | 'phone' | 'hand'): Region => [
    number(`${name}_left`),
    number(`${name}_top`),
    number(`${name}_width`),
    number(`${name}_height`),
  ];
  const found = (name: 'phone' | 'hand'): Finding => {
    return { region: region(name), confidence: number(`${name}_confidence`) };
  };
  const driver: DriverFace | undefined = has('face_confidence')
    ? {
        region: region('face'),
        confidence: number('face_confidence'),
        tracked: number('tracked') === 1,
        left: { openness: number('left_openness'), confidence: number('left_confidence') },
        right: { openness: number('right_openness'), confidence: number('right_confidence') },
        yaw: number('yaw'),
        pitch: number('pitch'),
        roll: number('roll'),
        gazeYaw: number('gaze_yaw'),
        gazePitch: number('gaze_pitch'),
        gazeConfidence: number('gaze_confidence'),
        mouthOpening: number('mouth_opening'),
      }
    : undefined;
  return {
    timeSeconds: number('time'),
    picture: { brightness: number('brightness'), contrast: number('contrast'), detail: number('detail') },
    faces: number('faces'),
    ...(driver ? { driver } : {}),
    lookedForPhone: number('phone_sought') === 1,
    ...(has('phone_confidence') ? { phone: found('phone') } : {}),
    lookedForHands: number('hands_sought') === 1,
    ...(has('hand_confidence') ? { hand: { ...found('hand'), faceGap: number('hand_face_gap') } } : {}),
  };
}

/** The measurement as it is read back: numbers rounded as they are stored, and without outlines. */
export function asStored(measurement: FaceMeasurement): FaceMeasurement {
  return measurementOf(rowOf(measurement));
}
