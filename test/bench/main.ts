/**
 * `make bench`: measures, and writes docs/benchmarks.md. Every figure is a ratio against a rival of the same run. ONLY=service,
 * bulk, change, bulk-ipv6, change-ipv6, compile, families, identifiers or leases measures one part, and leaves the others of the page as they are; service, compile,
 * families, identifiers and leases need no cluster. LEASES=20000 measures the last one with fewer than a million.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { openCluster, ROOT } from '../support/cluster.ts';
import { installOperator, loadImages, makeNamespace, waitCondition } from '../support/install.ts';
import { measureBulk } from './bulk.ts';
import { measureChange } from './change.ts';
import { measureCompile } from './compile.ts';
import { measureFamilies } from './families.ts';
import { measureIdentifiers } from './identifiers.ts';
import { measureLeases } from './leases.ts';
import { leasesPart } from './leasesPage.ts';
import { BENCH4, BENCH6, type BenchFamily } from './objects.ts';
import {
  bulkPart,
  changePart,
  compilePart,
  familiesPart,
  identifiersPart,
  type Machine,
  pageWith,
  type Part,
  PARTS,
  servicePart,
} from './page.ts';
import { comparisonsOf, measureService } from './service.ts';

const PAGE = join(ROOT, 'docs', 'benchmarks.md');

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const only = process.env.ONLY ?? '';
if (only !== '' && !PARTS.some((part) => part === only)) {
  say(`ONLY is one of ${PARTS.join(', ')}`);
  process.exit(2);
}
const wanted = (part: Part): boolean => only === '' || only === part;

// Before anything that is measured here adds to its load.
const machine: Machine = { cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown', load: loadavg()[0] ?? 0 };

/** Measures one part and writes it. */
const part = async <Result>(
  name: Part,
  measure: () => Promise<Result>,
  text: (machine: Machine, result: Result) => string,
): Promise<void> => {
  if (!wanted(name)) return;
  const result = await measure();
  say(JSON.stringify(result, undefined, 1));
  await writeFile(PAGE, pageWith(await readFile(PAGE, 'utf8'), name, text(machine, result)));
  say(`Written: ${name} in docs/benchmarks.md`);
};

const onCluster = async (bench: BenchFamily, parts: { readonly bulk: Part; readonly change: Part }): Promise<void> => {
  if (!wanted(parts.bulk) && !wanted(parts.change)) return;
  const of = bench === BENCH6 ? ', IPv6' : '';
  const cluster = openCluster(process.env.KEA_CLUSTER_DIR ?? join(ROOT, '.cluster', 'bench'));
  try {
    say('A cluster with the operator and a pair …');
    if (await cluster.isUp()) await cluster.down();
    await cluster.up(3);
    await loadImages(cluster);
    await installOperator(cluster);
    await makeNamespace(cluster);
    await cluster.apply(bench.pair);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 240);

    const bulk = (): ReturnType<typeof measureBulk> => {
      say(`1,000 Subnets and 10,000 HostReservations at once${of} …`);
      return measureBulk(cluster, bench, { subnets: 1000, reservations: 10_000 }, say);
    };
    await part(parts.bulk, bulk, (on, result) => bulkPart(on, result, of));

    const change = (): ReturnType<typeof measureChange> => {
      say(`One change at 5,000 subnets${of}, three ways, under load …`);
      return measureChange(cluster, bench, { subnets: 5000, changes: 15, rate: 300 }, say);
    };
    await part(parts.change, change, (on, result) => changePart(on, result, of));
  } finally {
    await cluster.down();
  }
};

// These first: before there is a cluster on the same cores.
const service = (): ReturnType<typeof measureService> => {
  say('Leases per second, and the same Kea by hand …');
  const clients = 10_000;
  return measureService({ clients, repetitions: 3, seconds: 3, comparisons: comparisonsOf(clients) }, say);
};
await part('service', service, servicePart);

const compile = (): ReturnType<typeof measureCompile> => {
  say('From objects to a plan, of all anew and of one change …');
  return measureCompile({ sizes: [1000, 10_000, 50_000], reservations: 10, repetitions: 20 }, say);
};
await part('compile', compile, compilePart);

const families = (): ReturnType<typeof measureFamilies> => {
  say('Subnets of both families and 500 classes, into PostgreSQL …');
  return measureFamilies({ sizes: [1000, 10_000], classes: 500 }, say);
};
await part('families', families, familiesPart);

const identifiers = (): ReturnType<typeof measureIdentifiers> => {
  say('Which identifiers of 30,000 reservations are looked up …');
  return measureIdentifiers({ reservations: 30_000, clients: 2000, repetitions: 3, seconds: 5, atOnce: 32 }, say);
};
await part('identifiers', identifiers, identifiersPart);

const leases = (): ReturnType<typeof measureLeases> => {
  const number = Number(process.env.LEASES ?? 1_000_000);
  say(`${number} leases as objects …`);
  const service = { clients: 10_000, seconds: 3, repetitions: 3 };
  return measureLeases({ leases: number, repetitions: 50, lists: 3, copySeconds: 120, service }, say);
};
await part('leases', leases, leasesPart);

await onCluster(BENCH4, { bulk: 'bulk', change: 'change' });
await onCluster(BENCH6, { bulk: 'bulk-ipv6', change: 'change-ipv6' });
