/** Releases a value that nobody will read any more; values that own nothing are left alone. */
export async function disposeUnread(value: unknown): Promise<void> {
  if (typeof value !== 'object' || value === null) return;
  const owned = value as Partial<Disposable & AsyncDisposable>;
  if (owned[Symbol.dispose]) owned[Symbol.dispose]();
  else await owned[Symbol.asyncDispose]?.();
}
