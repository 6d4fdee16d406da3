import { readFile } from 'node:fs/promises';
import type { Slide } from '../../core/slide.ts';
import { messageOf } from '../../core/errors.ts';
import type { OpenRun, RunResults } from '../../engine/lifecycle/workflow.ts';
import type { RunRecord } from '../../core/run.ts';
import { readOwnFile } from '../../store/own-file.ts';
import { readSlides } from '../../store/read-slides.ts';
import { runFiles } from '../../store/run-files.ts';
import { SlidesFolder } from '../../store/slides-folder.ts';
import type { OpenContextWriter } from './context-writer.ts';

/**
 * Writes the contexts that a run whose slides are found does not have: none was wanted then, another model wrote them, or
 * the server was down. The video is not decoded again.
 *
 * @throws FramesiftError `input`, `output`, or the signal's reason
 */
export async function writeMissingContexts(run: OpenRun, writer: OpenContextWriter | undefined): Promise<RunResults> {
  const { folder, signal } = run;
  const stage = run.stage('context');
  const slides = await readSlides(folder.path);
  const kept = slides.filter((slide) => !isWanted(slide, stage.earlier));
  await stage.begin(kept.length);
  const since = performance.now();
  await using files = new SlidesFolder(folder);
  const written: Slide[] = [];
  const failures: string[] = [];
  const shown: number[] = [];
  let asked = 0;
  for (const slide of slides) {
    if (!isWanted(slide, stage.earlier) || !writer) {
      written.push(slide);
      continue;
    }
    const image = await readOwnFile(folder.path, slide.image);
    asked += 1;
    shown.push(slide.timestamp);
    try {
      const context = await writer.write({ image, text: slide.text }, { signal });
      const whole = { ...slide, title: context.title, context };
      await files.writeSlide(whole);
      written.push(whole);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(messageOf(error));
      written.push(slide);
    }
    run.tell({ type: 'progress', stage: 'context', seconds: asked, ofSeconds: slides.length - kept.length });
  }
  const { $schema, video, unsure } = await header(files);
  await files.writeJson(runFiles.slides, { $schema, video, slides: written, unsure });
  const missing = written.filter((slide) => isWanted(slide, 'part')).length;
  await stage.end(missing);
  const spent = writer?.spent ?? { requests: 0, tokensIn: 0, tokensOut: 0 };
  const before = folder.earlier as RunRecord;
  const [first] = failures;
  return {
    shown,
    decode: before.decode!,
    counts: before.counts,
    figures: before.figures,
    timings: [{ stage: 'context', where: 'server', wallMs: Math.round(performance.now() - since), count: asked }],
    cost: { modelCalls: spent.requests, tokensIn: spent.tokensIn, tokensOut: spent.tokensOut },
    warnings: [
      ...before.warnings.filter((warning) => !/context/i.test(warning)),
      ...(first === undefined ? [] : [`${failures.length} slides have no context. The first says: ${first}`]),
    ],
  };
}

/** Written by another model, or not at all; a slide without text is never asked about. */
function isWanted({ context, textState }: Slide, earlier: 'new' | 'part' | 'done'): boolean {
  return textState === 'read' && (context === undefined || earlier === 'new');
}

interface Header {
  readonly $schema: unknown;
  readonly video: unknown;
  readonly unsure: unknown;
}

async function header(files: SlidesFolder): Promise<Header> {
  return JSON.parse(await readFile(files.file(runFiles.slides), 'utf8')) as Header;
}
