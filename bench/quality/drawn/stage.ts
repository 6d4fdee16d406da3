import { createCanvas, type Canvas } from '@napi-rs/canvas';
import { cameraOf } from './camera.ts';
import { paintChange } from './changes.ts';
import type { Layer } from './layer.ts';
import { layersOf } from './layers.ts';
import { pageHeight, paintPage, type Context, type PageState } from './page.ts';
import { placingOf, type Placing } from './placing.ts';
import { paintSpeaker } from './speaker.ts';
import { howSteps, type Scene, type Talk } from './talk.ts';
import { landscape } from './themes.ts';

/** What a scene shows at a time, in one line: the same line, the same picture. */
interface Look {
  readonly key: string;
  readonly paint: (context: Context) => void;
}

const kept = 12;

type PageScene = Extract<Scene, { page: number }>;

const stateKeyOf = ({ page }: PageScene, { step, coming = 0, highlight }: PageState): string =>
  `${page} ${step} ${coming.toFixed(3)} ${highlight ?? ''}`;

/** Paints the frames of a talk. */
export class Stage {
  readonly talk: Talk;
  readonly layers: readonly Layer[];
  readonly #placing: (time: number) => Placing;
  readonly #camera: ReturnType<typeof cameraOf>;
  readonly #canvas: Canvas;
  readonly #context: Context;
  readonly #pages = new Map<string, Canvas>();
  /** The two pictures that a change lies between, by what they show. */
  readonly #sides = new Map<string, Canvas>();

  constructor(talk: Talk) {
    this.talk = talk;
    this.layers = layersOf(talk);
    this.#placing = placingOf(talk);
    this.#camera = cameraOf(talk);
    const { width, height } = talk;
    this.#canvas = createCanvas(width, height);
    this.#context = this.#canvas.getContext('2d');
  }

  /** Two times with the same key have the same frame. */
  key(time: number): string {
    const { scene, before, share } = this.#at(time);
    const looks = [this.#look(scene, time).key, before && share < 1 ? `${this.#look(before, time).key} ${share}` : ''];
    const layers = this.layers.map((layer) => layer.key(time) ?? '-');
    return [...looks, ...layers, this.#camera?.key(time) ?? ''].join('|');
  }

  /** RGBA of the frame at a time, valid until the next call. */
  frame(time: number): Uint8Array {
    const { width, height } = this.talk;
    const context = this.#context;
    const { scene, before, share } = this.#at(time);
    if (!before || share >= 1) this.#look(scene, time).paint(context);
    else if ('page' in scene && 'page' in before) this.#turnPage(before, scene, share, time);
    else {
      const [from, to] = [this.#side(this.#look(before, time)), this.#side(this.#look(scene, time))];
      paintChange(context, scene.change.kind, from, to, share);
    }
    for (const layer of this.layers) if (layer.key(time) !== undefined) layer.paint(context, width, height, time);
    const painted = this.#canvas.data();
    return this.#camera?.seen(painted, time) ?? painted;
  }

  /**
   * A canvas of its own for each look: one that is painted again and again, and only ever drawn on another, keeps all that
   * was painted on it.
   */
  #side({ key, paint }: Look): Canvas {
    const cached = this.#sides.get(key);
    if (cached) return cached;
    const canvas = createCanvas(this.talk.width, this.talk.height);
    paint(canvas.getContext('2d'));
    this.#sides.set(key, canvas);
    const [oldest] = this.#sides.keys();
    if (this.#sides.size > 2) this.#sides.delete(oldest!);
    return canvas;
  }

  /** From one page to the next: what is around them stays as it is. */
  #turnPage(before: PageScene, scene: PageScene, share: number, time: number): void {
    const context = this.#context;
    const placing = this.#placing(time);
    placing.paint(context);
    const [x, y, w, h] = placing.page;
    context.save();
    context.beginPath();
    context.rect(x, y, w, h);
    context.clip();
    context.translate(x, y);
    paintChange(context, scene.change.kind, this.#pageAt(before, time, w, h), this.#pageAt(scene, time, w, h), share);
    context.restore();
  }

  /** A page with what runs in it, in pixels. */
  #pageAt(scene: PageScene, time: number, width: number, height: number): Canvas {
    const state = stateOf(scene, time, this.talk);
    const page = this.#page(scene.page, state, `${stateKeyOf(scene, state)} ${width}x${height}`, width, height);
    const film = this.#film(scene.page, time);
    if (!film) return page;
    const canvas = createCanvas(width, height);
    const context = canvas.getContext('2d');
    context.drawImage(page, 0, 0);
    context.scale(width / this.talk.pages[scene.page]!.width, height / pageHeight);
    film.paint(context);
    return canvas;
  }

  #at(time: number): { scene: Scene; before: Scene | undefined; share: number } {
    const { scenes } = this.talk;
    const place = Math.max(
      0,
      scenes.findLastIndex(({ start }) => start <= time + 1e-6),
    );
    const scene = scenes[place]!;
    const { seconds } = scene.change;
    // The first frame of a change differs from what was before, the frame after the last is what comes.
    const frame = 1 / this.talk.rate;
    const share = seconds === 0 ? 1 : Math.min(1, (time - scene.start + frame + 1e-6) / (seconds + frame));
    return { scene, before: scenes[place - 1], share: share > 1 - 1e-3 ? 1 : share };
  }

  #look(scene: Scene, time: number): Look {
    const { width, height } = this.talk;
    if ('break' in scene) {
      const since = time - scene.start;
      return {
        key: `${scene.kind} ${scene.break.key(since)}`,
        paint: (context) => scene.break.paint(context, width, height, since),
      };
    }
    const placing = this.#placing(time);
    const state = stateOf(scene, time, this.talk);
    return {
      key: `${stateKeyOf(scene, state)} ${placing.key} ${this.#film(scene.page, time)?.key ?? ''}`,
      paint: (context) => {
        placing.paint(context);
        const [x, y, w, h] = placing.page;
        context.drawImage(this.#pageAt(scene, time, w, h), x, y);
      },
    };
  }

  /** What runs inside a page: a film, or a short animation that begins again each second. */
  #film(page: number, time: number): Look | undefined {
    const box = this.talk.pages[page]!.film;
    const { seed, choices } = this.talk.recipe;
    if (!box) return undefined;
    const [x, y, width, height] = box;
    if (choices.lives === 'gif') {
      const step = Math.floor(time * 6) % 6;
      return {
        key: `gif ${step}`,
        paint(context) {
          context.fillStyle = '#28323c';
          context.fillRect(...box);
          for (let bar = 0; bar < 6; bar += 1) {
            context.fillStyle = bar === step ? '#ffd24a' : '#5c7080';
            context.fillRect(x + width * (0.06 + bar * 0.15), y + height * 0.2, width * 0.12, height * 0.6);
          }
        },
      };
    }
    return {
      key: `film ${time.toFixed(3)}`,
      paint(context) {
        context.save();
        context.beginPath();
        context.rect(...box);
        context.clip();
        // A walk through a landscape, then somebody who talks.
        if (Math.floor(time / 3) % 2 === 0) {
          context.translate(x - (time % 3) * 40, y);
          landscape(`${seed} film ${Math.floor(time / 6)}`)(context, width * 1.6, height);
        } else paintSpeaker(context, box, time, `${seed} film`);
        context.restore();
      },
    };
  }

  #page(page: number, state: PageState, key: string, width: number, height: number): Canvas {
    const cached = this.#pages.get(key);
    if (cached) return cached;
    const canvas = createCanvas(width, height);
    const context = canvas.getContext('2d');
    const of = this.talk.pages[page]!;
    context.scale(width / of.width, height / pageHeight);
    paintPage(context, of, this.talk.theme, { ...state, covered: this.talk.recipe.choices.build === 'uncover' });
    this.#pages.set(key, canvas);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > kept) this.#pages.delete(oldest!);
    return canvas;
  }
}

function stateOf(scene: PageScene, time: number, { rate, recipe }: Talk): PageState {
  const how = howSteps(recipe.choices.build);
  const now = time + 1e-6;
  const done = scene.steps.filter(({ end }) => end <= now).length;
  const next = scene.steps[done];
  const coming = next && next.start <= now ? (now - next.start + 1 / rate) / (next.end - next.start + 1 / rate) : 0;
  const highlight = scene.highlights.findLastIndex((from) => from <= now);
  return {
    step: scene.firstStep + done,
    ...(coming > 0 && how ? { coming, how } : {}),
    ...(highlight >= 0 ? { highlight } : {}),
  };
}
