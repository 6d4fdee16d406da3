import { createHash } from 'node:crypto';

/** Text that is already HTML, so that it is not escaped a second time. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// oxlint-disable-next-line no-control-regex -- recognised text may hold anything
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/** Safe between tags and in quoted attributes. Control characters that HTML forbids are dropped. */
export function escapeHtml(text: string): string {
  return text.replaceAll(forbidden, '').replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '');
}

type Part = Html | string | number | undefined | false | readonly Part[];

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return escapeHtml(String(part));
}

/** Template tag that escapes every value put in, unless it is Html itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + render(parts[index - 1]) + string));
}

/** Text that is HTML already and ours: a style, a script, JSON of `jsonForScript`. */
export const raw = (text: string): Html => new Html(text);

/** Each part on a line of its own. */
export const lines = (parts: readonly Html[]): Html => new Html(parts.map(({ text }) => text).join('\n'));

/** JSON that may stand inside a script element: no text in it can end the element or open a comment. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** How a Content-Security-Policy names a style or a script of the page itself. */
export const cspHash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
