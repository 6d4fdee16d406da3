/**
 * The simulated server as its own process: `node bench/simulated-server/main.ts --slots 4 --speed 10`.
 * Prints its address as one line of JSON, then serves until it is stopped.
 */
import { parseArgs } from 'node:util';
import { faultKinds, type Fault } from './faults.ts';
import { measuredCost } from './cost.ts';
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
  },
});
const server = await SimulatedServer.start({
  slots: Number(values.slots),
  speed: Number(values.speed),
  port: Number(values.port),
  answerTokens: values['answer-tokens'] === 'text' ? 'text' : Number(values['answer-tokens']),
  steady: values.steady,
  tellSlots: !values['hide-slots'],
  cost: { ...measuredCost, contention: Number(values.contention) },
});
if (values.fault) {
  const [kind = '', each = '10'] = values.fault.split(':');
  if (!faultKinds.includes(kind as Fault)) throw new Error(`--fault: one of ${faultKinds.join(', ')}, as KIND:EVERY`);
  server.faults.every(Number(each), kind as Fault);
}
console.log(JSON.stringify({ url: server.url, ollama: server.ollamaSpec, openai: server.openAiSpec }));
