import { redact } from '../core/secrets.ts';

/** Where Ollama listens unless told otherwise. */
const ollamaDefault = 'http://127.0.0.1:11434';

/**
 * Where Ollama is when no address is named: `OLLAMA_HOST`, as Ollama's own programs read it, else its default. The
 * environment is read when it is called.
 */
export function ollamaAddress(): string {
  const url = addressOf(process.env['OLLAMA_HOST'] || ollamaDefault);
  if (!url) return ollamaDefault;
  // What a server listens on is not always what one can connect to.
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  const named = /:\d+\/?$/.test(process.env['OLLAMA_HOST'] ?? '');
  if (url.port === '' && !named && url.protocol === 'http:') url.port = '11434';
  return url.href.replace(/\/$/, '');
}

/** `host`, `host:port` or a URL as one; undefined for what is none. */
export const addressOf = (text: string): URL | undefined =>
  URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`) ?? undefined;

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** The servers beyond this machine that a model's spec names, as they are written there. Not `OLLAMA_HOST`. */
export function namedFarPlaces(spec: unknown): string[] {
  const text = typeof spec === 'string' && !spec.startsWith('gguf:') ? spec : '';
  const [, places = ''] = /@(.+)$/.exec(text) ?? [];
  return places.split(',').filter((place) => place !== '' && !loopback.test(addressOf(place)?.hostname ?? ''));
}

/** The servers beyond this machine that a model's spec means, `OLLAMA_HOST` included; to be shown, without secrets. */
export function farPlaces(spec: unknown): string[] {
  if (typeof spec !== 'string') return [];
  const isDefault = spec.startsWith('ollama/') && !spec.includes('@');
  const places = isDefault ? namedFarPlaces(`ollama/x@${ollamaAddress()}`) : namedFarPlaces(spec);
  return places.map((place) => redact(addressOf(place)?.href ?? place).replace(/\/$/, ''));
}
