import { sampleScenes, sampleSlides, type Mark, type SampleSlide } from './script.ts';

export const sampleRate = 25;

/** Size in pixels and frames a second of what is drawn. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly rate: number;
}

const canvas: Canvas = { width: 1280, height: 720, rate: sampleRate };

/** FFmpeg takes an option's value apart twice: as an option, then as a piece of the graph. */
export function escapeOption(value: string): string {
  return value.replaceAll(/[\\':]/g, String.raw`\$&`).replaceAll(/[\\'[\],;]/g, String.raw`\$&`);
}

function drawMark(mark: Mark, fonts: Fonts): string {
  if ('box' in mark) {
    const [x, y, width, height] = mark.box;
    return `drawbox=x=${x}:y=${y}:w=${width}:h=${height}:color=${mark.color}:t=fill`;
  }
  const font = escapeOption(mark.bold ? fonts.bold : fonts.regular);
  return `drawtext=fontfile=${font}:expansion=none:text=${escapeOption(mark.text)}:x=${mark.x}:y=${mark.y}:fontsize=${mark.size}:fontcolor=${mark.color}`;
}

/** A picture drawn once and repeated: drawing it anew for each frame takes many times as long. */
export function still(slide: SampleSlide, build: number, seconds: number, fonts: Fonts, on: Canvas): string {
  const marks = slide.marks.filter((mark) => (mark.from ?? 1) <= build).map((mark) => drawMark(mark, fonts));
  return [
    `color=c=${slide.background}:s=${on.width}x${on.height}:r=${on.rate}:d=${1 / on.rate}`,
    'format=yuv444p',
    ...marks,
    'format=yuv420p',
    'loop=loop=-1:size=1',
    `setpts=N/${on.rate}/TB`,
    `fps=${on.rate}`,
    `trim=end_frame=${Math.round(seconds * on.rate)}`,
    'setsar=1',
  ].join(',');
}

/** Seconds after which the speaker's movement begins again; drawing every pixel by a formula is slow. */
const swaySeconds = 4;

/** A head and shoulders that sway before a wall: the speaker, as far as a picture of 160×120 shows one. */
export function speaker(seconds: number, on: Canvas, grain: number): string {
  const turn = (times: number): string => `${((2 * Math.PI * times) / swaySeconds).toFixed(5)}*T`;
  const headX = `(80+9*sin(${turn(1)})+3*sin(${turn(3)}))`;
  const headY = `(48+3*sin(${turn(2)}))`;
  const inside = (x: string, y: string, width: string, height: string): string =>
    `lte(hypot((X-${x})/${width},(Y-${y})/${height}),1)`;
  const head = inside(headX, headY, '18', '23');
  const hair = `lt(Y,${headY}-7)*${inside(headX, `(${headY}-9)`, '20', '18')}`;
  const eye = (side: number): string => inside(`(${headX}+${side * 7})`, `(${headY}-2)`, '3', '2');
  const mouth = inside(headX, `(${headY}+11)`, '6', `(1.2+abs(sin(${turn(5)})))`);
  const luma = `if(${hair},38,if(${head},if(${eye(-1)}+${eye(1)}+${mouth},62,168),if(lte(hypot((X-80)/50,(Y-125)/55),1),70+Y/6,190-X/4)))`;
  // Chroma planes have half the size: the formula's X and Y are halved.
  const face = `${inside(`${headX}/2`, `${headY}/2`, '9', '11.5')}*gt(Y,${headY}/2-4)`;
  return [
    `color=c=black:s=160x120:r=${on.rate}:d=${swaySeconds}`,
    'format=yuv420p',
    `geq=lum='${luma}':cb='if(${face},110,132)':cr='if(${face},150,124)'`,
    `loop=loop=-1:size=${swaySeconds * on.rate}`,
    `setpts=N/${on.rate}/TB`,
    `trim=duration=${seconds.toFixed(3)}`,
    `scale=${on.width}:${on.height}:flags=bicubic`,
    `noise=alls=${grain}:allf=t:all_seed=5`,
  ].join(',');
}

/** A white arrow with a dark rim, 15×22, on nothing. */
export function pointer(seconds: number, rate: number): string {
  const shape = 'lt(X,13*Y/18)*lt(Y,18)*lt(X,12)';
  const core = 'lt(X,13*Y/18-2)*lt(Y,16-X/6)*gt(X,1)';
  return [
    `color=c=black:s=15x22:r=${rate}:d=${1 / rate}`,
    'format=yuva444p',
    `geq=lum='if(${core},235,20)':cb=128:cr=128:a='255*${shape}'`,
    'loop=loop=-1:size=1',
    `setpts=N/${rate}/TB`,
    `trim=duration=${seconds.toFixed(3)}`,
  ].join(',');
}

export interface Fonts {
  readonly regular: string;
  readonly bold: string;
}

/** The whole sample talk as one FFmpeg filter graph without inputs; its one output is left open. */
export function sampleGraph(fonts: Fonts): string {
  const total = sampleScenes.reduce((sum, scene) => sum + scene.seconds, 0);
  const parts: string[] = [];
  const labels: string[] = [];
  const slideScene = (index: number, seconds: number): string => {
    const scene = sampleScenes[index];
    const slide = scene?.show === 'slide' ? sampleSlides[scene.slide] : undefined;
    if (scene?.show !== 'slide' || !slide) throw new Error(`scene ${index} of the sample talk is no slide`);
    return still(slide, scene.build, seconds, fonts, canvas);
  };
  const cutaways = sampleScenes.filter((scene) => scene.show === 'speaker').length;
  const feeds = Array.from({ length: cutaways }, (_, index) => `[feed${index}]`).join('');
  parts.push(
    `${speaker(total, { width: 240, height: 180, rate: sampleRate }, 5)},split=${1 + cutaways}[inset]${feeds}`,
  );

  let time = 0;
  let feed = 0;
  const cutawayTimes: string[] = [];
  for (const [index, scene] of sampleScenes.entries()) {
    const label = `[part${index}]`;
    labels.push(label);
    if (scene.show === 'slide') parts.push(`${slideScene(index, scene.seconds)}${label}`);
    else if (scene.show === 'speaker') {
      const first = Math.round(time * sampleRate);
      const cut = `trim=start_frame=${first}:end_frame=${first + Math.round(scene.seconds * sampleRate)},setpts=N/${sampleRate}/TB`;
      parts.push(`[feed${feed}]${cut},scale=960:720:flags=bicubic,pad=1280:720:160:0:color=0x2a2420,setsar=1${label}`);
      cutawayTimes.push(`between(t,${(time - 0.01).toFixed(3)},${(time + scene.seconds - 0.01).toFixed(3)})`);
      feed += 1;
    } else {
      const [from, to] = [`[from${index}]`, `[to${index}]`];
      // Both sides last longer than the fade, whose first picture is still the slide before: that one is cut off.
      const longer = scene.seconds + 0.4;
      parts.push(`${slideScene(index - 1, longer)}${from}`, `${slideScene(index + 1, longer)}${to}`);
      const cut = `trim=start_frame=1:end_frame=${1 + Math.round(scene.seconds * sampleRate)},setpts=N/${sampleRate}/TB`;
      parts.push(`${from}${to}xfade=duration=${scene.seconds}:offset=0,${cut},setsar=1${label}`);
    }
    time += scene.seconds;
  }
  parts.push(`${labels.join('')}concat=n=${labels.length}:v=1:a=0[talk]`);
  const onSlides = `not(${cutawayTimes.join('+') || '0'})`;
  parts.push(`[talk][inset]overlay=x=1010:y=510:enable='${onSlides}':shortest=1[seen]`);
  parts.push(`${pointer(total, sampleRate)}[arrow]`);
  // The pointer rests, then wanders over the slide for some seconds, again and again.
  const wander = 'between(mod(t,9),4,8)';
  const x = `930+${wander}*330*sin((mod(t,9)-4)*PI/2)`;
  const y = `450+${wander}*120*sin((mod(t,9)-4)*PI)`;
  parts.push(`[seen][arrow]overlay=x='${x}':y='${y}':enable='${onSlides}':shortest=1,format=yuv420p`);
  return parts.join(';\n');
}
