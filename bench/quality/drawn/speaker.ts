import type { Box, Context } from './page.ts';
import { Random } from './random.ts';

/** Colours and habits of one person. */
interface Person {
  readonly skin: string;
  readonly shade: string;
  readonly hair: string;
  readonly shirt: string;
  readonly wall: readonly [string, string];
  readonly pace: number;
  readonly phase: number;
}

function personOf(seed: string): Person {
  const random = new Random(`${seed} person`);
  const tone = random.whole(22, 34);
  const light = random.whole(38, 76);
  const wall = random.whole(0, 359);
  return {
    skin: `hsl(${tone} 48% ${light}%)`,
    shade: `hsl(${tone} 45% ${light - 16}%)`,
    hair: `hsl(${random.whole(10, 45)} ${random.whole(5, 45)}% ${random.whole(8, 45)}%)`,
    shirt: `hsl(${random.whole(0, 359)} 35% ${random.whole(20, 60)}%)`,
    wall: [`hsl(${wall} 14% 70%)`, `hsl(${wall} 18% 48%)`],
    pace: random.between(0.7, 1.4),
    phase: random.between(0, 6),
  };
}

function ellipse(context: Context, x: number, y: number, width: number, height: number, fill: string): void {
  context.fillStyle = fill;
  context.beginPath();
  context.ellipse(x, y, Math.max(0.1, width), Math.max(0.1, height), 0, 0, 7);
  context.fill();
}

function paintFace(context: Context, person: Person, x: number, y: number, time: number): void {
  const skin = context.createRadialGradient(x - 5, y - 6, 4, x, y, 30);
  skin.addColorStop(0, person.skin);
  skin.addColorStop(1, person.shade);
  context.fillStyle = skin;
  context.beginPath();
  context.ellipse(x, y, 18, 24, 0, 0, 7);
  context.fill();
  const closed = (time * 0.37 + person.phase) % 1 < 0.05;
  for (const side of [-1, 1]) {
    ellipse(context, x + side * 7, y - 4, 4, closed ? 0.5 : 2.3, '#f4f1ee');
    if (!closed) ellipse(context, x + side * 7, y - 4, 1.9, 2, '#2b1c12');
    ellipse(context, x + side * 7, y - 9, 5, 1, person.hair);
  }
  ellipse(context, x + 1, y + 4, 2.4, 3.5, person.shade);
  ellipse(context, x, y + 12, 6, 1 + 1.6 * Math.abs(Math.sin(time * 7 * person.pace)), '#8a3b36');
  context.fillStyle = person.hair;
  context.beginPath();
  context.ellipse(x, y - 14, 20, 14, 0, Math.PI, 0);
  context.fill();
}

/** A head and shoulders that sway and talk before a wall, in a box; drawn on 160 × 120 units. */
export function paintSpeaker(context: Context, [x, y, width, height]: Box, time: number, seed: string): void {
  const person = personOf(seed);
  const scale = Math.max(width / 160, height / 120);
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.translate(x + width / 2, y + height / 2);
  context.scale(scale, scale);
  context.translate(-80, -60);
  const wall = context.createLinearGradient(0, 0, 160, 120);
  wall.addColorStop(0, person.wall[0]);
  wall.addColorStop(1, person.wall[1]);
  context.fillStyle = wall;
  context.fillRect(0, 0, 160, 120);
  const turn = time * person.pace + person.phase;
  const headX = 80 + 9 * Math.sin(turn * 1.6) + 3 * Math.sin(turn * 4.7);
  const headY = 50 + 3 * Math.sin(turn * 3.1);
  ellipse(context, 80 + 3 * Math.sin(turn * 1.6), 128, 52, 50, person.shirt);
  ellipse(context, headX, headY + 26, 9, 14, person.shade);
  paintFace(context, person, headX, headY, time);
  // A hand that comes and goes.
  if (Math.sin(turn * 0.9) > 0.2)
    ellipse(context, 118 + 8 * Math.sin(turn * 5), 96 + 6 * Math.cos(turn * 4), 8, 9, person.skin);
  context.restore();
}

/** The grain of a cheap camera. @param number another number gives other grain */
export function paintGrain(context: Context, [x, y, width, height]: Box, number: number, strength = 0.05): void {
  const random = new Random(`grain ${number % 16}`);
  const side = Math.max(2, Math.round(height / 60));
  context.fillStyle = '#000000';
  for (let speck = 0; speck < 500; speck += 1) {
    context.globalAlpha = strength * (0.5 + random.next());
    context.fillStyle = random.chance(0.5) ? '#000000' : '#ffffff';
    context.fillRect(x + random.next() * (width - side), y + random.next() * (height - side), side, side);
  }
  context.globalAlpha = 1;
}
