/** What it costs clients that servers look up all kinds of identifiers of reservations: one server, as the operator configures it. */
import { openBackend } from '../../src/backend/open.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { binary, type TestDatabase } from '../support/postgres.ts';
import { become, host, subnet } from '../support/rows.ts';
import { run } from '../support/run.ts';
import { type RunningPair, startPair } from '../support/runningPair.ts';
import { type Figure, figureOf } from './figures.ts';
import { openGround } from './ground.ts';
import { type Kind, KINDS, type Lookup, lookupConfig, LOOKUPS } from './lookups.ts';

export interface IdentifiersResult {
  readonly reservations: number;
  readonly clients: number;
  readonly repetitions: number;
  readonly seconds: number;
  readonly atOnce: number;
  /** Complete exchanges a second, by kind of client. */
  readonly lookups: readonly (Lookup & { readonly rates: Readonly<Record<Kind, Figure>> })[];
  /** Exchanges that came to nothing, of all. */
  readonly lost: number;
  readonly asked: number;
}

type Settings = Pick<IdentifiersResult, 'reservations' | 'clients' | 'repetitions' | 'seconds' | 'atOnce'>;

/** What the probe prints of a load. */
interface Count {
  readonly exchanges: number;
  readonly lost: number;
  readonly seconds: number;
  readonly acked: string;
}

const SERVER = 'a';
const SUBNET_ID = 1;
/** The first hardware address of each kind. */
const FIRST: Readonly<Record<Kind, string>> = { unreserved: '02fe10000000', reserved: '02fe20000000' };
const FIRST_RESERVED = '10.64.1.0';

const macOf = (n: number): string => (Number.parseInt(FIRST.reserved, 16) + n).toString(16).padStart(12, '0');
const addressOf = (n: number): string => `10.64.${1 + (n >> 8)}.${n & 255}`;

/** The order goes round in each repetition, so that what else the machine does meets all of them. */
export const measureIdentifiers = async (
  settings: Settings,
  say: (line: string) => void,
): Promise<IdentifiersResult> => {
  const stop: (() => Promise<void>)[] = [];
  try {
    const probe = await binary('dhcp-probe');
    const { database, client, ...ground } = await openGround(stop);
    // A line of the log for each packet would cost more than what is measured.
    const pair = await startPair(ground, { mode: 'Standalone', logSeverity: 'WARN' }, [SERVER]);
    await writeRows(database, pair, settings.reservations);

    const counts = LOOKUPS.map((lookup) => ({ lookup, unreserved: [] as Count[], reserved: [] as Count[] }));
    for (let repetition = 1; repetition <= settings.repetitions; repetition++) {
      for (const { lookup, ...of } of counts) {
        await configure(pair, lookup);
        for (const kind of KINDS) {
          const command = loadCommand(probe, kind, settings);
          const printed = await run('nsenter', [`--net=/run/netns/${client.namespace}`, '--', ...command]);
          const count = JSON.parse(printed) as Count;
          const wanted = kind === 'reserved' && lookup.database;
          if (count.acked === '' || (count.acked === FIRST_RESERVED) !== wanted) {
            throw new Error(`${lookup.name}: the first client, ${kind}, got the address "${count.acked}"`);
          }
          of[kind].push(count);
          say(`  ${repetition} ${lookup.name}, ${kind}: ${printed.trim()}`);
        }
      }
    }

    const all = counts.flatMap(({ unreserved, reserved }) => [...unreserved, ...reserved]);
    const lost = all.reduce((sum, count) => sum + count.lost, 0);
    const rateOf = (of: readonly Count[]): Figure => figureOf(of.map((count) => count.exchanges / count.seconds));
    return {
      ...settings,
      lookups: counts.map(({ lookup, unreserved, reserved }) => ({
        ...lookup,
        rates: { unreserved: rateOf(unreserved), reserved: rateOf(reserved) },
      })),
      lost,
      asked: lost + all.reduce((sum, count) => sum + count.exchanges, 0),
    };
  } finally {
    for (const end of stop.reverse()) await end();
  }
};

/** One subnet of the clients' link, with a pool for those without a reservation; the reservations are by hardware address. */
const writeRows = async (database: TestDatabase, pair: RunningPair, reservations: number): Promise<void> => {
  const backend = openBackend(database.target, DHCPV4);
  try {
    const subnets = [subnet(SUBNET_ID, '10.64.0.0/15', { interface: 'eth0', pools: [{ pool: '10.65.0.0/16' }] })];
    const hosts = Array.from({ length: reservations }, (_, n) =>
      host(SUBNET_ID, macOf(n), { 'ip-address': addressOf(n) }),
    );
    await become(backend, { subnets, hosts }, { serverTag: pair.topology.serverTag, prefixes: [] });
  } finally {
    await backend.close();
  }
  // As autovacuum does within a minute.
  await database.query('ANALYZE');
};

/** Gives the server this configuration, and the rows of the database with it. */
const configure = async (pair: RunningPair, { identifiers, ...lookup }: Lookup): Promise<void> => {
  await pair.desired(identifiers === undefined ? {} : { dhcp4: { hostReservationIdentifiers: identifiers } });
  const config = lookupConfig(pair.server(SERVER).made.wanted.config, lookup);
  await pair.client(SERVER).call('config-set', config);
};

const loadCommand = (probe: string, kind: Kind, { clients, seconds, atOnce }: Settings): readonly string[] => [
  probe,
  ...['-interface', 'eth0', '-load', `${seconds}s`, '-at-once', String(atOnce), '-clients', String(clients)],
  ...['-circuits', '-first', FIRST[kind].replace(/..(?!$)/g, '$&:')],
];
