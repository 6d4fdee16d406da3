import { join } from 'node:path';
import { FramesiftError } from '../../core/errors.ts';
import type { SlideModels } from '../../workflows/slides/finding/opinions.ts';
import { catalogue } from '../../store/models/catalogue.ts';
import { digestOf } from '../../store/models/model-folder.ts';
import { openClassifier } from '../../vision/models/classifier.ts';
import { builtinEmbedder, openEmbedder, type Embedder } from '../../vision/models/embedder.ts';
import { openZeroShot } from '../../vision/models/zero-shot.ts';
import { defaultKindLabels, readKindLabels } from '../../workflows/slides/kind-labels.ts';
import { cacheFolder } from '../../core/places.ts';
import { findEmbedder, findZeroShot, openModelFolder } from '../models/registry.ts';
import { readThresholds, type Thresholds } from '../../store/models/thresholds.ts';
import type { OpenSlideModels, SlideModelOptions } from '../../workflows/adapters.ts';
import { defined } from '../../core/defined.ts';

/**
 * Opens the models that the options name. What was named and cannot be used ends the run before a frame is decoded.
 *
 * @throws FramesiftError `usage`, `model` or `dependency`
 */
export async function openSlideModels(options: SlideModelOptions): Promise<OpenSlideModels> {
  const thresholds = await readThresholds();
  await using stack = new AsyncDisposableStack();
  const opened: { use: string; id: string; digest: string; device: string; notice?: string }[] = [];
  const keep = <T extends { id: string; digest: string; device: string; notice?: string } & AsyncDisposable>(
    use: string,
    model: T,
  ): T => {
    opened.push({ ...model, use });
    return stack.use(model);
  };
  const { device } = options;
  const notices: string[] = [];
  const gate: NonNullable<SlideModels['gate']>[number][] = [];
  for (const file of options.frameClassifier) {
    const measure = keep('gate', await openClassifier(file, await digestOrMissing(file), { device }));
    const threshold = measure.threshold ?? thresholds.gate[measure.digest]?.threshold;
    gate.push({ id: measure.id, measure, ...defined({ threshold }) });
  }
  const worded = options.kinds === undefined ? undefined : await openKinds(options, thresholds, keep, notices);
  const embedder = await openChosenEmbedder(options, thresholds, notices);
  if (embedder) keep('embedder', embedder);
  const calibrated = embedder && thresholds.embedder[embedder.digest];
  if (embedder && !calibrated) {
    notices.push(
      `${embedder.id} has no thresholds yet: it names slides seen before, and pixels decide alone. Find them with: framesift calibrate --embedder ${embedder.id} TALKS`,
    );
  }
  const models: SlideModels = {
    ...(gate.length > 0 ? { gate } : {}),
    ...(worded ? { kinds: worded.kinds } : {}),
    ...(embedder
      ? {
          embedder: {
            id: embedder.id,
            measure: embedder,
            ...(calibrated ? { thresholds: { candidate: calibrated.candidate, same: calibrated.same } } : {}),
          },
        }
      : {}),
  };
  const owned = stack.move();
  return {
    models,
    records: opened.map(({ use, id, digest, device: where }) => ({ use, id, version: digest, device: where })),
    notices: [...new Set(opened.flatMap(({ notice }) => notice ?? [])), ...notices],
    ...(worded ? { kindsKey: worded.key } : {}),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openKinds(
  { kinds, kindLabels, device }: SlideModelOptions,
  thresholds: Thresholds,
  keep: <T extends Awaited<ReturnType<typeof openZeroShot>>>(use: string, model: T) => T,
  notices: string[],
): Promise<{ kinds: NonNullable<SlideModels['kinds']>; key: string }> {
  const labels = kindLabels === undefined ? defaultKindLabels : await readKindLabels(kindLabels);
  const files = await findZeroShot(kinds!);
  const measure = keep(
    'kinds',
    await openZeroShot(files, labels, { device, cacheFolder: join(cacheFolder(), 'texts') }),
  );
  const key = `${files.digest}:${labels.flatMap(({ prompts }) => prompts).join('|')}`;
  const threshold = thresholds.kinds[key]?.threshold;
  if (threshold === undefined) {
    const own = kindLabels === undefined ? '' : ` --kind-labels ${kindLabels}`;
    notices.push(
      `${files.id} has no threshold for these labels: what it says is in the ledger, and the rules decide. Find one with: framesift calibrate --kinds ${files.id}${own} TALKS`,
    );
  }
  const kindsModel = { id: files.id, measure, labels, ...defined({ threshold }) };
  return { kinds: kindsModel, key };
}

/** `auto`: the first of the catalogue's embedders that is installed and calibrated here, else the descriptor. */
async function openChosenEmbedder(
  { embedder, device }: SlideModelOptions,
  thresholds: Thresholds,
  notices: string[],
): Promise<Embedder | undefined> {
  if (embedder === 'none') return undefined;
  if (embedder === 'builtin') return builtinEmbedder;
  if (embedder !== 'auto') return openEmbedder(await findEmbedder(embedder), { device });
  for (const model of catalogue.filter(({ uses }) => uses.includes('embedder'))) {
    const installed = await openModelFolder().find(model);
    if (!installed || installed.damaged.length > 0) continue;
    try {
      const files = await findEmbedder(model.name);
      if (files.digest in thresholds.embedder) return await openEmbedder(files, { device });
    } catch (error) {
      // Nobody asked for this very model: the run goes on without it.
      if (!(error instanceof FramesiftError)) throw error;
      notices.push(`${model.name} is installed and cannot be used (${error.message}); the built-in descriptor is.`);
    }
  }
  return builtinEmbedder;
}

const digestOrMissing = (file: string): Promise<string> =>
  digestOf(file).catch((error: unknown) => {
    throw new FramesiftError('model', `${file}: no such classifier. --frame-classifier takes an .onnx file.`, {
      cause: error,
    });
  });
