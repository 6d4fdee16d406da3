/**
 * The one place that knows secrets: keys and passwords of model servers. What is sent is sent as it was given; whatever is
 * printed or written goes through `redact`.
 */

/** What stands in a secret's place. */
export const redacted = '***';

/** Shorter ones would take ordinary words with them. */
const shortest = 4;

/** Every known secret in the forms in which it may stand in text, longest first. */
let known: readonly string[] = [];

/** From now on this secret is in nothing that is printed or written. */
export function keepSecret(secret: string): void {
  if (secret.length < shortest || known.includes(secret)) return;
  const forms = [secret, encodeURIComponent(secret), decoded(secret), JSON.stringify(secret).slice(1, -1)];
  known = [...new Set([...known, ...forms, Buffer.from(secret).toString('base64')])].toSorted(
    (a, b) => b.length - a.length,
  );
}

const secretName = /key|token|secret|sig|auth|pass|credential|code/i;

/** Notes the secrets of an address: its password, and what its query gives as a key. @returns the address, to be shown */
export function keepAddress(url: URL): string {
  const [name, password] = [decoded(url.username), decoded(url.password)];
  keepSecret(password === '' ? name : password);
  if (password !== '') keepSecret(Buffer.from(`${name}:${password}`).toString('base64'));
  for (const [part, value] of url.searchParams) if (secretName.test(part)) keepSecret(value);
  return redact(url.href).replace(/\/$/, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const inAddress = /(https?:\/\/|\b(?:ollama|openai)\/[^@\s"']+@)([^\s"'<>()]+)/g;

/** A key in a query, also of what is no address. */
const asKey = /([?&][\w.-]*(?:key|token|secret|password|signature)[\w.-]*=)[^&\s"']+/gi;

/**
 * Text without secrets: those that are known, and whatever stands in an address where a password or a key would, known
 * or not. Paths of files stay as they are.
 */
export function redact(text: string): string {
  let out = text;
  for (const secret of known) if (out.includes(secret)) out = out.replaceAll(secret, redacted);
  return out
    .replaceAll(inAddress, (_, before: string, places: string) => before + redactPlaces(places))
    .replaceAll(asKey, `$1${redacted}`);
}

/** One address behind its scheme, or several of them with commas between. */
const redactPlaces = (places: string): string =>
  places
    .split(',')
    .map((place) =>
      place
        .replace(/^((?:https?:\/\/)?)[^/@?#]+@/, `$1${redacted}@`)
        .replaceAll(/([?&][^=&#]*=)[^&#]*/g, `$1${redacted}`),
    )
    .join(',');

/** Whether a secret was taken out of the text: what it stood in cannot be used again as it is. */
export const isRedacted = (text: string): boolean => text.includes(redacted);

/** JSON without secrets. */
export const redactedJson = (value: unknown, indent?: number): string =>
  redact(JSON.stringify(value, undefined, indent));

/** A value of JSON as it is written down: without secrets, and without what is undefined. */
export const withoutSecrets = <T>(value: T): T => JSON.parse(redactedJson(value)) as T;
