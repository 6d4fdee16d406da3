/** One run of the on-device engine, for `driver.ts` to measure from outside: `node driver-run.ts VIDEO FOLDER`. */
import { analyzeDriverFace } from '../../src/app/driver-face.ts';

const [video = '', output = ''] = process.argv.slice(2);
for await (const event of analyzeDriverFace(video, {}, { output })) {
  if (event.type === 'finished') console.log(JSON.stringify(event.summary));
}
