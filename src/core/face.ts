/** Left, top, width and height as shares of the picture's width and height: the same at every resolution. */
export type Region = readonly [left: number, top: number, width: number, height: number];

/** Something found in a region of the picture. */
export interface Finding {
  readonly region: Region;
  /** 0–1, the network's own score. */
  readonly confidence: number;
}

/** A hand and how near it is to the driver's face. */
export interface HandFinding extends Finding {
  /** Distance between the hand's region and the face's, in widths of the face; 0 where they touch or overlap. */
  readonly faceGap: number;
}

/** A phone, and what else speaks for or against it. */
export interface PhoneFinding extends Finding {
  /** Distance between its region and that of the nearest hand, in widths of the driver's face; absent where no hand or face was seen. */
  readonly handGap?: number;
  /** 0–1: the score of the likeliest other thing in the same place: a cup, a bottle, a book. */
  readonly otherConfidence: number;
}

/**
 * What the picture of an eye itself says: chances that add up to 1, the same before any evidence. Lids are `down` where
 * they are shut, or lowered so far that the picture does not tell; `hidden` is an eye behind dark glass, a hand, glare, or
 * out of sight.
 */
export interface EyeEvidence {
  readonly open: number;
  readonly down: number;
  readonly hidden: number;
}

/** One eye. Left and right are the driver's own. */
export interface EyeMeasurement {
  /**
   * Mean distance between the lids ÷ width of the eye. About 0.2–0.35 open and under 0.1 shut, differing between
   * people: to be held against the same driver's open eye.
   */
  readonly openness: number;
  /** 0–1: how far the figure can be believed, by how the eye is turned to the camera, its size and its sharpness. */
  readonly confidence: number;
  /** Absent where the picture was not looked at so. */
  readonly evidence?: EyeEvidence;
}

/** The driver's face in one frame. Angles in degrees as the camera sees them, before calibration. */
export interface DriverFace {
  readonly region: Region;
  /** 0–1, that this is a face whose landmarks lie where they should. */
  readonly confidence: number;
  /** Whether the face was followed from the frame before, rather than found by the detector. */
  readonly tracked: boolean;
  readonly left: EyeMeasurement;
  readonly right: EyeMeasurement;
  /** Turn of the head; positive towards the image's right. */
  readonly yaw: number;
  /** Nod; positive is up. */
  readonly pitch: number;
  /** Tilt towards a shoulder; positive clockwise in the image. */
  readonly roll: number;
  /** Where the eyes point, head included, in the same sense as `yaw` and `pitch`. */
  readonly gazeYaw: number;
  readonly gazePitch: number;
  /** 0–1. */
  readonly gazeConfidence: number;
  /** Distance between the inner lips ÷ width of the inner mouth: about 0 shut, over 0.5 wide open. */
  readonly mouthOpening: number;
  /** Outlines of eyes, lips and face for drawing, each a list of points as shares of the picture. Not stored. */
  readonly outlines?: readonly (readonly (readonly [x: number, y: number])[])[];
}

/** What the picture itself is like: a covered or blinded camera sees no driver either. */
export interface PictureCondition {
  /** Mean luma, 0–255. */
  readonly brightness: number;
  /** Standard deviation of luma, 0–128. */
  readonly contrast: number;
  /** Mean absolute difference between neighbouring luma points: near 0 for a covered or defocused lens. */
  readonly detail: number;
}

/** What the on-device models measured in one frame. */
export interface FaceMeasurement {
  /** Seconds from the first frame. */
  readonly timeSeconds: number;
  readonly picture: PictureCondition;
  /** Faces in view, the driver's included; counted when the detector last looked. */
  readonly faces: number;
  /** Where the detector saw them, in frames in which it looked. Not stored. */
  readonly found?: readonly Region[];
  /** Absent where no face was found. */
  readonly driver?: DriverFace;
  /** Whether a phone was looked for in this frame: it is done at a lower rate. */
  readonly lookedForPhone: boolean;
  /** The surest phone near the driver, even where hardly anything speaks for it. */
  readonly phone?: PhoneFinding;
  /** 0–1: the score of the surest person in view, whether a face was found or not; looked for together with phones. */
  readonly person?: number;
  /** Whether hands were looked for in this frame: at a lower rate as well. */
  readonly lookedForHands: boolean;
  /** The hand nearest to the driver's face, where one is in view. */
  readonly hand?: HandFinding;
}
