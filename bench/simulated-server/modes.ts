import { measuredCost } from './cost.ts';
import type { SimulatedServerOptions } from './server.ts';

/** A kind of server that is met in the world, or one that means harm. */
export interface Mode {
  readonly about: string;
  /** Where only one of the two languages has it. */
  readonly door?: 'ollama' | 'openai';
  readonly options: SimulatedServerOptions;
}

/** Kinds of servers by name, for `--mode NAME` and for the conformance suite, which goes through all of them. */
export const modes = {
  friendly: { about: 'does all that it is asked', options: {} },
  whole: {
    about: 'sends its answers whole although it is asked for pieces',
    options: { behaviour: { streams: 'never' } },
  },
  'refuses-stream': { about: 'answers 400 where pieces are asked for', options: { behaviour: { streams: 'refused' } } },
  'refuses-usage': {
    about: 'answers 400 to stream_options',
    door: 'openai',
    options: { behaviour: { refusesUsage: true } },
  },
  'json-object': { about: 'binds answers to JSON, not to a schema', options: { behaviour: { schema: 'json_object' } } },
  'no-schema': { about: 'answers 400 to any response_format', options: { behaviour: { schema: 'refused' } } },
  'ignores-schema': {
    about: 'takes a schema and does nothing with it; writes prose, a fence and a comma too many',
    options: { behaviour: { schema: 'ignored' } },
  },
  thinks: { about: 'thinks for 600 tokens unless it is told not to', options: { behaviour: { thinking: 'switch' } } },
  'always-thinks': {
    about: 'thinks for 600 tokens whatever it is told',
    options: { behaviour: { thinking: 'always' } },
  },
  'refuses-think-word': {
    about: 'thinks, and answers 400 to the word that switches it off',
    door: 'openai',
    options: { behaviour: { thinking: 'refuses' } },
  },
  'answers-in-thoughts': {
    about: 'puts its answer where thoughts belong',
    options: { behaviour: { thinking: 'answers' } },
  },
  'error-at-end': {
    about: 'sends an error after the answer, as llama.cpp does where it cannot read it',
    door: 'openai',
    options: { behaviour: { errorAtEnd: true } },
  },
  'small-context': {
    about: 'has a context of 512 tokens and says so when it is exceeded, as llama.cpp does',
    options: { contextTokens: 512, tellSlots: false, behaviour: { overlong: 'llama.cpp' } },
  },
  'small-context-vllm': {
    about: 'the same in the words of vLLM',
    door: 'openai',
    options: { contextTokens: 512, tellSlots: false, behaviour: { overlong: 'vllm' } },
  },
  'cuts-prompt': {
    about: 'cuts a prompt to the context and does not say so, as Ollama does',
    door: 'ollama',
    options: { behaviour: { overlong: 'cut' } },
  },
  'two-pictures': { about: 'takes two pictures in a message', options: { behaviour: { images: 2 } } },
  'one-picture': { about: 'takes one picture in a message', options: { behaviour: { images: 1 } } },
  'one-slot': {
    about: 'a family for which Ollama forces one slot',
    door: 'ollama',
    options: { slots: 1, behaviour: { family: 'qwen3vl' } },
  },
  forgetful: {
    about: 'reuses no prefix',
    options: {
      cost: { ...measuredCost, forgetful: true },
    },
  },
  'shared-prefix': {
    about: 'keeps prompts for all slots together, as vLLM does',
    options: {
      cost: { ...measuredCost, shared: true },
    },
  },
  endless: { about: 'an answer without an end', options: { behaviour: { pours: 'endless' } } },
  brackets: { about: 'three million nested brackets', options: { behaviour: { pours: 'brackets' } } },
  'endless-line': { about: 'a line without an end', options: { behaviour: { pours: 'line' } } },
  drip: { about: 'a letter now and then, and no end', options: { behaviour: { pours: 'drip' } } },
  comments: { about: 'signs of life and never a word', door: 'openai', options: { behaviour: { pours: 'comments' } } },
  gzip: { about: 'gzip that nobody asked for, of 64 MiB', options: { behaviour: { pours: 'gzip' } } },
  'endless-error': { about: 'a 500 whose text does not end', options: { behaviour: { pours: 'error' } } },
  'busy-for-a-day': {
    about: '429 with a Retry-After of a day',
    options: { behaviour: { always: { status: 429, retryAfter: '86400' } } },
  },
  silent: { about: 'takes connections and does not say what it has', options: { behaviour: { silent: true } } },
  fails: { about: '500 to every question', options: { behaviour: { always: { status: 500 } } } },
  forbids: { about: '403 to every question', options: { behaviour: { always: { status: 403 } } } },
  'web-page': { about: 'a web page', options: { html: true } },
} satisfies Readonly<Record<string, Mode>>;

export type ModeName = keyof typeof modes;
export const modeNames = Object.keys(modes) as readonly ModeName[];
