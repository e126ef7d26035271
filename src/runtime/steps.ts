/** Runs work that is made of steps, so that it never keeps the processor from others for long. */
import type { Clock } from './clock.ts';

/** So long others wait at the most, beside the step that is under way. */
const SLICE_MS = 10;

/** All steps of a generator, with a pause as often as a slice is over. Rejects where the signal is aborted. */
export const inSlices = async <T>(
  steps: Iterator<undefined, T, undefined>,
  clock: Pick<Clock, 'monotonic'>,
  signal?: AbortSignal,
): Promise<T> => {
  let began = clock.monotonic();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (clock.monotonic() - began < SLICE_MS) continue;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    signal?.throwIfAborted();
    began = clock.monotonic();
  }
};
