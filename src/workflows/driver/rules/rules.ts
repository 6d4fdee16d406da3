import { z } from 'zod';

const seconds = z.number().min(0).max(3600);
const share = z.number().min(0).max(1);
const degrees = z.number().min(0).max(90);

/**
 * Every setting of the on-device rules, with its source. A table in YAML with any of these names overrides them
 * (`--rules my.yaml`). The sources are cited at second hand and say where a figure comes from, not that anything
 * built on it fulfils them.
 */
export const driverRulesSchema = z.strictObject({
  /** Usable seconds that calibrate a driver. openpilot's monitoring: pose baseline over 60 s. */
  calibrationSeconds: seconds.default(60),
  /** Usable seconds after which provisional figures count as calibrated. openpilot: a minimum of about 10 s of samples. */
  calibrationLeastSeconds: seconds.default(10),

  /** Share of an eye's opening left at which it counts as closed. FHWA, PERCLOS P80: lids cover at least 80 % of the pupil. */
  eyesClosedShare: share.default(0.2),
  /**
   * Share up to which a closure goes on. Hysteresis for noise, measured at 0.02–0.04 from frame to frame: without any,
   * closures in compressed pictures are lost. Lids that follow a gaze stay higher: 40° down they leave 0.66 of their opening
   * (Read et al. 2006, Optom Vis Sci 83:715: 9.7 to 6.4 mm), foreshortened for a camera above; from a mirror, 0.25–0.4.
   */
  eyesStayClosedShare: share.default(0.25),
  /** Share of its opening that an eye has to regain to end a closure at once; from the former on, it ends after `bridgeSeconds`. */
  eyesOpenShare: share.default(0.35),
  /** Share of its opening above which the eye that is further open keeps both from counting as closed. Measured: 0.35–0.6 of an eye that looks down, shut ones up to 0.3. */
  otherEyeShare: share.default(0.36),
  /** Share up to which an eye that is seen alone counts as closed, the other one turned away: nothing belies it. Own choice: stricter. */
  oneEyeClosedShare: share.default(0.15),
  /** What the landmarks measure of shut lids, as a share of the open eye. Measured on four recordings: 0.13–0.30. */
  shutLidsShare: share.default(0.22),
  /** Confidence of the better eye below which nothing is said about eyes. Measured: beyond it the lids are noise. */
  eyeConfidence: share.default(0.4),
  /** Confidence of the better eye below which the iris says nothing about gaze. Own choice: stricter, the iris is small. */
  gazeConfidence: share.default(0.5),
  /** Chance that eyes are hidden, by their pictures, from which on they are not measurable. Own choice: as likely as not. */
  eyesHiddenChance: share.default(0.5),
  /** Chance that lids are down, by pictures, below which no closure is believed, however little landmarks measure. Own choice. */
  lidsDownChance: share.default(0.5),
  /** Chance that lids are down from which on eyes that may be shut or look down are off the road. Own choice: stricter, it leads to an alarm. */
  lidsLowChance: share.default(0.8),
  /** Seconds of them after which that is so. Own choice: looks at the dashboard are shorter. */
  lidsLowSeconds: seconds.default(2),
  /** Times a second that open lids go down, in the model of the eyes over time. Blinks: 15–20 a minute (Bentivoglio et al. 1997). */
  lidsFallPerSecond: z.number().min(0).max(100).default(0.3),
  /** Times a second that lids that are down rise. Own choice: between a blink's five and a sleeper's tenth. */
  lidsRisePerSecond: z.number().min(0).max(100).default(2),
  /** Times a second that eyes that are seen become hidden, and the reverse. Own choice: glasses stay on, hands come and go. */
  eyesHidePerSecond: z.number().min(0).max(100).default(0.05),
  eyesShowPerSecond: z.number().min(0).max(100).default(0.1),
  /** Closures up to this length are blinks. Blinks last 0.1–0.4 s (Schiffman, Sensation and Perception). */
  blinkSeconds: seconds.default(0.5),
  /** Eyes closed this long are a microsleep. Euro NCAP Safe Driving protocol v10.4: 1 to 3 s. */
  microsleepSeconds: seconds.default(1),
  /** Eyes closed for longer than this are sleep. Euro NCAP Safe Driving protocol v10.4: > 3 s. */
  sleepSeconds: seconds.default(3),
  /** Eyes closed or gaze away this long, also one after the other: unresponsive. Euro NCAP Safe Driving protocol v10.4: ≥ 6 s. */
  unresponsiveSeconds: seconds.default(6),

  /** Window of PERCLOS. FHWA: one minute. */
  perclosWindowSeconds: seconds.default(60),
  /** Seconds of measured eyes in that window below which PERCLOS is not given. Half the window. */
  perclosLeastSeconds: seconds.default(30),
  /** PERCLOS at which drowsiness is reported. FHWA: an alarm at about 10–15 %. */
  drowsyPerclos: share.default(0.15),
  /** PERCLOS below which the report ends. The lower end of the same range, as hysteresis. */
  awakePerclos: share.default(0.1),

  /** Turn of the head from neutral that counts as turned. Owl movements in Euro NCAP's sense; eyes alone reach 20–25°. */
  headTurnedDegrees: degrees.default(30),
  /** Nod from neutral that counts as head down or up. Near openpilot's pitch threshold of 0.3133 rad = 18°. */
  headPitchDegrees: degrees.default(16),
  /** Degrees by which a head has to come back before a turn or nod ends. Hysteresis; noise of the angles is 1–2°. */
  headReturnDegrees: degrees.default(5),
  /** Gaze further to a side than this is off the road. openpilot's yaw threshold: 0.4020 rad = 23°. */
  gazeYawDegrees: degrees.default(23),
  /** Gaze further down or up than this is off the road. openpilot's pitch threshold: 0.3133 rad = 18°. */
  gazePitchDegrees: degrees.default(18),
  /** Gaze off the road for this long is a long distraction. Euro NCAP v10.4: ≥ 3 s. By speed: Regulation (EU) 2023/2590 asks 6 s at 20–50 km/h and 3.5 s above. */
  longDistractionSeconds: seconds.default(3),
  /** Total off the road within the window that is a repeated distraction (VATS). Euro NCAP v10.4: 10 s. */
  repeatedDistractionSeconds: seconds.default(10),
  /** The window of VATS. Euro NCAP v10.4: 30 s. */
  repeatedDistractionWindowSeconds: seconds.default(30),
  /** Eyes on the road for this long begin VATS anew. Euro NCAP v10.4: ≥ 2 s. */
  backOnRoadSeconds: seconds.default(2),

  /** Opening of the inner lips ÷ their width that is a mouth wide open. Measured: talk and smiles 0–0.3, yawns 0.4–0.75. */
  mouthOpenShare: share.default(0.35),
  /** Opening below which a mouth is wide open no longer, or below half of its widest where that is less. Hysteresis. */
  mouthShutShare: share.default(0.3),
  /** Opening below which it ends whatever its widest was. Measured: talk stays under it most of the time. */
  mouthClosingShare: share.default(0.25),
  /** A mouth wide open for this long is a yawn. Yawns last 4–7 s, wide open for about half of it (Gallup 2011). */
  yawnSeconds: seconds.default(2),
  /** A mouth wide open for longer hangs open, and does not yawn. Own choice: above the longest yawns. */
  yawnMostSeconds: seconds.default(8),
  /** Widest opening that a yawn reaches. Measured: yawns 0.45–0.95 at their widest, laughter and open smiles up to 0.42. */
  yawnWidestShare: share.default(0.45),

  /**
   * Median score of a phone over `phoneLooks` looks that counts as one in hand; a look without a hand at it, or in which the
   * same thing is likelier something else, counts nothing. Measured on 21 recordings: a phone in hand is seen so at 0.18–0.36,
   * other things with a hand at them at up to 0.17. Bare scores reach 0.51 for a flask and 0.45 for things on a wall. A false one
   * costs more than a missed one.
   */
  phoneConfidence: share.default(0.22),
  /** Distance of a hand from what is taken for a phone, in widths of the face, up to which it holds it. Own choice: they touch, but for rounding. */
  phoneHandGap: z.number().min(0).max(10).default(0.05),
  /** Looks, one a second, that the median is taken over. Own choice. */
  phoneLooks: z.number().int().min(1).max(20).default(3),
  /** Seconds that a look counts for. Own choice: a look more than the mean needs. */
  phoneHoldSeconds: seconds.default(3),
  /** A phone in hand for this long is phone use. Euro NCAP v10.4 treats phone use as a kind of VATS. */
  phoneUseSeconds: seconds.default(2),

  /** Score of a hand that counts as seen. Measured: hands at faces 0.7–0.98, collars and chins up to 0.5 at that size. */
  handConfidence: share.default(0.6),
  /** Distance of a hand from the face, in widths of the face, that counts as near. Own choice. */
  handFaceGap: z.number().min(0).max(10).default(0.1),
  /** Seconds that a look counts for. Own choice: half as long again as looks are apart. */
  handHoldSeconds: seconds.default(1.5),

  /** Score of a person from which on somebody is there whose face is not seen. Measured: 0.2–0.8 with somebody in view; CenterNet's usual threshold. */
  personConfidence: share.default(0.3),
  /** No face and nobody for this long: no driver visible. openpilot counts a lost face against its timers from 3–5 s on. */
  noDriverSeconds: seconds.default(3),
  /** A covered or blinded picture for this long. Own choice: longer than a tunnel's mouth or a bridge's shadow. */
  cameraSeconds: seconds.default(2),
  /** Contrast (standard deviation of luma, 0–128) below which a picture without a face is taken for covered. Own choice. */
  obstructedContrast: z.number().min(0).default(10),
  /** Mean step between neighbouring luma points below which a picture without a face is taken for covered. Own choice. */
  obstructedDetail: z.number().min(0).default(0.7),
  /** Mean luma below or above which a picture is degraded. Own choice: hardly anything is told apart there. */
  darkLuma: z.number().min(0).max(255).default(20),
  brightLuma: z.number().min(0).max(255).default(235),

  /** Measurements further apart than this, and than twice the usual step: frames are missing in between. Own choice. */
  frameHoldSeconds: seconds.default(0.5),
  /** Seconds without a measurement that a state lives through. Own choice: a lost frame or two at 10 a second. */
  bridgeSeconds: seconds.default(0.3),
  /** States shorter than this are not listed. Own choice: below what is read off a video by eye. */
  shortestStateSeconds: seconds.default(0.3),
  /** Alarms after which a lockout is reported; those that overlap are one. openpilot: 3 terminal alerts. */
  lockoutAlarms: z.number().int().min(1).default(3),
  /** Total seconds in alarm after which it is reported as well. openpilot: 30 s. */
  lockoutSeconds: seconds.default(30),
});

/** All thresholds of the on-device rules. */
export type DriverRules = z.infer<typeof driverRulesSchema>;

/** The rules with the thresholds of their sources, before a table overrides any. */
export const defaultDriverRules: DriverRules = driverRulesSchema.parse({});
