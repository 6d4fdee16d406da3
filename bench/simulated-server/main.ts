/**
 * The simulated server as its own process: `node bench/simulated-server/main.ts --slots 4 --speed 10`, `--help`.
 * Prints its address as one line of JSON, then serves until it is stopped.
 */
import { parseArgs } from 'node:util';
import { faultKinds, type Fault } from './faults.ts';
import { measuredCost } from './cost.ts';
import { modeNames, modes, type Mode } from './modes.ts';
import { SimulatedServer } from './server.ts';

const { values } = parseArgs({
  options: {
    slots: { type: 'string', default: '4' },
    speed: { type: 'string', default: '10' },
    port: { type: 'string', default: '0' },
    contention: { type: 'string', default: '0' },
    /** `text`: as many as the answer's own text has. */
    'answer-tokens': { type: 'string', default: '60' },
    /** Answers depend on the question alone, not on the pictures. */
    steady: { type: 'boolean', default: false },
    'hide-slots': { type: 'boolean', default: false },
    /** `429:10`: every tenth request meets this fault. */
    fault: { type: 'string' },
    /** Under which it answers. */
    model: { type: 'string' },
    mode: { type: 'string', default: 'friendly' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  const width = Math.max(...modeNames.map(({ length }) => length));
  process.stdout.write(
    `node bench/simulated-server/main.ts [--mode NAME] [--model NAME] [--slots 4] [--speed 10] [--port 0]
  [--contention 0–1] [--answer-tokens 60|text] [--steady] [--hide-slots] [--fault KIND:EVERY]

Speaks Ollama's and OpenAI's language, with answers that fit the schema and mean nothing. --speed: times the measured one.

Modes:
${modeNames.map((name) => `  ${name.padEnd(width)}  ${modes[name].about}`).join('\n')}

Faults, such as busy:10 for every tenth request: ${faultKinds.join(', ')}
`,
  );
  process.exit(0);
}
const name = modeNames.find((one) => one === values.mode);
if (!name) throw new Error(`--mode: one of ${modeNames.join(', ')}`);
const { options }: Mode = modes[name];
const server = await SimulatedServer.start({
  slots: Number(values.slots),
  speed: Number(values.speed),
  port: Number(values.port),
  answerTokens: values['answer-tokens'] === 'text' ? 'text' : Number(values['answer-tokens']),
  steady: values.steady,
  tellSlots: !values['hide-slots'],
  cost: { ...measuredCost, contention: Number(values.contention) },
  ...(values.model === undefined ? {} : { model: values.model }),
  ...options,
});
if (values.fault) {
  const [kind = '', each = '10'] = values.fault.split(':');
  if (!faultKinds.includes(kind as Fault)) throw new Error(`--fault: one of ${faultKinds.join(', ')}, as KIND:EVERY`);
  server.faults.every(Number(each), kind as Fault);
}
console.log(JSON.stringify({ url: server.url, ollama: server.ollamaSpec, openai: server.openAiSpec }));
