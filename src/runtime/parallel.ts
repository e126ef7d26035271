/** Doing many things at once, but not too many. */
import { asError } from './errors.ts';

/**
 * Calls `work` for every item, at most `limit` at a time, and gives the answers in the order of the items.
 * The first failure (or an aborted signal) stops handing out; it is thrown once the running calls have ended.
 */
export const parallelMap = async <T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> => {
  const queue = [...items].entries();
  const answers: R[] = [];
  let failure: Error | undefined;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failure !== undefined) return;
      try {
        signal?.throwIfAborted();
        answers[index] = await work(item, index);
      } catch (error) {
        failure ??= asError(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
  if (failure !== undefined) throw failure;
  return answers;
};

/** What became of one item. */
export interface Failed<T> {
  readonly item: T;
  readonly error: unknown;
}

/**
 * Calls `work` for every item, at most `limit` at a time, and gives the items it failed for: one failure does not
 * keep the others from their pass. Once the signal is aborted the rest fail with its reason.
 */
export const parallelEach = async <T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<Failed<T>[]> => {
  const outcomes = await parallelMap(items, limit, async (item): Promise<Failed<T>[]> => {
    try {
      signal?.throwIfAborted();
      await work(item);
      return [];
    } catch (error) {
      return [{ item, error }];
    }
  });
  return outcomes.flat();
};
