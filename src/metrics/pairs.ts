/** The gauges of pairs: what their last passes found. */
import type { Registry } from 'prom-client';
import type { IPFamily } from '../kea/families.ts';
import { createGauges, type Sample } from './gauges.ts';
import type { PairLabels } from './statistics.ts';

/** What there is to tell of a server. */
export interface ServerFacts {
  readonly name: string;
  /** It answers, and serves. */
  readonly serving: boolean;
  readonly synchronized: boolean;
  /** Its HA state, by Kea's name; left out, as what follows, where it is not known. */
  readonly state?: string | undefined;
  /** How far its clock is ahead of the one that is furthest behind, seconds. */
  readonly clockSkew?: number | undefined;
  /** Clients that its partner leaves without an answer, as it counts them while it does not hear that. */
  readonly unackedClients?: number | undefined;
}

/** What a pass found of a family of a pair. */
export interface PassFacts {
  readonly paused: boolean;
  /** Left out: the database was not asked. */
  readonly databaseUp?: boolean | undefined;
  /** None where the pass did not come so far as to look at them. */
  readonly servers: readonly ServerFacts[];
  /** Left out, as all that follows, where the pass did not come so far: what was found before stands. */
  readonly objects?: { readonly accepted: number; readonly rejected: number } | undefined;
  /** Removals that the guard against mass deletions keeps back. */
  readonly withheld?: number | undefined;
  /** When certificates end, by name, ms since 1970. */
  readonly certificates?: ReadonlyMap<string, number> | undefined;
  /** When a pass came to its end, ms since 1970. */
  readonly succeededAt?: number | undefined;
}

/** A condition, without its words. */
export interface ConditionFacts {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

export interface PairMetrics {
  /** What a pass of a family found, however far it came. */
  pass(pair: PairLabels, ipFamily: IPFamily, facts: PassFacts): void;
  /** All that is said of the pair. */
  conditions(pair: PairLabels, conditions: readonly ConditionFacts[]): void;
  /** Drops what is of a family that the pair does not serve any more. */
  forgetFamily(pair: PairLabels, ipFamily: IPFamily): void;
  forget(pair: PairLabels): void;
  forgetAll(): void;
}

interface KnownPair {
  readonly pair: PairLabels;
  readonly families: Map<IPFamily, PassFacts>;
  conditions: readonly ConditionFacts[];
}

type SamplesOf<T> = (of: T) => Iterable<Sample>;

/** What a pass that did not come so far leaves as it was. */
const STANDS = ['objects', 'withheld', 'certificates', 'succeededAt'] as const;

export const createPairMetrics = (registry: Registry): PairMetrics => {
  const known = new Map<string, KnownPair>();
  const { gauge } = createGauges(registry);
  const keyOf = ({ namespace, pair }: PairLabels): string => `${namespace}/${pair}`;
  const of = (pair: PairLabels): KnownPair => {
    const found = known.get(keyOf(pair)) ?? { pair, families: new Map(), conditions: [] };
    known.set(keyOf(pair), found);
    return found;
  };

  const register = (name: string, help: string, more: readonly string[], samples: () => Iterable<Sample>): void => {
    gauge({ name, help, labelNames: ['namespace', 'pair', ...more], samples });
  };
  /** Of each pair one figure, of what its families have: undefined where none has any. */
  const ofPair = (
    name: string,
    help: string,
    figure: (facts: PassFacts) => number | undefined,
    sumUp: (...figures: readonly number[]) => number,
  ): void => {
    register(name, help, [], function* () {
      for (const { pair, families } of known.values()) {
        const figures = [...families.values()].map(figure).filter((one) => one !== undefined);
        if (figures.length > 0) yield { labels: { ...pair }, value: sumUp(...figures) };
      }
    });
  };
  const ofFamily = (
    name: string,
    help: string,
    more: readonly string[],
    samples: SamplesOf<{ readonly facts: PassFacts; readonly labels: Sample['labels'] }>,
  ): void => {
    register(name, help, more, function* () {
      for (const { pair, families } of known.values())
        for (const [ip_family, facts] of families) yield* samples({ facts, labels: { ...pair, ip_family } });
    });
  };
  const ofServer = (
    name: string,
    help: string,
    figure: (server: ServerFacts) => number | undefined,
    more: (server: ServerFacts) => Readonly<Record<string, string>> = () => ({}),
    labelNames: readonly string[] = [],
  ): void => {
    ofFamily(name, help, ['server', 'ip_family', ...labelNames], function* ({ facts, labels: { ip_family, ...pair } }) {
      for (const server of facts.servers) {
        const value = figure(server);
        const labels = { ...pair, server: server.name, ip_family: ip_family ?? '', ...more(server) };
        if (value !== undefined) yield { labels, value };
      }
    });
  };

  ofFamily(
    'kea_operator_objects',
    'Custom resources of a pair by verdict, as they were last judged.',
    ['ip_family', 'verdict'],
    function* ({ facts: { objects }, labels }) {
      for (const [verdict, value] of Object.entries(objects ?? {})) yield { labels: { ...labels, verdict }, value };
    },
  );
  ofServer('kea_operator_server_up', '1 where the server answers and its DHCP sockets are open.', ({ serving }) =>
    Number(serving),
  );
  ofServer(
    'kea_operator_server_synchronized',
    '1 where the server runs the present configuration.',
    ({ synchronized }) => Number(synchronized),
  );
  ofServer(
    'kea_operator_server_ha_state',
    "1 for the server's present HA state, by Kea's name; standalone without a partner. There is no series of other states.",
    ({ state }) => (state === undefined ? undefined : 1),
    ({ state = '' }) => ({ state }),
    ['state'],
  );
  ofServer(
    'kea_operator_server_clock_skew_seconds',
    'How far the clock of the server is ahead of the one of its pair that is furthest behind, to a second. From 60 s on servers end their work together. Known where two servers with HA answer.',
    ({ clockSkew }) => clockSkew,
  );
  ofServer(
    'kea_operator_server_unacked_clients',
    'Clients that the partner of the server leaves without an answer, as the server counts them while it does not hear its partner.',
    ({ unackedClients }) => unackedClients,
  );
  register(
    'kea_operator_pair_condition',
    '1 for the present status and reason of each condition of the pair. There is no series of others.',
    ['type', 'status', 'reason'],
    function* () {
      for (const { pair, conditions } of known.values())
        for (const { type, status, reason } of conditions)
          yield { labels: { ...pair, type, status, reason }, value: 1 };
    },
  );
  ofPair('kea_operator_pair_paused', '1 where the pair is paused.', ({ paused }) => Number(paused), Math.max);
  ofPair(
    'kea_operator_database_up',
    '1 where the database of the pair answered the last pass, 0 where it did not. No series where it was not asked, as of a paused pair.',
    ({ databaseUp }) => (databaseUp === undefined ? undefined : Number(databaseUp)),
    Math.min,
  );
  ofPair(
    'kea_operator_deletions_withheld',
    'Rows whose removal the guard against mass deletions keeps back.',
    ({ withheld }) => withheld,
    (...figures) => figures.reduce((sum, one) => sum + one, 0),
  );
  ofPair(
    'kea_operator_pair_last_success_timestamp_seconds',
    'When a pass last came to its end: the database was read, all that may be written is written, and nothing failed. Of several families the one for which that is longest ago.',
    ({ succeededAt }) => (succeededAt === undefined ? undefined : succeededAt / 1000),
    Math.min,
  );
  register(
    'kea_operator_certificate_expiry_timestamp_seconds',
    'When certificates of the pair end: ca, control (with which operator and lease API come to its servers), and server/NAME. Certificates are renewed when a third of their time is left, the authority a year before its end.',
    ['certificate'],
    function* () {
      for (const { pair, families } of known.values()) {
        const ends = new Map<string, number>();
        for (const { certificates = [] } of families.values())
          for (const [certificate, end] of certificates)
            ends.set(certificate, Math.min(end, ends.get(certificate) ?? Infinity));
        for (const [certificate, end] of ends) yield { labels: { ...pair, certificate }, value: end / 1000 };
      }
    },
  );

  return {
    pass: (pair, ipFamily, facts) => {
      const { families } = of(pair);
      const before = families.get(ipFamily);
      const stands = Object.fromEntries(STANDS.map((what) => [what, facts[what] ?? before?.[what]]));
      families.set(ipFamily, { ...facts, ...stands });
    },
    conditions: (pair, conditions) => {
      of(pair).conditions = conditions;
    },
    forgetFamily: (pair, ipFamily) => {
      known.get(keyOf(pair))?.families.delete(ipFamily);
    },
    forget: (pair) => {
      known.delete(keyOf(pair));
    },
    forgetAll: () => {
      known.clear();
    },
  };
};
