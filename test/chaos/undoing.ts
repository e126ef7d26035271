import type { Undo } from './faults.ts';
import { describeStep, type Step } from './steps.ts';

/** What is to be undone, by the words of the step that did it. */
export interface Undoing {
  add(step: Step, undo: Undo | undefined): void;
  /** Nothing where the step needs no undoing, or was undone. */
  heal(step: Step): Promise<void>;
  /** The last first; each is tried whatever became of the others. @throws the first error. */
  all(): Promise<void>;
}

export const openUndoing = (): Undoing => {
  const left: { readonly key: string; readonly undo: Undo }[] = [];
  return {
    add: (step, undo) => {
      if (undo !== undefined) left.push({ key: describeStep(step), undo });
    },
    heal: async (step) => {
      const index = left.findIndex(({ key }) => key === describeStep(step));
      const [found] = index < 0 ? [] : left.splice(index, 1);
      await found?.undo();
    },
    all: async () => {
      const errors: unknown[] = [];
      for (let last = left.pop(); last !== undefined; last = left.pop()) {
        await last.undo().catch((error: unknown) => errors.push(error));
      }
      if (errors.length > 0) throw errors[0];
    },
  };
};
