/** Tests with a great many inputs that nobody thought of: other ones in each run, and the same again with its seed. */
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect } from 'vitest';
import { legible } from '../../src/runtime/legible.ts';
import type { Watched } from './fuzzWatch.worker.ts';

/** So many inputs a reader gets. */
export const INPUTS = 100_000;

/** No input takes longer, by far: what does has a loop that grows faster than its input. */
const LIMIT_MS = 2_000;
const ENDLESS_MS = 20_000;

/** vitest.config.ts chooses it. */
const seed = Number(process.env.FUZZ_SEED);

const say = (text: string): void => {
  process.stderr.write(`fuzz: ${text}\n`);
};
say(`FUZZ_SEED=${seed} npx vitest run --project fuzz repeats this`);

const underWay = new Int32Array(new SharedArrayBuffer(4));
const watched: Watched = { underWay, seed, limitMs: ENDLESS_MS };
new Worker(new URL('fuzzWatch.worker.ts', import.meta.url), { workerData: watched }).unref();

/** Of this thread alone: the machine may have other things to do. */
const timeMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

interface Watch<T> {
  readonly before: (input: T) => void;
  readonly after: (input: T) => void;
  readonly end: () => void;
}

const watch = <T>(): Watch<T> => {
  const begun = timeMs();
  let inputs = 0;
  let start = 0;
  let slowest: { readonly ms: number; readonly input?: T } = { ms: 0 };
  return {
    before: (input) => {
      Atomics.store(underWay, 0, ++inputs);
      if (String(inputs) === process.env.FUZZ_SHOW) say(fc.stringify(input));
      start = timeMs();
    },
    after: (input) => {
      const ms = timeMs() - start;
      if (ms > slowest.ms) slowest = { ms, input };
    },
    end: () => {
      Atomics.store(underWay, 0, 0);
      const { ms, input } = slowest;
      const name = expect.getState().currentTestName ?? '';
      const seconds = ((timeMs() - begun) / 1000).toFixed(1);
      const worst = legible(fc.stringify(input), 200);
      say(`${name}: ${inputs} inputs in ${seconds} s, the slowest in ${ms.toFixed(1)} ms: ${worst}`);
      expect(ms, `the time of ${worst}`).toBeLessThan(LIMIT_MS);
    },
  };
};

/** Checks so many inputs, each within its time. What fails is made smaller, and shown with its seed and path. */
export const fuzz = <T>(inputs: number, inputOf: fc.Arbitrary<T>, check: (input: T) => void): void => {
  const { before, after, end } = watch<T>();
  const property = fc.property(inputOf, (input) => {
    before(input);
    check(input);
    after(input);
  });
  try {
    fc.assert(property, { seed, numRuns: inputs });
  } finally {
    Atomics.store(underWay, 0, 0);
  }
  end();
};

/** The same where an answer has to be waited for. */
export const fuzzAnswers = async <T>(
  inputs: number,
  inputOf: fc.Arbitrary<T>,
  check: (input: T) => Promise<void>,
): Promise<void> => {
  const { before, after, end } = watch<T>();
  const property = fc.asyncProperty(inputOf, async (input) => {
    before(input);
    await check(input);
    after(input);
  });
  try {
    await fc.assert(property, { seed, numRuns: inputs });
  } finally {
    Atomics.store(underWay, 0, 0);
  }
  end();
};

/** One line that a terminal shows as it is. Written by hand where it is the reader of such text that is tested. */
export const isLine = (text: string, longest = 2_000): boolean =>
  text.length <= longest && text.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
