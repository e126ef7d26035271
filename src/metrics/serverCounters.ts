/** What servers count, as counters of our own: which statistics of Kea they are made of. */
import type { Version } from '../kea/family.ts';
import { globalStatistics } from './stork.ts';

/** Series of a server, each by a statistic of its own. */
interface CounterSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Kea's name: one of {@link globalStatistics}, which are asked for of every server. */
  readonly statistic: string;
}

interface ServerCounter {
  readonly name: string;
  readonly help: string;
  /** Beside those of the server. */
  readonly labelNames: readonly string[];
  readonly statistics: (version: Version) => readonly CounterSeries[];
}

/** Kea's statistics of packets by type, `pkt4-discover-received`; the others (all, dropped ones) count some of these again. */
const PACKETS = /^pkt[46]-(?<type>.+)-(?<direction>received|sent)$/;

const packets =
  (direction: 'received' | 'sent') =>
  (version: Version): readonly CounterSeries[] =>
    globalStatistics(version).flatMap((statistic) => {
      const { type, direction: found } = PACKETS.exec(statistic)?.groups ?? {};
      return type === undefined || found !== direction ? [] : [{ labels: { type }, statistic }];
    });

const one = (name: (version: Version) => string) => (version: Version) => [{ labels: {}, statistic: name(version) }];

export const SERVER_COUNTERS: readonly ServerCounter[] = [
  {
    name: 'kea_operator_server_packets_received_total',
    help: 'Packets that the server received since it started, by type.',
    labelNames: ['type'],
    statistics: packets('received'),
  },
  {
    name: 'kea_operator_server_packets_sent_total',
    help: 'Packets that the server sent since it started, by type; nak among them.',
    labelNames: ['type'],
    statistics: packets('sent'),
  },
  {
    name: 'kea_operator_server_packets_dropped_total',
    help: 'Packets that the server received since it started and did not answer: it could not read them, or was not to answer them.',
    labelNames: [],
    statistics: one((version) => `pkt${version}-receive-drop`),
  },
  {
    name: 'kea_operator_server_allocation_failures_total',
    help: 'Times since the server started that it had nothing to give to a client.',
    labelNames: [],
    statistics: one((version) => `v${version}-allocation-fail`),
  },
  {
    name: 'kea_operator_server_leases_reclaimed_total',
    help: 'Leases that ended and were taken back since the server started.',
    labelNames: [],
    statistics: one(() => 'reclaimed-leases'),
  },
];
