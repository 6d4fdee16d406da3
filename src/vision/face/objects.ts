import type { FaceMeasurement, HandFinding, PhoneFinding, Region } from '../../core/face.ts';
import type { Picture } from '../../core/frame.ts';
import { openNetwork } from '../onnx.ts';
import type { ScoredBox } from './boxes.ts';
import type { Patch } from './crop.ts';
import { findHands, handNetwork } from './hands.ts';
import type { FaceModels } from './models.ts';
import { findPhone } from './phone.ts';

export interface ObjectReaderOptions {
  readonly models: FaceModels;
  readonly threads: number;
  /** Where the driver sits, as shares of the picture: people whose middle lies elsewhere are passengers. */
  readonly seat?: Region;
}

/** What is looked for beside the face, at a lower rate. */
export type ObjectReading = Pick<FaceMeasurement, 'phone' | 'hand' | 'person'>;

/** Looks at single pictures for phones and hands near a driver, on the thread that it is opened on. */
export interface ObjectReader extends AsyncDisposable {
  /** @param face the driver's, where one was found, now or just before; without it the whole picture is looked at */
  read(picture: Picture, face: Region | undefined): Promise<ObjectReading>;
}

/**
 * Squares that are looked at, in face sizes, and how far their middle lies below the face. A phone may be held in
 * the lap; only hands near the face are wanted, and the closer the look, the more of them are seen.
 */
const [phoneReach, phoneDrop] = [5, 2] as const;
const [handReach, handDrop] = [4, 0.8] as const;
/**
 * How far from a face's middle, across and down, in face sizes, an ear may be, and how long something there has to be
 * for a phone. Measured from brow to chin a face is 19 cm, a phone 15, an ear 6 to 7 and seen as up to twice that.
 */
const headReach = [0.7, 0.4] as const;
const smallOnHead = 0.6;
/** Below it the network sees hands everywhere: MediaPipe's own default. */
const minHand = 0.5;
/**
 * A hand is about as long as a face is high. Seen smaller than this share of it, it is far behind the face, or a collar or a
 * chin that is taken for one. Measured: hands at faces 0.7–1.2, what was none 0.35–0.55.
 */
const smallestAtFace = 0.62;
/** A phone at which no hand was seen is looked at again from so near, in face sizes, where its own score is at least so much. */
const [phoneLookReach, phoneLookLeast] = [3, 0.15] as const;

/** Throws FramesiftError `dependency` or `model` where the networks cannot be loaded. */
export async function openObjectReader({ models, threads, seat }: ObjectReaderOptions): Promise<ObjectReader> {
  await using opened = new AsyncDisposableStack();
  const objects = opened.use(await openNetwork(models.files.centernet, { threads }));
  const hands = opened.use(await openNetwork(handNetwork, { threads }));
  const stack = opened.move();
  return {
    async read(picture, face) {
      const box = face && boxOf(face, picture);
      const onHead = (other: ScoredBox): boolean => box !== undefined && isPartOfHead(other, box);
      const look = await findPhone(objects, picture, patchOf(picture, box, phoneReach, phoneDrop), onHead, (other) =>
        isSeated(other, picture, seat),
      );
      const found = await findHands(hands, picture, patchOf(picture, box, handReach, handDrop), minHand);
      const { phone } = look;
      const isMissed = phone && box && phone.score >= phoneLookLeast && found.every((hand) => gapOf(hand, phone) > 0);
      const more = isMissed
        ? await findHands(hands, picture, patchAt(phone, sizeOf(box) * phoneLookReach), minHand)
        : [];
      const hand = box && nearest(found, box, picture);
      return {
        person: look.person,
        ...(phone ? { phone: phoneFinding(phone, look.other, [...found, ...more], box, picture) } : {}),
        ...(hand ? { hand } : {}),
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function phoneFinding(
  phone: ScoredBox,
  otherConfidence: number,
  hands: readonly ScoredBox[],
  face: ScoredBox | undefined,
  picture: Picture,
): PhoneFinding {
  const found = { region: regionOf(phone, picture), confidence: phone.score, otherConfidence };
  if (!face || hands.length === 0) return found;
  const handGap = Math.min(...hands.map((hand) => gapOf(hand, phone))) / (face.right - face.left);
  return { ...found, handGap };
}

function nearest(hands: readonly ScoredBox[], face: ScoredBox, picture: Picture): HandFinding | undefined {
  const width = face.right - face.left;
  const large = hands.filter((hand) => sizeOf(hand) >= sizeOf(face) * smallestAtFace);
  const all = large.map((hand) => ({ hand, faceGap: gapOf(hand, face) / width }));
  // Of several that touch the face, the surest.
  const [best] = all.toSorted((a, b) => a.faceGap - b.faceGap || b.hand.score - a.hand.score);
  return best && { region: regionOf(best.hand, picture), confidence: best.hand.score, faceGap: best.faceGap };
}

function isSeated(other: ScoredBox, { width, height }: Picture, seat: Region = [0, 0, 1, 1]): boolean {
  const x = (other.left + other.right) / 2 / width - seat[0];
  const y = (other.top + other.bottom) / 2 / height - seat[1];
  return x >= 0 && y >= 0 && x <= seat[2] && y <= seat[3];
}

/** Ears, and what shines in glasses: a phone held there is larger. */
function isPartOfHead(other: ScoredBox, face: ScoredBox): boolean {
  const size = sizeOf(face);
  const across = Math.abs(other.left + other.right - face.left - face.right) / 2;
  const down = Math.abs(other.top + other.bottom - face.top - face.bottom) / 2;
  return sizeOf(other) < size * smallOnHead && across < size * headReach[0] && down < size * headReach[1];
}

/** The longer side. */
function sizeOf({ left, top, right, bottom }: ScoredBox): number {
  return Math.max(right - left, bottom - top);
}

/** Distance between two boxes, 0 where they touch. */
function gapOf(a: ScoredBox, b: ScoredBox): number {
  const across = Math.max(0, a.left - b.right, b.left - a.right);
  const down = Math.max(0, a.top - b.bottom, b.top - a.bottom);
  return Math.hypot(across, down);
}

function patchOf(picture: Picture, face: ScoredBox | undefined, reach: number, drop: number): Patch {
  const longest = Math.max(picture.width, picture.height);
  if (!face) return { x: picture.width / 2, y: picture.height / 2, width: longest, height: longest, angle: 0 };
  const size = sizeOf(face);
  const [x, y] = [(face.left + face.right) / 2, (face.top + face.bottom) / 2 + size * drop];
  return { x, y, width: size * reach, height: size * reach, angle: 0 };
}

function patchAt({ left, top, right, bottom }: ScoredBox, size: number): Patch {
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: size, height: size, angle: 0 };
}

function boxOf([left, top, width, height]: Region, picture: Picture): ScoredBox {
  return {
    left: left * picture.width,
    top: top * picture.height,
    right: (left + width) * picture.width,
    bottom: (top + height) * picture.height,
    score: 1,
  };
}

function regionOf({ left, top, right, bottom }: ScoredBox, { width, height }: Picture): Region {
  return [left / width, top / height, (right - left) / width, (bottom - top) / height];
}
