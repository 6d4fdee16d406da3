import { openModel } from '../../../src/llm/open.ts';
import { openVideo } from '../../../src/media/open-video.ts';
import { answerSchema, promptOf } from '../../../src/engine/questions/prompts.ts';
import { driver } from '../../../src/workflows/driver/workflow.ts';
import type { Frame } from '../../../src/core/frame.ts';
import type { Observation } from '../../../src/core/observation.ts';
import type { Result } from './bars.ts';
import type { ServerProcess } from './server-process.ts';

/**
 * What people write today: for each window, for each question: encode the frames, ask, wait. Pictures first and the
 * same connection, so that the server's prefix helps this way as much as ours.
 */
export async function todaysWay(
  server: ServerProcess,
  video: string,
  { slots, windows }: { readonly slots: number; readonly windows: number },
): Promise<Result> {
  await server.forget();
  const { signal } = new AbortController();
  await using model = await openModel(server.openai, { images: 4, concurrency: 1 });
  const opening = performance.now();
  await using source = await openVideo(video, { signal });
  const openSeconds = (performance.now() - opening) / 1000;
  const began = performance.now();
  let asked = 0;
  let frames: Frame[] = [];
  for await (const frame of source.frames({ everySeconds: 0.5, untilSeconds: windows * 2 }, { signal })) {
    frames.push(frame);
    if (frames.length < 4) continue;
    const answers = new Map<string, Observation>();
    for (const question of driver.questions) {
      const images: Uint8Array[] = [];
      for (const one of frames) images.push(await one.jpeg({ quality: 85, longestSide: 672 }));
      const prompt = promptOf(question, answers).text;
      await model.answer({ images, system: driver.system, prompt, schema: answerSchema(question) }, { signal });
      asked += 1;
    }
    for (const one of frames) one[Symbol.dispose]();
    frames = [];
  }
  const seconds = (performance.now() - began) / 1000;
  return {
    name: "today's way",
    slots,
    figures: {
      windowsPerSecond: round(asked / 5 / seconds),
      questions: asked,
      seconds: round(seconds),
      openSeconds: round(openSeconds),
    },
  };
}

const round = (value: number) => Math.round(value * 1000) / 1000;
