import { z } from 'zod';
import { FramesiftError } from '../../core/errors.ts';
import type { Price } from '../../core/run.ts';
import { parseYaml, readYamlText, YamlFault } from '../../core/yaml.ts';

const forms =
  'Write what a million tokens in and out cost, such as 0.15,0.60, or name a YAML table: "openai/gpt-4o-mini: 0.15,0.60".';

/** Whether it is two numbers, and not the path of a table. */
export const isPrice = (text: string): boolean => pair.test(text.trim());

const pair = /^(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)$/;
const Table = z.record(z.string(), z.union([z.string(), z.number()]));

function readPair(text: string): Price | undefined {
  const [, input, output] = pair.exec(text.trim()) ?? [];
  return input === undefined ? undefined : { in: Number(input), out: Number(output) };
}

/**
 * What a model's tokens cost: `0.15,0.60`, or a YAML table of such pairs by the model's name with or without its provider.
 *
 * @param model without where it is: `openai/gpt-4o-mini`
 * @throws FramesiftError `usage` where it is neither or the model is not in it, `input` where the file is not there
 */
export async function priceOf(text: string, model: string): Promise<Price> {
  const direct = readPair(text);
  if (direct) return direct;
  const table = await readTable(text);
  const found = table[model] ?? table[model.replace(/^[^/]*\//, '')];
  if (found === undefined) throw new FramesiftError('usage', `${text}: has no price of ${model}. ${forms}`);
  const price = readPair(String(found));
  if (!price) throw new FramesiftError('usage', `${text}: ${model}: ${String(found)} is no price. ${forms}`);
  return price;
}

async function readTable(path: string): Promise<z.output<typeof Table>> {
  let value: unknown;
  try {
    const text = await readYamlText(path);
    if (text === undefined)
      throw new FramesiftError('input', `--price: ${path} is neither a price nor a file. ${forms}`);
    ({ value } = parseYaml(text));
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new FramesiftError('usage', `${path}: line ${error.line}: ${error.message}`);
  }
  const table = Table.safeParse(value);
  if (!table.success) throw new FramesiftError('usage', `${path}: is not a table of prices. ${forms}`);
  return table.data;
}
