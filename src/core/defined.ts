/** The fields of an object that may be absent, without those that are undefined. */
export type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/**
 * An object without the fields that are undefined, for options whose absence means their default:
 * `{ path, ...defined({ threads, signal }) }`.
 */
export function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}
