import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FramesiftError, messageOf, systemCodeOf } from '../../core/errors.ts';

/** Texts as the numbers of their tokens, all of one length. */
export interface Tokens {
  readonly ids: BigInt64Array;
  /** 1 for a token of the text, 0 for padding. */
  readonly mask: BigInt64Array;
  readonly dims: readonly [texts: number, tokens: number];
}

const Config = z.looseObject({
  model_max_length: z.number().optional(),
  pad_token: z.union([z.string(), z.looseObject({ content: z.string() })]).nullish(),
});

/** Tokens of CLIP's context; what a tokenizer takes that does not say how long its texts may be. */
const defaultLength = 77;
/** Some files say a number beyond all texts where they mean that they do not know. */
const longestContext = 4096;

/**
 * Turns texts into tokens by the model's own `tokenizer.json` (CLIP's byte pairs, SigLIP's SentencePiece), padded to the
 * model's whole context as both were trained. The one place that touches @huggingface/tokenizers, which is optional.
 *
 * @throws FramesiftError `dependency` where the package is absent, `model` where the files are not a tokenizer's
 */
export async function tokenize(folder: string, texts: readonly string[]): Promise<Tokens> {
  const { Tokenizer } = await loadPackage();
  const file = join(folder, 'tokenizer.json');
  try {
    const definition: unknown = JSON.parse(await readFile(file, 'utf8'));
    const config = Config.parse(JSON.parse(await readFile(join(folder, 'tokenizer_config.json'), 'utf8')));
    const tokenizer = new Tokenizer(definition as object, config);
    const stated = config.model_max_length ?? defaultLength;
    const length = stated <= longestContext ? stated : defaultLength;
    const padToken = typeof config.pad_token === 'string' ? config.pad_token : config.pad_token?.content;
    const pad = (padToken === undefined ? undefined : tokenizer.token_to_id(padToken)) ?? 0;
    const ids = new BigInt64Array(texts.length * length).fill(BigInt(pad));
    const mask = new BigInt64Array(texts.length * length);
    for (const [row, text] of texts.entries()) {
      const { ids: found } = tokenizer.encode(text);
      // The last token ends the text, and is what CLIP's text is read off: it stays where a long text is cut.
      const kept = found.length <= length ? found : [...found.slice(0, length - 1), found.at(-1)!];
      for (const [at, id] of kept.entries()) {
        ids[row * length + at] = BigInt(id);
        mask[row * length + at] = 1n;
      }
    }
    return { ids, mask, dims: [texts.length, length] };
  } catch (error) {
    throw new FramesiftError('model', `${file}: cannot be used as a tokenizer: ${messageOf(error)}`, { cause: error });
  }
}

/** The part of the package that is used; its own types name their files in a way that our settings do not resolve. */
interface TokenizersPackage {
  readonly Tokenizer: new (
    definition: object,
    config: object,
  ) => { encode(text: string): { readonly ids: readonly number[] }; token_to_id(token: string): number | undefined };
}

async function loadPackage(): Promise<TokenizersPackage> {
  try {
    const loaded: unknown = await import('@huggingface/tokenizers');
    return loaded as TokenizersPackage;
  } catch (error) {
    const absent = systemCodeOf(error) === 'ERR_MODULE_NOT_FOUND';
    throw new FramesiftError(
      'dependency',
      `Labels in words need @huggingface/tokenizers, which ${absent ? 'is not installed' : `does not load: ${messageOf(error)}`}. Install it with: npm install @huggingface/tokenizers`,
      { cause: error },
    );
  }
}
