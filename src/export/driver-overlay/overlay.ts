import type { DriverSpan, DriverState, MeasuredEvent } from '../../core/driver-state.ts';
import type { DriverFace, Region } from '../../core/face.ts';
import type { Picture } from '../../core/frame.ts';
import { annotate } from '../driver-lanes/annotate.ts';
import { Canvas, glyph, type Colour } from './canvas.ts';

/** What is drawn into one frame. */
export interface OverlayFrame {
  readonly timeSeconds: number;
  readonly picture: Picture;
  readonly driver?: DriverFace;
  /** Every face in the picture, for blurring. */
  readonly faces: readonly Region[];
  /** In the driver's own terms; `undefined` is what could not be measured. */
  readonly signal: {
    readonly eyes: number | undefined;
    readonly yaw: number | undefined;
    readonly pitch: number | undefined;
    readonly gazeYaw: number | undefined;
    readonly gazePitch: number | undefined;
    readonly mouth: number | undefined;
    readonly perclos: number | undefined;
  };
  /** What holds at this time. */
  readonly spans: readonly DriverSpan[];
  readonly events: readonly MeasuredEvent[];
}

/** The signal of a frame of which nothing could be measured. */
export const nothingMeasured: OverlayFrame['signal'] = {
  eyes: undefined,
  yaw: undefined,
  pitch: undefined,
  gazeYaw: undefined,
  gazePitch: undefined,
  mouth: undefined,
  perclos: undefined,
};

const [ink, soft, good, warning, alarm]: readonly Colour[] = [
  [245, 245, 245],
  [165, 170, 178],
  [64, 224, 160],
  [240, 170, 50],
  [235, 70, 55],
];

const stateWords: Readonly<Record<DriverState, readonly [words: string, colour: Colour]>> = {
  eyes_closed: ['eyes closed', alarm!],
  gaze_away: ['gaze off the road', warning!],
  head_down: ['head down', warning!],
  head_up: ['head up', soft!],
  head_turned: ['head turned', warning!],
  eyes_on_road: ['eyes on the road', good!],
  mouth_wide_open: ['mouth wide open', soft!],
  phone_in_hand: ['phone', warning!],
  hand_near_face: ['hand near face', soft!],
  not_measurable: ['not measurable', soft!],
};

/** A copy of the frame's picture with landmarks, figures, states and events drawn in; faces blurred beneath where asked. */
export function drawOverlay(frame: OverlayFrame, { blurFaces }: { readonly blurFaces: boolean }): Picture {
  const { picture, driver, faces } = frame;
  const canvas = new Canvas(annotate(picture, { faces, blurFaces, ...(driver ? { driver } : {}) }));
  // Words are to be read at any size: one step larger from each 960 pixels of width on.
  const scale = Math.max(1, Math.round(Math.min(picture.width, picture.height * 1.5) / 960));
  if (driver) drawGaze(canvas, driver, frame);
  drawPanel(canvas, frame, scale);
  drawEvents(canvas, frame.events, scale);
  return canvas.picture;
}

/** From between the eyes to where they look, as far as the face is wide; the head's own direction beside it. */
function drawGaze(
  canvas: Canvas,
  { region, yaw, pitch, gazeYaw, gazePitch }: DriverFace,
  { signal }: OverlayFrame,
): void {
  const { width, height } = canvas.picture;
  const [x, y] = [(region[0] + region[2] / 2) * width, (region[1] + region[3] * 0.4) * height];
  const reach = region[2] * width;
  const arrow = (sideways: number, upright: number, colour: Colour): void => {
    const [across, down] = [Math.sin(radians(sideways)) * reach, -Math.sin(radians(upright)) * reach];
    canvas.line(x, y, x + across, y + down, colour, 3);
    canvas.box(x + across - 4, y + down - 4, 8, 8, colour);
  };
  arrow(yaw, pitch, soft!);
  if (signal.gazeYaw !== undefined) arrow(gazeYaw, gazePitch, warning!);
}

function drawPanel(canvas: Canvas, { timeSeconds, signal, spans }: OverlayFrame, scale: number): void {
  const rows: readonly (readonly [name: string, value: string, share: number | undefined])[] = [
    ['eyes', percent(signal.eyes), signal.eyes],
    ['mouth', percent(signal.mouth), signal.mouth],
    ['PERCLOS', percent(signal.perclos), signal.perclos],
    ['head', angles(signal.yaw, signal.pitch), undefined],
    ['gaze', angles(signal.gazeYaw, signal.gazePitch), undefined],
  ];
  const line = glyph.height * scale * 1.15;
  const column = glyph.width * scale;
  const pad = 8 * scale;
  const states = spans.map(({ state }) => stateWords[state]);
  const width = column * 27 + pad * 2;
  canvas.box(0, 0, width, line * (rows.length + 1 + states.length) + pad * 2, [18, 20, 24], 0.62);
  let y = pad;
  canvas.text(pad, y, `${timeSeconds.toFixed(1)} s`, ink!, scale);
  for (const [name, value, share] of rows) {
    y += line;
    canvas.text(pad, y, name, soft!, scale);
    canvas.text(pad + column * 8, y, value, value === nothing ? soft! : ink!, scale);
    if (share === undefined) continue;
    const left = pad + column * 14;
    canvas.box(left, y + line * 0.3, column * 12, line * 0.3, soft!, 0.4);
    canvas.box(left, y + line * 0.3, column * 12 * Math.min(1, share), line * 0.3, good!);
  }
  for (const [words, colour] of states) {
    y += line;
    canvas.text(pad, y, words, colour, scale);
  }
}

function drawEvents(canvas: Canvas, events: readonly MeasuredEvent[], scale: number): void {
  const line = glyph.height * scale * 1.5;
  const { width, height } = canvas.picture;
  for (const [index, { title, severity }] of events.entries()) {
    const y = height - line * (index + 1);
    canvas.box(0, y, width, line, severity === 'alarm' ? alarm! : severity === 'warning' ? warning! : soft!, 0.85);
    canvas.text(8 * scale, y + line / 6, title, [20, 20, 20], scale);
  }
}

const nothing = '–';
const percent = (share: number | undefined): string => (share === undefined ? nothing : `${Math.round(share * 100)} %`);
const signed = (degrees: number): string => `${degrees < 0 ? '-' : '+'}${Math.abs(Math.round(degrees))}°`;
const angles = (yaw: number | undefined, pitch: number | undefined): string =>
  yaw === undefined && pitch === undefined
    ? nothing
    : [yaw, pitch].map((each) => (each === undefined ? nothing : signed(each))).join(' ');
const radians = (degrees: number): number => (degrees * Math.PI) / 180;
