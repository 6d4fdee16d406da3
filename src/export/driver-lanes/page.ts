import { pageStyle } from '../driver-report/page.ts';
import { cspHash, html, raw } from '../html.ts';
import { renderDriverLanes, type DriverLanesData } from './section.ts';

/** Styles of the section, on top of `pageStyle`. */
export const driverLanesStyle = `
.driver-lanes { --notice: #2a7de1; --good: #3f9d63; --unknown: #8a8f98; }
.driver-lanes .lane { margin: 3px 0; }
.driver-lanes figcaption { font-weight: 550; font-size: 13.5px; padding-right: 12px; }
.driver-lanes figcaption small { display: block; font-weight: 400; color: var(--soft); font-size: 12px; }
.driver-lanes .lane svg { height: 52px; }
.driver-lanes .bars svg { height: 14px; }
.driver-lanes .times { display: flex; justify-content: space-between; margin-left: 220px; color: var(--soft); font-size: 12px; }
@media (max-width: 700px) { .driver-lanes .times { margin-left: 0; } }
.driver-lanes polyline { fill: none; stroke: var(--accent); stroke-width: 1.4; vector-effect: non-scaling-stroke; }
.driver-lanes .threshold { stroke: var(--warning); stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
.driver-lanes .note { font-size: 13.5px; margin: 8px 0; max-width: 80ch; }
${['good', 'notice', 'warning', 'alarm', 'unknown']
  .map((tone) => `.driver-lanes .bars.${tone} rect, .driver-lanes .bars svg rect.${tone} { fill: var(--${tone}); }`)
  .join('\n')}
.driver-events { list-style: none; padding: 0; }
.driver-events li { display: flex; flex-wrap: wrap; gap: 18px; padding: 14px; margin: 12px 0; background: var(--card);
  border: 1px solid var(--line); border-left: 4px solid var(--notice); border-radius: 8px; }
.driver-events li.warning { border-left-color: var(--warning); }
.driver-events li.alarm { border-left-color: var(--alarm); }
.driver-events li > div { flex: 1 1 20rem; }
.driver-events img { width: 20rem; max-width: 100%; height: auto; max-height: 18rem; object-fit: contain; border-radius: 6px; }
.driver-events h3 { margin: 0 0 4px; font-size: 16px; }
.driver-events p { margin: 2px 0; font-size: 14px; }
.driver-events .opinion { margin-top: 10px; }`;

/** A page of its own around the section: one file, nothing loaded from elsewhere. */
export function renderDriverPage(title: string, data: DriverLanesData): string {
  const style = pageStyle + driverLanesStyle;
  // Nothing is loaded and no script runs, whatever a title might hold.
  const policy = `default-src 'none'; img-src data:; style-src ${cspHash(style)}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${raw(style)}</style></head><body><main>
<h1>${title}</h1>
${renderDriverLanes(data)}
</main></body></html>
`.text;
}
