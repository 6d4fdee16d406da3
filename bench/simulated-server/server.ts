import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inventAnswer } from './answers.ts';
import { pour, refuse, thinkingTokens, type Behaviour } from './behaviour.ts';
import { measuredCost, tokensOf, type Cost } from './cost.ts';
import { FaultPlan, type Fault } from './faults.ts';
import { ollama, openAi, type Dialect, type SimulatedRequest } from './dialects.ts';
import { SimulatedSlots, type PromptPart } from './slots.ts';

export interface SimulatedServerOptions {
  readonly slots?: number;
  /** How many times faster than the measured figures. Default 100. */
  readonly speed?: number;
  readonly cost?: Cost;
  readonly model?: string;
  /** Whether the model sees pictures. Default true. */
  readonly vision?: boolean;
  readonly contextTokens?: number;
  /** Tell the number of slots, as llama.cpp's server does at `/props`. Default true; Ollama's door never tells. */
  readonly tellSlots?: boolean;
  /** Answer every request with a web page. */
  readonly html?: boolean;
  /** Answers depend on the question alone, not on the pictures. */
  readonly steady?: boolean;
  readonly port?: number;
  /** Tokens of one answer, or of each section of a combined one: 60, or by the text's length. Default 60. */
  readonly answerTokens?: number | 'text';
  /** In what it differs from a server that does all that it is asked. Default: in nothing. */
  readonly behaviour?: Behaviour;
}

/** One request as the server saw it. Times are milliseconds. */
export interface Served {
  /** The same for two requests with the same pictures, text and schema. */
  readonly identity: string;
  /** The same for two requests with the same pictures. */
  readonly pictures: string;
  readonly prompt: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly outcome: 'answered' | 'aborted' | 'refused' | 'poured' | Fault;
  /** When it came, by this process's clock since the epoch. */
  readonly cameAt: number;
  readonly endedAt: number;
  readonly queueMs: number;
  /** What the slot was charged. */
  readonly serviceMs: number;
  readonly tokensIn: number;
  readonly tokensReused: number;
  readonly tokensOut: number;
}

/** A server that costs what a real one does and speaks Ollama's and OpenAI's language. */
export class SimulatedServer implements AsyncDisposable {
  readonly faults = new FaultPlan();
  readonly served: Served[] = [];
  readonly slots: SimulatedSlots;
  readonly #options: SimulatedServerOptions;
  readonly #server: Server;
  #connectionsMade = 0;

  private constructor(options: SimulatedServerOptions) {
    this.#options = options;
    this.slots = new SimulatedSlots(options.slots ?? 4, options.cost ?? measuredCost, options.speed ?? 100);
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on('connection', () => (this.#connectionsMade += 1));
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(options: SimulatedServerOptions = {}): Promise<SimulatedServer> {
    const server = new SimulatedServer(options);
    await server.listen(options.port ?? 0);
    return server;
  }

  /** Listens again after `stop`. */
  async listen(port: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(port, '127.0.0.1', resolve);
    await promise;
    this.#server.off('error', reject);
  }

  /** Dies: every connection breaks and new ones are refused. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get model(): string {
    return this.#options.model ?? 'llava:7b';
  }

  /** What `--model` takes. */
  get ollamaSpec(): string {
    return `ollama/${this.model}@${this.url}`;
  }

  get openAiSpec(): string {
    return `openai/${this.model}@${this.url}/v1`;
  }

  get connectionsMade(): number {
    return this.#connectionsMade;
  }

  get answered(): readonly Served[] {
    return this.served.filter(({ outcome }) => outcome === 'answered');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    let body = '';
    request.setEncoding('utf8');
    for await (const part of request) body += part;
    const reply = (status: number, value: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    };
    if (this.#options.html) {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>It works</title>');
    } else if (this.#options.behaviour?.silent && !path.endsWith('/chat') && !path.endsWith('/completions')) {
      // The connection is taken and nothing comes.
    } else if (path === '/simulated/served') reply(200, { served: this.served, maxBusy: this.slots.maxBusy });
    else if (path === '/simulated/forget') {
      this.served.length = 0;
      reply(200, {});
    } else if (path === '/api/version') reply(200, { version: '0.0.0-simulated' });
    else if (path === '/api/show') {
      const { model } = JSON.parse(body) as { model: string };
      if (model !== this.model) reply(404, { error: `model '${model}' not found` });
      else {
        reply(200, {
          capabilities: this.#options.vision === false ? ['completion'] : ['completion', 'vision'],
          details: { family: this.#options.behaviour?.family ?? 'llama' },
          model_info: { 'llama.context_length': this.#options.contextTokens ?? 32768 },
        });
      }
    } else if (path === '/api/tags') reply(200, { models: [{ name: this.model, digest: 'simulated-1' }] });
    else if (path === '/api/ps') reply(200, { models: [] });
    else if (path === '/v1/models') reply(200, { data: [{ id: this.model }] });
    else if (path === '/props' && this.#options.tellSlots !== false) {
      reply(200, {
        total_slots: this.slots.count,
        default_generation_settings: { n_ctx: this.#options.contextTokens ?? 32768 },
        modalities: { vision: this.#options.vision !== false },
      });
    } else if (path === '/api/chat' && /"messages":\s*\[\]/.test(body)) reply(200, { done: true, done_reason: 'load' });
    else if (path === '/api/chat') await this.#chat(ollama, body, response, reply);
    else if (path === '/v1/chat/completions') await this.#chat(openAi, body, response, reply);
    else reply(404, { error: 'not found' });
  }

  async #chat(
    dialect: Dialect,
    body: string,
    response: ServerResponse,
    reply: (status: number, value: unknown, headers?: Record<string, string>) => void,
  ): Promise<void> {
    const cameAt = Date.now();
    const asked = dialect.read(JSON.parse(body) as Record<string, unknown>);
    const identity = sha(JSON.stringify([asked.images.map(sha), asked.system, asked.prompt, asked.schema]));
    const note = (outcome: Served['outcome'], rest: Partial<Served> = {}) =>
      this.served.push({
        identity,
        pictures: sha(asked.images.join(' ')),
        prompt: asked.prompt,
        options: asked.options,
        outcome,
        cameAt,
        endedAt: Date.now(),
        queueMs: 0,
        serviceMs: 0,
        tokensIn: 0,
        tokensReused: 0,
        tokensOut: 0,
        ...rest,
      });
    const fault = this.faults.take(asked.prompt);
    if (fault === 'busy') return (note(fault), reply(429, { error: 'too many requests' }, { 'retry-after': '0' }));
    if (fault === 'error') return (note(fault), reply(500, { error: 'the runner has stopped' }));
    if (fault === 'bad-request') return (note(fault), reply(400, { error: 'cannot read the image' }));
    if (fault === 'refuse') return (note(fault), void response.destroy());

    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the client went away')));
    if (fault === 'hang') {
      note(fault);
      return;
    }
    const { behaviour = {} } = this.#options;
    const parts = partsOf(asked, this.slots.cost);
    const promptTokens = parts.reduce((sum, part) => sum + part.tokens, 0);
    const context = Number(asked.options['num_ctx'] ?? this.#options.contextTokens ?? 32768);
    const refused = refuse(asked, promptTokens, context, behaviour);
    if (refused) return (note('refused'), reply(refused.status, refused.body, refused.headers));
    if (behaviour.pours) return (note('poured'), pour(behaviour.pours, dialect, response, gone.signal));
    await this.#answer({ dialect, asked, fault, identity, parts, context, note, response, gone: gone.signal });
  }

  async #answer({ dialect, asked, fault, identity, parts, context, note, response, gone }: Answering): Promise<void> {
    const { behaviour = {} } = this.#options;
    const { thinking } = behaviour;
    const text = this.#textFor(asked, identity, fault);
    const { answerTokens = 60 } = this.#options;
    const wanted = answerTokens === 'text' ? tokensOf(text) : answerTokens * sectionsOf(asked.schema);
    const thinks = thinking === 'always' || thinking === 'refuses' || (thinking === 'switch' && !asked.toldNotToThink);
    const thoughts = thinks ? Math.min(thinkingTokens, asked.maxTokens) : 0;
    const room = asked.maxTokens - thoughts;
    const tokens = Math.min(wanted, room);
    const end = fault === 'truncated' || room < wanted ? 'length' : 'stop';
    const share = Math.ceil(text.length / tokens);
    const sent = end === 'length' ? text.slice(0, room > 0 ? Math.floor(text.length / 2) : 0) : text;
    const whole = behaviour.streams !== undefined || !asked.streamed;
    response.writeHead(200, { 'content-type': whole ? 'application/json' : dialect.contentType });
    response.flushHeaders();
    const piece = (part: string) => (thinking === 'answers' ? dialect.thought(part) : dialect.text(part));
    try {
      const work = await this.slots.run(parts, thoughts + tokens, gone, (index) => {
        if (fault === 'cut' && index >= tokens / 2) throw new Cut();
        if (whole) return;
        if (index < thoughts) response.write(dialect.thought('Hmm. '));
        const part = index < thoughts ? '' : sent.slice((index - thoughts) * share, (index - thoughts + 1) * share);
        if (part !== '') response.write(piece(part));
      });
      const counts = { ...work, tokensOut: thoughts + tokens };
      if (behaviour.overlong === 'cut') counts.tokensIn = Math.min(counts.tokensIn, context);
      const said =
        thinking === 'answers' ? { text: '', thought: sent } : { text: sent, thought: 'Hmm.'.repeat(thoughts) };
      if (behaviour.errorAtEnd) response.end(`data: ${JSON.stringify({ error: unreadable })}\n\n`);
      else response.end(whole ? dialect.whole(said, end, counts) : dialect.end(end, counts));
      note(fault ?? 'answered', counts);
    } catch (error) {
      note(error instanceof Cut ? 'cut' : 'aborted');
      response.destroy();
    }
  }

  #textFor(asked: SimulatedRequest, identity: string, fault: Fault | undefined): string {
    if (fault === 'invalid') return 'I see a person in a car, and they look awake to me.';
    if (fault === 'misfit') return '{"unasked": true}';
    // A model that nothing binds writes as it likes; of the schema it knows what the prompt tells.
    const unbound = this.#options.behaviour?.schema === 'ignored';
    if (unbound && !asked.prompt.includes('JSON schema')) return 'I see a person in a car, and they look awake to me.';
    const answer = inventAnswer(asked.schema, this.#options.steady ? asked.prompt : identity);
    if (fault === 'partial' && typeof answer === 'object' && answer !== null) {
      return JSON.stringify(Object.fromEntries(Object.entries(answer).slice(0, -1)));
    }
    const json = JSON.stringify(answer);
    return unbound
      ? `Sure! Here is the answer:\n\`\`\`json\n${json.replace(/}$/, ',}')}\n\`\`\`\nI hope that {this} helps.`
      : json;
  }
}

interface Answering {
  readonly dialect: Dialect;
  readonly asked: SimulatedRequest;
  readonly fault: Fault | undefined;
  readonly identity: string;
  readonly parts: PromptPart[];
  readonly context: number;
  readonly note: (outcome: Served['outcome'], rest?: Partial<Served>) => void;
  readonly response: ServerResponse;
  readonly gone: AbortSignal;
}

class Cut extends Error {}

/** Seen of llama.cpp's server in 2026. */
const unreadable = {
  code: 500,
  message: 'The model produced output that does not match the expected peg-native format',
  type: 'server_error',
};

/** A schema made of objects asks for an answer in sections, and each is as long as an answer of its own. */
function sectionsOf(schema: unknown): number {
  const { properties = {} } = (schema ?? {}) as { properties?: Readonly<Record<string, { type?: string }>> };
  const sections = Object.values(properties).filter(({ type }) => type === 'object').length;
  return Math.max(1, sections);
}

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

function partsOf(asked: SimulatedRequest, cost: Cost): PromptPart[] {
  const system = { identity: `system:${asked.system ?? ''}`, tokens: tokensOf(asked.system ?? ''), image: false };
  const images = asked.images.map((image) => ({ identity: sha(image), tokens: cost.tokensPerImage, image: true }));
  const text = { identity: `text:${asked.prompt}`, tokens: tokensOf(asked.prompt), image: false };
  // A prompt is a row of tokens: pictures that come after the question are not part of the common prefix.
  return asked.imagesFirst ? [system, ...images, text] : [system, text, ...images];
}
