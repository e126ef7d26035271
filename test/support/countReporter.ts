/** Writes what a run of vitest came to, for the summary of `make test`, to the file that COUNT_FILE names. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export interface Count {
  readonly passed: number;
  readonly failed: number;
  /** What failed and its first line of why, for the summary: nobody should have to search thousands of lines for it. */
  readonly why?: readonly string[];
}

interface Failure {
  readonly message: string;
}

const told = (what: string, failures: readonly Failure[]): string =>
  `${what}: ${(failures[0]?.message ?? '').split('\n', 1)[0]?.slice(0, 300) ?? ''}`;

const failedSuites = (module: TestModule): string[] =>
  [...module.children.allSuites()]
    .filter((suite) => suite.errors().length > 0)
    .map((suite) => told(suite.fullName, suite.errors()));

/** Of vitest's own reporters none tells in a file of an error that belongs to no test, and for one it fails the whole run. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly (Failure & { readonly stack?: string })[]): void {
    const tests = modules.flatMap(({ children }) => [...children.allTests()]);
    const failed = tests.filter((test) => test.result().state === 'failed');
    const why = [
      ...modules.filter((module) => module.errors().length > 0).map((one) => told(one.relativeModuleId, one.errors())),
      ...modules.flatMap(failedSuites),
      ...failed.map((test) => told(test.fullName, test.result().errors ?? [])),
      ...errors.map((error) => `${told('belongs to no test', [error])} ${placeOf(error.stack)}`),
    ];
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    // A file that does not even load counts as one failure, and so does an error outside of all tests.
    const count: Count = { passed, failed: Math.max(failed.length, Math.min(why.length, 1)), why };
    writeFileSync(process.env.COUNT_FILE ?? '/dev/null', JSON.stringify(count));
  }
}

/** The first lines of a stack that are of this project. */
const placeOf = (stack = ''): string =>
  stack
    .split('\n')
    .filter((line) => line.includes('at ') && !line.includes('node_modules') && !line.includes('node:'))
    .slice(0, 3)
    .map((line) => line.trim())
    .join(' ');
