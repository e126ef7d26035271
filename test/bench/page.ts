import type { BulkResult } from './bulk.ts';
import type { ChangeResult, Way } from './change.ts';

interface Machine {
  readonly cpus: number;
  readonly model: string;
}

const ratio = (a: number, b: number): string => (b === 0 ? '–' : (a / b).toFixed(2));

const row = (way: Way, first: Way): string =>
  `| ${way.name} | ${way.p50} | ${way.max} | ${way.lost} of ${way.sent} | ${ratio(way.p50, first.p50)} | ${first.lost === 0 && way.lost > 0 ? '∞' : ratio(way.lost, first.lost)} |`;

/** docs/benchmarks.md, from one run. */
export const page = (machine: Machine, bulk: BulkResult, change: ChangeResult): string => {
  const [first] = change.ways;
  return `# Benchmarks

Written by \`make bench\`: one run on ${machine.cpus} cores (${machine.model}), where the whole cluster (three nodes, etcd, PostgreSQL, two
Kea servers, the load) shares them. Compare ratios, not seconds.

## Many objects at once

${bulk.subnets.toLocaleString('en')} Subnets and ${bulk.reservations.toLocaleString('en')} HostReservations are sent at once by 20 connections.

| | |
|---|---|
| stored by the API server (the rival: nobody can be faster) | ${bulk.storedSeconds.toFixed(1)} s |
| all Ready | ${bulk.readySeconds.toFixed(1)} s |
| ratio | ${ratio(bulk.readySeconds, bulk.storedSeconds)} |
| greatest resident memory of the operator | ${bulk.operatorMiB} MiB |

## One change, ${change.subnets.toLocaleString('en')} subnets, ${change.rate} DISCOVER/s

${change.changes} changes of one subnet's router, one after another, each timed until both servers of the pair run it; the load goes on
meanwhile. The operator's time has everything in it: its linger, in which it waits for more changes to come, the reading of the rows
(every 45 s, or where somebody else wrote), the comparison of all of them with the wish, the preflight, the transaction, both servers
one after another, and their confirmation. The rivals only write the same row by SQL and have each server read it: by
\`config-backend-pull\`, and by a new configuration (\`config-reload\`, which is config-set with the server's own file and
starts the servers' HA anew, so that a change every few seconds leaves hardly anybody serving).

| way | p50 ms | max ms | DISCOVERs lost | p50 ratio | loss ratio |
|---|---|---|---|---|---|
${first === undefined ? '' : change.ways.map((way) => row(way, first)).join('\n')}
`;
};
