import type { ExportFormat } from './format.ts';

/** Everything that a run found, and how, as one JSON object. */
export const json: ExportFormat = {
  id: 'json',
  title: 'all results and the manifest in one file',
  fileName: () => 'results.json',
  async *write(run) {
    const results = {
      run: run.record,
      ...(run.has('slides') ? { slides: await run.slides(), shown: await run.shown() } : {}),
      ...(run.has('ask') ? { observations: await run.observations() } : {}),
      ...(run.has('slides') ? {} : { events: await run.events() }),
    };
    yield `${JSON.stringify(results, undefined, 2)}\n`;
  },
};
