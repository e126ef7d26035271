/**
 * `make chaos`: faults on a real cluster, one after another, with clients that ask for addresses all the time.
 *
 *   make chaos                 the named subset, on the standard pair
 *   make chaos ALL=1           every case on the standard pair and on one other; goes on where a run of the same images was ended
 *   make chaos CASE=NAME,…     these, whether or not they were tried; PAIR=LoadBalancing-PostgreSQL chooses the pair
 *   make chaos LIST=1          tells all cases
 *
 * FRESH=1 tries again what was tried; KEEP=1 leaves the cluster up. What was measured is in .cluster/chaos-results, a directory for each trial.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { openCluster, ROOT } from '../support/cluster.ts';
import { allowed, type Case } from './case.ts';
import { caseNamed, CASES } from './cases.ts';
import { allTrials, namedTrials, quickTrials, type Trial, trialName } from './choose.ts';
import { table, withTable } from './page.ts';
import { buildOf, commitOf } from './prepare.ts';
import { openResults, type Result, type Results } from './results.ts';
import { openRunner, type Runner } from './runner.ts';
import { nameOf, shapeNamed, SHAPES } from './shapes.ts';
import { describeActs } from './steps.ts';

const RESULTS = join(ROOT, '.cluster', 'chaos-results');
const PAGE = join(ROOT, 'docs', 'reliability.md');

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const { ALL, CASE, PAIR, LIST, FRESH, KEEP, KEA_CLUSTER_DIR, COUNT_FILE } = process.env;

const chosen = (): readonly Trial[] => {
  if (CASE !== undefined) {
    const shape = PAIR === undefined ? undefined : shapeNamed(PAIR);
    return namedTrials(CASE.split(',').map(caseNamed), shape);
  }
  return ALL === '1' ? allTrials(CASES) : quickTrials(CASES);
};

const describeCase = (one: Case): string => {
  const modes = SHAPES.map((shape) => [nameOf(shape), allowed(one, shape)] as const);
  const silence = modes.flatMap(([name, most]) => (most === undefined ? [] : [`${name} ${most} s`]));
  return `${one.name}\n    ${describeActs(one.acts)}\n    silence allowed: ${silence.join(', ')}`;
};

const lineOf = ({ name, measured, problems }: Result, most: number | undefined): string => {
  const ready = measured.ready === undefined ? '' : `, well after ${measured.ready} s`;
  const moved = measured.moved.length === 0 ? '' : `, ${measured.moved.length} clients had another address meanwhile`;
  const figures = `silent ${measured.silence} s of ${most ?? 0}${ready}${moved} (${measured.took} s)`;
  return `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}: ${figures}${problems.map((problem) => `\n       ${problem}`).join('')}`;
};

const tryOne = async (runner: Runner, results: Results, trial: Trial): Promise<Result> => {
  const known = ALL === '1' && CASE === undefined ? results.of(trial) : undefined;
  if (known !== undefined) return known;
  const trialed = await runner.carryOut(trial);
  const result = results.keep(trial, trialed);
  if (result.problems.length > 0) await results.keepLogs(trial, result, runner.cluster);
  return result;
};

const run = async (trials: readonly Trial[]): Promise<readonly Result[]> => {
  const cluster = openCluster(KEA_CLUSTER_DIR ?? join(ROOT, '.cluster', 'chaos'));
  if (FRESH === '1') rmSync(RESULTS, { recursive: true, force: true });
  const results = openResults(RESULTS, await buildOf(cluster), await commitOf());
  const runner = openRunner(cluster, say);
  const all: Result[] = [];
  try {
    for (const [index, trial] of trials.entries()) {
      say(`${new Date().toTimeString().slice(0, 8)} ${index + 1}/${trials.length} ${trialName(trial)}`);
      const result = await tryOne(runner, results, trial);
      say(lineOf(result, allowed(trial.one, trial.shape)));
      all.push(result);
    }
  } finally {
    await runner.close();
    if (KEA_CLUSTER_DIR === undefined && KEEP !== '1') await cluster.down();
  }
  return all;
};

/** Figures in docs/reliability.md are those of a whole run. */
const writePage = (trials: readonly Trial[], results: readonly Result[]): void => {
  const figures = results.flatMap(({ measured, problems }, index) => {
    const trial = trials[index];
    return trial === undefined
      ? []
      : [{ name: trial.one.name, shape: trial.shape, silence: measured.silence, problems }];
  });
  const last = { commit: results.at(-1)?.commit ?? '', cpus: cpus().length, figures };
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), table(CASES, last)));
  say('Written: docs/reliability.md');
};

if (LIST === '1') {
  for (const one of CASES) say(describeCase(one));
} else {
  const trials = chosen();
  const results = await run(trials);
  say(
    `\n${results.map((result, index) => lineOf(result, trials[index] && allowed(trials[index].one, trials[index].shape))).join('\n')}`,
  );
  if (ALL === '1' && CASE === undefined) writePage(trials, results);
  const failed = results.filter(({ problems }) => problems.length > 0).length;
  if (COUNT_FILE !== undefined) writeFileSync(COUNT_FILE, JSON.stringify({ passed: results.length - failed, failed }));
  say(`\n${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
