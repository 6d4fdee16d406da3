import { escape } from './lane.ts';
import { renderDriverLanes, type DriverLanesData } from './section.ts';

/** Styles of the section, for pages that embed it beside other things. */
export const driverLanesStyle = `
.driver-lanes .lane { margin: 0.35rem 0; }
.driver-lanes figcaption { font-size: 0.75rem; opacity: 0.75; }
.driver-lanes .lane svg { display: block; width: 100%; height: 3.5rem; background: color-mix(in srgb, currentColor 6%, transparent); }
.driver-lanes .bars svg { height: 0.9rem; }
.driver-lanes polyline { fill: none; stroke: #2a7de1; stroke-width: 1.2; vector-effect: non-scaling-stroke; }
.driver-lanes .threshold { stroke: #d9822b; stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
.driver-lanes .bars rect { fill: #2a7de1; }
.driver-lanes .bars.warning rect { fill: #d9822b; }
.driver-lanes .bars.alarm rect { fill: #c8312b; }
.driver-lanes .bars.unknown rect { fill: #8a8f98; }
.driver-lanes .note { font-size: 0.85rem; opacity: 0.8; }
.driver-events { list-style: none; padding: 0; }
.driver-events li { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0.75rem; border-left: 4px solid #2a7de1; margin: 0.75rem 0; }
.driver-events li.warning { border-color: #d9822b; }
.driver-events li.alarm { border-color: #c8312b; }
.driver-events img { width: 22rem; max-width: 100%; height: auto; }
.driver-events h3 { margin: 0 0 0.25rem; font-size: 1rem; }
.driver-events p { margin: 0.15rem 0; font-size: 0.9rem; }`;

/** A page of its own around the section: one file, nothing loaded from elsewhere. */
export function renderDriverPage(title: string, data: DriverLanesData): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1rem; }${driverLanesStyle}
</style>
</head>
<body>
<h1>${escape(title)}</h1>
${renderDriverLanes(data)}
</body>
</html>
`;
}
