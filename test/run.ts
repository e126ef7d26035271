/**
 * `make test` (all), `make lint` (lint), `make e2e` (e2e) and `make ipv6` (ipv6): runs the checks one after another, says what it is doing,
 * and ends with the line `N passed, N failed`. A failed check does not stop the later ones.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './support/cluster.ts';
import type { Count } from './support/countReporter.ts';

const CLUSTER = 'test/cluster/cluster';
const E2E_DIR = join(ROOT, '.cluster', 'e2e');
const LIFE_DIR = join(ROOT, '.cluster', 'life');
const IPV6_DIR = join(ROOT, '.cluster', 'ipv6');

interface Step {
  readonly name: string;
  /** @param aside Its output is kept, and shown once it is over: another one is watched meanwhile. */
  readonly run: (aside: boolean) => Promise<Count>;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const command = async (line: string, env: Readonly<Record<string, string>> = {}, aside = false): Promise<boolean> => {
  const child = spawn('bash', ['-c', line], {
    cwd: ROOT,
    stdio: ['ignore', aside ? 'pipe' : 'inherit', aside ? 'pipe' : 'inherit'],
    env: { ...process.env, ...env },
  });
  const kept: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => kept.push(chunk));
  await once(child, 'close');
  process.stdout.write(Buffer.concat(kept));
  return child.exitCode === 0;
};

/** A check that is one test: its exit code. */
const check = (name: string, line: string): Step => ({
  name,
  run: async (aside) => ((await command(line, {}, aside)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
});

/**
 * A vitest tier, counted test by test.
 * @param only The only one of its files that runs.
 */
const tier = (project: string, env: Readonly<Record<string, string>> = {}, only = ''): Step => ({
  name: only === '' ? `tier ${project}` : `${only} of tier ${project}`,
  run: async (aside) => {
    const dir = mkdtempSync(join(tmpdir(), 'kea-operator-'));
    try {
      const file = join(dir, 'count.json');
      // A file of these takes minutes: there every test is told as it ends.
      const reporter = ['e2e', 'ipv6'].includes(project) ? 'verbose' : 'default';
      const line = `npx --no-install vitest run --project ${project} ${only === '' ? '' : `test/${project}/${only}.test.ts`} --maxWorkers=2 --reporter=${reporter} --reporter=./test/support/countReporter.ts`;
      const ok = await command(line, { ...env, COUNT_FILE: file }, aside);
      const count = JSON.parse(readFileSync(file, 'utf8')) as Count;
      if ((ok && count.passed > 0) || count.failed > 0) return count;
      return { ...count, failed: 1, why: [count.passed > 0 ? 'vitest ended with an error: see above' : 'no test ran'] };
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

/** Faults on the cluster of life and end, each case counted. */
const chaos: Step = {
  name: 'chaos',
  run: async (aside) => {
    const file = join(LIFE_DIR, '..', 'chaos-count.json');
    rmSync(file, { force: true });
    await command(`'${process.execPath}' test/chaos/main.ts`, { KEA_CLUSTER_DIR: LIFE_DIR, COUNT_FILE: file }, aside);
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Count;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      return { passed: 0, failed: 1 };
    }
  },
};

/** Side by side, each in its order. */
type Lanes = readonly (readonly Step[])[];

/** `CHAOS=0 make test` leaves the faults out, which take 8 minutes; `make e2e KEEP=1` leaves the clusters up. */
const withChaos = process.env.CHAOS !== '0';
const keep = process.env.KEEP === '1';

/** What runs on a cluster of three nodes, in that directory. */
const onCluster = (what: string, dir: string, options: string, steps: readonly Step[]): readonly Step[] => {
  const at = `KEA_CLUSTER_DIR=${dir} ${CLUSTER}`;
  return [
    check(what, `${at} down && ${at} up --nodes 3${options}`),
    ...steps,
    ...(keep ? [] : [check(`${what} down`, `${at} down`)]),
  ];
};

/** Two clusters side by side: clients and real servers let processors wait. */
const e2e: Lanes = [
  onCluster('cluster', E2E_DIR, '', [tier('e2e', { KEA_CLUSTER_DIR: E2E_DIR }, 'service')]),
  onCluster('cluster of life and end', LIFE_DIR, '', [
    tier('e2e', { KEA_CLUSTER_DIR: LIFE_DIR }, 'life'),
    ...(withChaos ? [chaos] : []),
  ]),
];
const ipv6 = onCluster('cluster of IPv6 alone', IPV6_DIR, ' --ipv6', [tier('ipv6', { KEA_CLUSTER_DIR: IPV6_DIR })]);

const plans: Readonly<Record<string, readonly (Step | Lanes)[]>> = {
  lint,
  e2e: [e2e],
  ipv6,
  all: [
    [[...lint, tier('unit'), tier('golden')], [tier('fuzz')]],
    deps('postgresql kea envtest helm prometheus'),
    tier('envtest'),
    [...e2e, [tier('kea'), tier('contract'), ...ipv6]],
  ],
};

const name = process.argv[2] ?? 'all';
const steps = plans[name];
if (steps === undefined) {
  say(`usage: test/run.ts [${Object.keys(plans).join('|')}]`);
  process.exit(2);
}

const total = { passed: 0, failed: 0 };
const summary: string[] = [];
const carryOut = async (step: Step, aside: boolean): Promise<void> => {
  say(`\n== ${step.name}${aside ? ', meanwhile: what it says is shown when it is over' : ''}`);
  const start = Date.now();
  const { passed, failed, why = [] } = await step.run(aside);
  total.passed += passed;
  total.failed += failed;
  const seconds = Math.round((Date.now() - start) / 1000);
  summary.push(
    `${failed === 0 ? 'ok  ' : 'FAIL'} ${step.name}: ${passed} passed, ${failed} failed (${seconds} s)`,
    ...why.map((line) => `     ${line}`),
  );
};
const inOrder = async (lane: readonly Step[], aside: boolean): Promise<void> => {
  for (const step of lane) await carryOut(step, aside);
};
for (const step of steps) {
  if ('run' in step) await carryOut(step, false);
  else await Promise.all(step.map((lane, index) => inOrder(lane, index > 0)));
}
if (keep && name !== 'lint')
  say(`
Clusters are still up. Look around:
  export KEA_CLUSTER_DIR=${name === 'ipv6' ? IPV6_DIR : `${E2E_DIR}   # or ${LIFE_DIR}`}
  test/cluster/cluster kubectl get hapairs,subnets,leases -A
Remove them:
  make clean`);
say(`\n${summary.join('\n')}\n\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
