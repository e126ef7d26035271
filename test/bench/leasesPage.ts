/** PURE: the part `leases` of docs/benchmarks.md. */
import { NODES } from './cpuShares.ts';
import { type Figure, ratio } from './figures.ts';
import type { CopiesResult } from './leaseCopies.ts';
import type { Read } from './leaseReads.ts';
import type { LeasesResult } from './leases.ts';
import type { ServedResult } from './leaseService.ts';
import { count, type Machine, milliseconds, sharedBy, spread } from './page.ts';

const readRow = ({ name, store, rival, goal, own, other }: Read): string =>
  `| ${name}, ${store} | ${rival} | ${milliseconds(own)} | ${milliseconds(other)} | ${ratio(own.median, other.median)} | ${goal} |`;

const seconds = ({ median, least, most }: Figure): string =>
  `${median.toFixed(1)} s (${least.toFixed(1)}–${most.toFixed(1)})`;

const storedText = ({ stored, ended }: CopiesResult): string =>
  ended === undefined ? 'All leases were stored.' : `Stored were ${count(stored)}, until it ended: ${ended}.`;

const sharesText = ({ requests }: ServedResult): string => {
  if (requests === undefined) {
    return 'No cgroup could be written to, or there is one processor, so that all processes share what there is alike, as they do not in a cluster.';
  }
  const each = NODES.map((node) => {
    const on = requests.filter((one) => one.node === node).map(({ name, millicores }) => `${name} ${millicores}m`);
    return `on that of ${node} ${on.join(', ')}`;
  });
  return `As in a cluster, nodes share no processor, with lists and without: one is the control plane's, where those are as well who ask, and one that of DHCP's node. On each all have a weight by what they request, as kubelet gives it: ${each.join('; ')}.`;
};

export const leasesPart = (machine: Machine, result: LeasesResult): string => {
  const { whole, copies, served } = result;
  const each = (value: number, of: number): string => ((1_000_000 * value) / of).toFixed(0);
  return `## ${count(result.leases)} leases as Kubernetes objects

${sharedBy(machine, 'kube-apiserver, etcd, PostgreSQL, two Kea servers and who asks')}

${count(result.leases)} leases of IPv4 in PostgreSQL, written by SQL in ${result.insertSeconds.toFixed(0)} s, and as many in the memory of a kea-dhcp4 that read them from its lease
file, with all that belongs to its start in ${result.loadSeconds.toFixed(0)} s. The lease API is a process of its own, with the flags of its image. All that is asked goes through kube-apiserver by one
connection that stays; an answer is read to its last byte and not parsed. Each question and its rival are asked in turns: the median of ${count(result.repetitions)}. psql has a session that stays open, and tells itself how
long a statement took; as commands, kubectl and psql start anew each time.

| question | rival | ms | rival, ms | ratio | goal |
|---|---|---|---|---|---|
${result.reads.map(readRow).join('\n')}

All leases in one answer (\`--chunk-size=0\`), ${whole.mebibytes.toFixed(0)} MiB, beside \`COPY … TO\` of the same rows as JSON by psql:

| all leases | \`COPY … TO\` | ratio | goal | greatest resident memory of the lease API | goal |
|---|---|---|---|---|---|
| ${seconds(whole.seconds)} | ${seconds(whole.copySeconds)} | ${ratio(whole.seconds.median, whole.copySeconds.median)} | 3 | ${whole.apiMiB.toFixed(0)} MiB | 200 MiB |

While one list of all leases follows another (${count(served.lists)} ended), a Kea server serves ${count(served.clients)} clients, whose leases it writes into the same table of the same PostgreSQL. The rate is the
greatest at which less than 1 % of the exchanges come to nothing in ${served.seconds} s: the median of ${served.repetitions} searches, with the least and the most, in turns. ${sharesText(served)}

| exchanges per s, while listed | alone | ratio | goal |
|---|---|---|---|
| ${spread(served.whileListing)} | ${spread(served.alone)} | ${ratio(served.whileListing.median, served.alone.median)} | 0.90 |

The other way to have leases as objects is a custom resource for each. ${storedText(copies)} The lease API keeps nothing in etcd.

| a lease | as a custom resource | in PostgreSQL | ratio |
|---|---|---|---|
| to write it, µs (custom resources by 20 connections, rows by one statement) | ${each(copies.seconds, copies.stored)} | ${each(result.insertSeconds, result.leases)} | ${ratio(copies.seconds / copies.stored, result.insertSeconds / result.leases)} |
| what it takes of etcd's file, of table and indexes, bytes | ${count(copies.etcdBytes)} | ${count(copies.rowBytes)} | ${ratio(copies.etcdBytes, copies.rowBytes)} |
| its part of a list of all, µs | ${copies.listMs.toFixed(0)} | ${copies.leasesMs.toFixed(0)} | ${ratio(copies.listMs, copies.leasesMs)} |`;
};
