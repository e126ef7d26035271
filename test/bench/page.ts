/** PURE: the parts of docs/benchmarks.md. */
import { withPart } from '../support/parts.ts';
import type { BulkResult } from './bulk.ts';
import type { ChangeResult, Way } from './change.ts';
import type { CompileResult } from './compile.ts';
import type { FamiliesResult, FamilySize } from './families.ts';
import { type Figure, ratio, share } from './figures.ts';
import type { IdentifiersResult } from './identifiers.ts';
import { KINDS } from './lookups.ts';
import type { ServiceResult } from './service.ts';

export const PARTS = [
  'service',
  'bulk',
  'bulk-ipv6',
  'change',
  'change-ipv6',
  'compile',
  'families',
  'identifiers',
  'leases',
] as const;
export type Part = (typeof PARTS)[number];

export interface Machine {
  readonly cpus: number;
  readonly model: string;
  /** What else it had to do: its load average of one minute, before the run. */
  readonly load: number;
}

/** The page with this part written anew; the others stay as they are. */
export const pageWith = (page: string, part: Part, text: string): string =>
  withPart('docs/benchmarks.md', page, `<!-- BEGIN: make bench ONLY=${part} -->`, text);

export const count = (n: number): string => Math.round(n).toLocaleString('en');

export const sharedBy = ({ cpus, model, load }: Machine, users: string): string =>
  `${cpus} cores (${model}), shared by ${users}; load average before the run ${load.toFixed(1)}.`;

const CLUSTER = 'three nodes, etcd, PostgreSQL, two Kea servers and the load';

export const bulkPart = (machine: Machine, bulk: BulkResult, of = ''): string =>
  `## Many objects at once${of}

${sharedBy(machine, CLUSTER)}

${count(bulk.subnets)} Subnets and ${count(bulk.reservations)} HostReservations are sent at once by 20 connections.

| | |
|---|---|
| stored by the API server (the rival: nobody can be faster) | ${bulk.storedSeconds.toFixed(1)} s |
| all Ready | ${bulk.readySeconds.toFixed(1)} s |
| ratio | ${ratio(bulk.readySeconds, bulk.storedSeconds)} |
| greatest resident memory of the operator | ${bulk.operatorMiB} MiB |`;

const wayRow = (way: Way, first: Way): string =>
  `| ${way.name} | ${way.p50} | ${way.max} | ${way.lost} of ${way.sent} | ${ratio(way.p50, first.p50)} | ${first.lost === 0 && way.lost > 0 ? '∞' : ratio(way.lost, first.lost)} |`;

export const changePart = (machine: Machine, change: ChangeResult, of = ''): string => {
  const [first] = change.ways;
  return `## One change, ${count(change.subnets)} subnets${of}, ${change.rate} ${change.message}/s

${sharedBy(machine, CLUSTER)}

${change.changes} changes of one subnet's option, one after another, each timed until both servers of the pair run it; the load goes on
meanwhile. The operator's time has everything in it: its linger, in which it waits for more changes to come, the reading of the rows
(every 45 s, or where somebody else wrote), the comparison of all of them with the desired state, the preflight, the transaction, both servers
one after another, and their confirmation. The rivals only write the same row by SQL and have each server read it: by
\`config-backend-pull\`, and by a new configuration (\`config-reload\`, which is config-set with the server's own file and
starts the servers' HA anew, so that a change every few seconds leaves hardly anybody serving).

| way | p50 ms | max ms | ${change.message}s lost | p50 ratio | loss ratio |
|---|---|---|---|---|---|
${first === undefined ? '' : change.ways.map((way) => wayRow(way, first)).join('\n')}`;
};

const compileRow = ({ subnets, scratch, change, memoryMiB }: CompileResult['sizes'][number]): string =>
  `| ${count(subnets)} | ${count(scratch.cpuMs)} | ${count(scratch.blockMs)} | ${count(change.cpuMs)} | ${count(change.blockMs)} | ${ratio(change.cpuMs, scratch.cpuMs)} | ${count(memoryMiB)} |`;

export const compilePart = (machine: Machine, { reservations, repetitions, sizes }: CompileResult): string =>
  `## From objects to a plan

${sharedBy(machine, 'nothing else of ours')}

What a pass of a pair computes: which children belong to it, their ids, what Kea should hold with a verdict on each object, and the plan, with
${reservations} HostReservations in each Subnet, all of whose rows are in the database. The rival is the pass of a process that has just started and
reads each object anew; the other one follows one change of a Subnet or a HostReservation. CPU time, the least of ${repetitions} changes (of all anew
fewer). The longest block is how long nobody else had the processor at a stretch, the least of them, garbage collection among it.

| Subnets | all anew, ms | longest block, ms | one change, ms | longest block, ms | ratio | remembered, MiB |
|---|---|---|---|---|---|---|
${sizes.map(compileRow).join('\n')}`;

const familyRows = (sizes: readonly FamilySize[], ipFamily: string): string => {
  const [first, ...rest] = sizes.filter((size) => size.ipFamily === ipFamily);
  if (first === undefined) return '';
  const cells = ({ compileMs, applySeconds, againMs, memoryMiB }: FamilySize): readonly number[] => [
    compileMs,
    applySeconds * 1000,
    againMs,
    memoryMiB,
  ];
  const row = (size: FamilySize): string =>
    `| ${ipFamily}, ${count(size.subnets)} | ${cells(size)
      .map((value) => count(value))
      .join(' | ')} |`;
  const compared = (size: FamilySize): string => {
    const ratios = cells(size).map((value, at) => ratio(value, cells(first)[at] ?? 0));
    return `| ratio | ${ratios.join(' | ')} |`;
  };
  return [row(first), ...rest.flatMap((size) => [row(size), compared(size)])].join('\n');
};

export const familiesPart = (machine: Machine, { classes, sizes }: FamiliesResult): string =>
  `## Many Subnets of both families, and many classes

${sharedBy(machine, 'PostgreSQL')}

Subnets with three options each and a pool that is for the clients of one of ${count(classes)} ClientClasses, every second of which asks for the members of another: from
objects to a plan (CPU time of the operator), written to an empty PostgreSQL in one transaction (by the clock), and looked at again in the next pass (CPU
time). The rival is the same with the least Subnets, beside as many classes: what grows with their number alone has their ratio.

| Subnets | judged and planned, ms | written, ms | looked at again, ms | remembered, MiB |
|---|---|---|---|---|
${['IPv4', 'IPv6'].map((ipFamily) => familyRows(sizes, ipFamily)).join('\n')}`;

export const spread = ({ median, least, most }: Figure): string => `${count(median)} (${count(least)}–${count(most)})`;

type Measured = IdentifiersResult['lookups'][number];

const lookupRow = (lookup: Measured, rival: Measured): string => {
  const cells = KINDS.flatMap((kind) => {
    const rate = lookup.rates[kind];
    return [spread(rate), ratio(rate.median, rival.rates[kind].median)];
  });
  return `| ${lookup.name} | ${lookup.cache ? 'yes' : 'no'} | ${cells.join(' | ')} |`;
};

export const identifiersPart = (machine: Machine, result: IdentifiersResult): string => {
  const [rival] = result.lookups;
  return `## Which identifiers of ${count(result.reservations)} reservations are looked up

${sharedBy(machine, 'one Kea server, PostgreSQL and the load')}

A Standalone server with the configuration that the operator renders (\`logSeverity: WARN\`), and the reservations of one subnet in
PostgreSQL, all by hardware address. Leases are in files, and written for each exchange (\`cache-threshold\` next to nothing). ${count(result.clients)}
clients ask in turn, ${result.atOnce} at a time, the next as soon as one has its address. All send a client identifier, and every second one is
behind a switch that adds a circuit-id. Counted are complete exchanges (DISCOVER, OFFER, REQUEST, ACK) per second, once each client has
asked before: the median of ${result.repetitions} times ${result.seconds} s, with the least and the most. ${share(result.lost, result.asked)} % of all exchanges came to nothing. The rival is the
same server without a hosts database: it looks nothing up.

| looked up by | host cache | without a reservation, per s | ratio | with one, per s | ratio |
|---|---|---|---|---|---|
${rival === undefined ? '' : result.lookups.map((lookup) => lookupRow(lookup, rival)).join('\n')}

All kinds with the cache is what a pair has by default. The cache keeps what was found, so it helps clients with a reservation only. Each
packet of one without asks PostgreSQL once for every kind of identifier that is looked up and that the client sends, and once for its
address. That is 7 queries per exchange with these clients, and 4 with \`[hw-address]\`; a client with a reservation costs 3, or hardly any
with the cache. These numbers are from PostgreSQL's own statistics, and not counted anew in each run; other work on the machine moves the
rates of the table, but not them. So where all reservations are by hardware address, \`dhcp4.hostReservationIdentifiers: [hw-address]\` of
the HAPair helps the clients that have none.`;
};

const RIVALS = { 'by hand': 'the same Kea by hand', undisturbed: 'the same pair undisturbed' } as const;

export const milliseconds = ({ median }: Figure): string => (median < 10 ? median.toFixed(1) : median.toFixed(0));

type Compared = ServiceResult['comparisons'][number];

const comparedRow = ({ name, rival, goal, own, other, changes }: Compared): string => {
  const [ours, theirs] = [own, other].map(({ p50, p99 }) => `${milliseconds(p50)} / ${milliseconds(p99)}`);
  const what = changes === 0 ? name : `${name} (${changes.toFixed(1)} changes per s)`;
  const rates = `${spread(own.rate)} | ${spread(other.rate)} | ${ratio(own.rate.median, other.rate.median)}`;
  return `| ${what} | ${RIVALS[rival]} | ${rates} | ${goal.toFixed(2)} | ${ours} | ${theirs} |`;
};

export const servicePart = (machine: Machine, result: ServiceResult): string =>
  `## Leases per second, beside the same Kea by hand

${sharedBy(machine, 'two pairs of Kea servers, of which one has work, PostgreSQL and the load')}

A pair with the defaults of a HAPair and the rows that the operator writes for its objects, and as its rival the same Kea configured by
hand after ISC's template for high availability with multi-threading and TLS: no hosts database, no configuration backend, subnets and
reservations in the file, at most warnings in the log. Both write each lease, and have it acknowledged by the partner
where that is their way (\`cache-threshold\` next to nothing). Kea's perfdhcp offers exchanges of four messages by broadcast, so that each
message reaches both servers, of ${count(result.clients)} clients in turn, each of which has asked before. The rate is the greatest at which less than 1 % of
the exchanges come to nothing in ${result.seconds} s: the median of ${result.repetitions} searches, with the least and the most; the two of a row are measured in turns. The
delay is from a REQUEST to its ACK at 0.8 of that rate: half of the clients wait no longer than the first, 99 of 100 no longer than the
second.

Where Subnets change, one of 200 changes after another, through the operator's own code: row, commands to both servers, and its linger.

| pair | rival | per s | rival, per s | ratio | goal | delay, ms | rival, ms |
|---|---|---|---|---|---|---|---|
${result.comparisons.map(comparedRow).join('\n')}`;
