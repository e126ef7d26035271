/**
 * `make test` (all), `make lint` (lint) and `make e2e` (e2e): runs the checks one after another, says what it is doing,
 * and ends with the line `N passed, N failed`. A failed check does not stop the later ones.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './support/cluster.ts';

const CLUSTER = 'test/cluster/cluster';
const E2E_DIR = join(ROOT, '.cluster', 'e2e');

interface Count {
  passed: number;
  failed: number;
}
interface Step {
  readonly name: string;
  readonly run: () => Count;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const command = (line: string, env: Readonly<Record<string, string>> = {}): boolean =>
  spawnSync('bash', ['-c', line], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  }).status === 0;

/** A check that is one test: its exit code. */
const check = (name: string, line: string): Step => ({
  name,
  run: () => (command(line) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
});

/** A vitest tier, counted test by test. */
const tier = (project: string, env: Readonly<Record<string, string>> = {}): Step => ({
  name: `tier ${project}`,
  run: () => {
    const dir = mkdtempSync(join(tmpdir(), 'kea-operator-'));
    try {
      const out = join(dir, 'results.json');
      // The one file of e2e takes minutes: there every test is told as it ends.
      const reporter = project === 'e2e' ? 'verbose' : 'default';
      const line = `npx --no-install vitest run --project ${project} --reporter=${reporter} --reporter=json --outputFile.json=${out}`;
      const ok = command(line, env);
      const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(out, 'utf8')) as {
        numPassedTests: number;
        numFailedTests: number;
      };
      // A file that does not even load, or a tier without a test, counts as one failure.
      return ok && passed > 0 ? { passed, failed } : { passed, failed: Math.max(failed, 1) };
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      return { passed: 0, failed: 1 };
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
});

const lint: readonly Step[] = [
  check('types', 'npm run -s typecheck'),
  check('ESLint and prettier', 'npm run -s lint'),
  check(
    'shellcheck',
    `${CLUSTER} deps lint && git ls-files -z | xargs -0 file --mime-type -- | sed -n 's/: *text.x-shellscript$//p' | xargs shellcheck -x`,
  ),
  check(
    'generated files are up to date',
    `npm run -s generate -- --check && ${CLUSTER} deps helm && charts/render --check`,
  ),
  check('helm lint', `${CLUSTER} deps helm && ${CLUSTER} helm lint --strict charts/kea-operator`),
];

const deps = (what: string): Step => check(`what the tests need: ${what}`, `${CLUSTER} deps ${what}`);

// `make e2e KIND=1`: the cluster program does the same on kind, where Docker is.
if (process.env.KIND === '1') process.env.CLUSTER_KIND = '1';

/** Faults on the cluster of the end-to-end tier, each case counted. */
const chaos: Step = {
  name: 'chaos',
  run: () => {
    const file = join(E2E_DIR, '..', 'chaos-count.json');
    rmSync(file, { force: true });
    command('node_modules/.bin/node test/chaos/main.ts', { KEA_CLUSTER_DIR: E2E_DIR, COUNT_FILE: file });
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Count;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      return { passed: 0, failed: 1 };
    }
  },
};

/** `CHAOS=0 make test` leaves the faults out, which take 8 minutes. */
const withChaos = process.env.CHAOS !== '0';

const e2e: readonly Step[] = [
  check('cluster', `KEA_CLUSTER_DIR=${E2E_DIR} ${CLUSTER} down && KEA_CLUSTER_DIR=${E2E_DIR} ${CLUSTER} up --nodes 3`),
  tier('e2e', { KEA_CLUSTER_DIR: E2E_DIR }),
  ...(withChaos ? [chaos] : []),
  check('cluster down', `KEA_CLUSTER_DIR=${E2E_DIR} ${CLUSTER} down`),
];

const plans: Readonly<Record<string, readonly Step[]>> = {
  lint,
  e2e,
  all: [
    ...lint,
    tier('unit'),
    tier('fuzz'),
    tier('golden'),
    deps('postgresql kea envtest helm'),
    tier('contract'),
    tier('kea'),
    tier('envtest'),
    ...e2e,
  ],
};

const name = process.argv[2] ?? 'all';
const steps = plans[name];
if (steps === undefined) {
  say(`usage: test/run.ts [${Object.keys(plans).join('|')}]`);
  process.exit(2);
}

const total: Count = { passed: 0, failed: 0 };
const summary: string[] = [];
for (const step of steps) {
  say(`\n== ${step.name}`);
  const start = Date.now();
  const { passed, failed } = step.run();
  total.passed += passed;
  total.failed += failed;
  const seconds = Math.round((Date.now() - start) / 1000);
  summary.push(`${failed === 0 ? 'ok  ' : 'FAIL'} ${step.name}: ${passed} passed, ${failed} failed (${seconds} s)`);
}
say(`\n${summary.join('\n')}\n\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
