import { randomInt } from 'node:crypto';
import { defineConfig } from 'vitest/config';

const minutes = (n: number): number => n * 60_000;

/** A test tier of its own: its files, and how long one of its tests may take where real servers have to start. */
const tier = (name: string, timeout: number, include = [`test/${name}/**/*.test.ts`], fileParallelism = false) => ({
  test: {
    name,
    include,
    testTimeout: timeout,
    hookTimeout: timeout,
    // Real servers share two cores: their test files run one after another, but for those that wait most of the time.
    fileParallelism,
  },
});

/** One for a whole run: the same makes the same inputs again. */
process.env.FUZZ_SEED ??= String(randomInt(2 ** 31));

export default defineConfig({
  test: {
    projects: [
      tier('unit', 30_000, ['src/**/*.test.ts', 'test/{unit,chaos,bench}/**/*.test.ts'], true),
      tier('fuzz', minutes(2), ['test/hostile/fuzz/**/*.test.ts']),
      tier('golden', 10_000),
      tier('contract', minutes(2)),
      tier('kea', minutes(3)),
      tier('envtest', minutes(3), ['test/envtest/**/*.test.ts', 'test/hostile/*.test.ts'], true),
      tier('e2e', minutes(10)),
      tier('ipv6', minutes(5)),
    ],
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'html'] },
  },
});
