import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { AbilityStore, KnownAbilities } from './abilities.ts';
import type { Answer, ModelFacts } from './model.ts';
import { openModel } from './open.ts';
import { probePicture } from './probe-picture.ts';

/** What a server can do for a model, as far as a handful of questions show. */
export interface ExaminedModel {
  readonly id: string;
  readonly facts: ModelFacts;
  readonly servers: readonly { readonly address: string; readonly abilities: KnownAbilities }[];
  /** Lines that people were told meanwhile. */
  readonly warnings: readonly string[];
  /** Share of the second question's prompt that was reused; undefined where neither server nor clock tells. 0–1. */
  readonly reused: number | undefined;
  /** Whether the server told it; else it is guessed from how soon the first word came. */
  readonly reuseTold: boolean;
  /** Of so many questions that were asked at once, those whose words came before any answer had ended. */
  readonly atOnce: { readonly asked: number; readonly wrote: number };
  /** Seconds from a question to its first word, of a picture that was new. */
  readonly firstWordSeconds: number;
}

const Seen = z.object({ reason: z.string().meta({ maxLength: 80 }), colour: z.enum(['red', 'green', 'blue', 'none']) });
/** More tell no more of what people have. */
const asked = 4;
/** A second question whose first word comes so much sooner found the pictures of the first one. */
const soon = 0.5;

/**
 * Asks a model six short questions about a picture of our own: two one after another, four at once. What is found out is
 * kept in `abilities`.
 *
 * @throws FramesiftError where it cannot be asked
 */
export async function examineModel(
  spec: string,
  options: { readonly abilities?: AbilityStore; readonly signal: AbortSignal },
): Promise<ExaminedModel> {
  const warnings: string[] = [];
  const { signal } = options;
  const onWarning = (message: string): void => void warnings.push(message);
  // As many slots as questions, so that the server's own number shows.
  const limits = { attempts: 2, firstTokenSeconds: 300, answerSeconds: 300, concurrency: asked };
  await using model = await openModel(spec, { images: 2, imageSide: 224, ...limits, ...options, onWarning });
  // No earlier prompt begins with it: what is reused is of this look.
  const system = `You look at pictures. (${randomUUID()})`;
  const ask = (prompt: string, lane?: ReturnType<typeof model.openLane>): Promise<Answer<z.infer<typeof Seen>>> =>
    model.answer(
      { images: [probePicture, probePicture], system, prompt, schema: Seen, maxTokens: 256 },
      { signal, ...(lane ? { lane } : {}) },
    );
  using lane = model.openLane({});
  const first = await ask('Which colour has the square? Say why in a few words.', lane);
  const second = await ask('Which colour is around the square? Say why in a few words.', lane);
  const words = ['top', 'bottom', 'left', 'right'].map((side) => `What is at the ${side}? Say it in a few words.`);
  lane[Symbol.dispose]();
  const answers = await Promise.all(words.map((prompt) => ask(prompt)));
  const told = second.use.tokensReused !== undefined && second.use.tokensIn !== undefined;
  const reused = told
    ? second.use.tokensReused / Math.max(1, second.use.tokensIn)
    : second.use.firstTokenMs < soon * first.use.firstTokenMs
      ? 1
      : undefined;
  return {
    id: model.id,
    facts: model.facts,
    servers: model.servers,
    warnings,
    reused,
    reuseTold: told,
    atOnce: { asked, wrote: writingAtOnce(answers) },
    firstWordSeconds: first.use.firstTokenMs / 1000,
  };
}

function writingAtOnce(answers: readonly Answer<unknown>[]): number {
  const spans = answers.map(({ use }) => {
    const { startMs = 0, endMs = 0 } = use.requests.at(-1) ?? {};
    return { firstAt: startMs + use.firstTokenMs, endMs };
  });
  const firstEnd = Math.min(...spans.map(({ endMs }) => endMs));
  return Math.max(1, spans.filter(({ firstAt }) => firstAt < firstEnd).length);
}
