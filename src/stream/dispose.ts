/** Releases a value that nobody will read any more; values that own nothing are left alone. */
export async function disposeUnread(value: unknown): Promise<void> {
  if (typeof value !== 'object' || value === null) return;
  const { [Symbol.dispose]: dispose, [Symbol.asyncDispose]: disposeLater } = value as Partial<
    Disposable & AsyncDisposable
  >;
  if (dispose) dispose.call(value);
  else await disposeLater?.call(value);
}
