/** Work in steps: pure code says where others may have the processor, and who runs it decides whether they get it. */

/** Work that yields between its steps and ends with a result. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** All steps at once. */
export const finish = <T>(steps: Steps<T>): T => {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
};
