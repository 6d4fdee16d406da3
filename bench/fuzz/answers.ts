import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { openModel } from '../../src/llm/open.ts';
import { mutateJson } from './json.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { Random } from './random.ts';

const answer = JSON.stringify({ people: 3, reason: 'two at the counter', confidence: 0.8 });
const openAi = {
  models: JSON.stringify({ object: 'list', data: [{ id: 'm' }] }),
  chunk: JSON.stringify({ choices: [{ index: 0, delta: { content: answer }, finish_reason: null }] }),
  end: JSON.stringify({
    choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: 9 },
  }),
};
const ollama = {
  show: JSON.stringify({ capabilities: ['completion', 'vision'], model_info: { 'a.context_length': 8192 } }),
  tags: JSON.stringify({ models: [{ name: 'm', digest: 'abc' }] }),
  line: JSON.stringify({ message: { role: 'assistant', content: answer }, done: false }),
  end: JSON.stringify({ done: true, done_reason: 'stop', prompt_eval_count: 5, eval_count: 9 }),
};

/** A server whose every answer is spoiled in one place. */
export class SpoiltServer implements AsyncDisposable {
  readonly #server: Server;
  #random = new Random(1);
  #faults = 1;

  private constructor() {
    this.#server = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        const { url = '' } = request;
        const stream = /chat/.test(url);
        response.writeHead(this.#random.next() < 0.05 ? this.#random.one([204, 301, 400, 404, 500, 503]) : 200, {
          'content-type': stream && url.startsWith('/v1') ? 'text/event-stream' : 'application/json',
        });
        response.end(this.#body(url));
      });
    });
  }

  static async start(): Promise<SpoiltServer> {
    const server = new SpoiltServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  #spoilt(text: string): string {
    if (this.#faults === 0 || this.#random.next() < 0.5) return text;
    this.#faults -= 1;
    return mutateJson(text, this.#random);
  }

  #body(url: string): string {
    if (url.startsWith('/api/show')) return this.#spoilt(ollama.show);
    if (url.startsWith('/api/tags')) return this.#spoilt(ollama.tags);
    if (url.startsWith('/api/chat')) {
      const content = this.#spoilt(answer);
      const line = JSON.stringify({ message: { role: 'assistant', content }, done: false });
      return `${this.#spoilt(line)}\n${this.#spoilt(ollama.end)}\n`;
    }
    if (url.endsWith('/models')) return this.#spoilt(openAi.models);
    if (url.endsWith('/chat/completions')) {
      const content = this.#spoilt(answer);
      const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
      return `data: ${this.#spoilt(chunk)}\n\ndata: ${this.#spoilt(openAi.end)}\n\ndata: [DONE]\n\n`;
    }
    return this.#spoilt('{}');
  }

  /** Opens a model on it and asks one question. */
  ask(seed: number): Promise<Outcome> {
    this.#random = new Random(seed);
    this.#faults = 1 + this.#random.below(2);
    const { port } = this.#server.address() as AddressInfo;
    const isOllama = this.#random.next() < 0.5;
    const spec = isOllama ? `ollama/m@http://127.0.0.1:${port}` : `openai/m@http://127.0.0.1:${port}/v1`;
    return outcomeOf(`answers: ${isOllama ? 'Ollama' : 'OpenAI'}`, seed, async () => {
      const signal = AbortSignal.timeout(60_000);
      const limits = { attempts: 2, backoffMs: 1, firstTokenSeconds: 5, answerSeconds: 5, awaySeconds: 1 };
      await using model = await openModel(spec, { ...limits, signal });
      const schema = z.object({ people: z.int().min(0).max(20), reason: z.string(), confidence: z.number() });
      await model.answer({ images: [new Uint8Array([255, 216, 255, 217])], prompt: 'How many?', schema }, { signal });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
