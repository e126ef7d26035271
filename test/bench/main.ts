/** `make bench`: measures on the embedded cluster and writes docs/benchmarks.md. Every timing is a ratio against a rival of the same run. */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { openCluster, ROOT } from '../support/cluster.ts';
import { installOperator, loadImages, makeNamespace, waitCondition } from '../support/install.ts';
import { measureBulk } from './bulk.ts';
import { measureChange } from './change.ts';
import { BENCH_PAIR } from './objects.ts';
import { page } from './page.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const cluster = openCluster(process.env.KEA_CLUSTER_DIR ?? join(ROOT, '.cluster', 'bench'));
try {
  say('A cluster with the operator and a pair …');
  if (await cluster.isUp()) await cluster.down();
  await cluster.up(3);
  await loadImages(cluster);
  await installOperator(cluster);
  await makeNamespace(cluster);
  await cluster.apply(BENCH_PAIR);
  await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 240);

  say('1,000 Subnets and 10,000 HostReservations at once …');
  const bulk = await measureBulk(cluster, { subnets: 1000, reservations: 10_000 }, say);
  say(JSON.stringify(bulk));

  say('One change at 5,000 subnets, three ways, under load …');
  const change = await measureChange(cluster, { subnets: 5000, changes: 15, rate: 300 }, say);
  say(JSON.stringify(change, undefined, 1));

  const text = page({ cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown' }, bulk, change);
  await writeFile(join(ROOT, 'docs', 'benchmarks.md'), text);
  say('Written: docs/benchmarks.md');
} finally {
  await cluster.down();
}
