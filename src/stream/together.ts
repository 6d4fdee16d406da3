/**
 * Works side by side, one for all: when one fails, the signal that all were given aborts with its error, and that error is
 * thrown once every one of them has ended. Nothing is left running.
 *
 * @throws what the first failed with, or the signal's reason
 */
export async function together<Results extends readonly unknown[]>(
  signal: AbortSignal,
  begin: (within: AbortSignal) => { readonly [Index in keyof Results]: Promise<Results[Index]> },
): Promise<Results> {
  const stop = new AbortController();
  const works: readonly Promise<unknown>[] = begin(AbortSignal.any([signal, stop.signal]));
  const settled = await Promise.allSettled(
    works.map(async (work) => {
      try {
        return await work;
      } catch (error) {
        // Of several the first counts: what the others say of it is that they were stopped.
        stop.abort(error);
        throw error;
      }
    }),
  );
  if (stop.signal.aborted) throw stop.signal.reason;
  return settled.map((each) => (each.status === 'fulfilled' ? each.value : undefined)) as unknown as Results;
}
