/** The configuration of a server, without its rows. */
import { globalsFieldOf } from '../../api/families.ts';
import type { HAPair, HAPairSpec } from '../../api/index.ts';
import { tellsOfLeases } from '../../api/roles.ts';
import type { DatabaseTarget } from '../../database/target.ts';
import type { KeaJson } from '../../kea/answers.ts';
import { canonicalJson } from '../../kea/canonical.ts';
import { type Family, perFamily } from '../../kea/family.ts';
import { type GlobalOptions, parseGlobalOptions, type Referable } from '../../kea/globalOptions.ts';
import { contentOf } from '../../kea/json.ts';
import { camelOf, type Field, fieldsAt, isSet } from '../../kea/keywords.ts';
import { knownOptions } from '../../kea/knownOptions.ts';
import { optionRules } from '../../kea/optionTable.ts';
import { MARKER_KEY, type OptionData } from '../../kea/state.ts';
import type { CarriedRows } from '../carriedRows.ts';
import { CONTROL_USER, hashOf } from '../names.ts';
import { controlSocketOf, type FilePaths, LEASE_DIRECTORY, ROWS_FILE } from '../podPaths.ts';
import type { PairServer, Topology } from '../topology.ts';
import { bootstrapDigest, type ServerConfig } from './digest.ts';
import { type ExtraGlobals, extraGlobals, extraIn } from './extra.ts';
import { HA_LIBRARY, haRelationship } from './ha.ts';
import { definitionsBeside } from './references.ts';

export interface ServerConfigInput {
  readonly pair: HAPair;
  readonly topology: Topology;
  readonly server: PairServer;
  readonly database: DatabaseTarget;
  /** Secret that keys the digest. */
  readonly digestKey: string;
  readonly files: FilePaths;
  /** The configuration that the server has: its options go on where those of the specification are wrong, and so does what is extra. */
  readonly former?: ServerConfig | undefined;
  /** Left out: Kea's own. */
  readonly referable?: PairReferable | undefined;
}

/** What the options of the pair may refer to. */
export interface PairReferable extends Referable {
  /** As the rows are. Else they were not read yet: of what a server has already the definitions are taken from there. */
  readonly isProven: boolean;
}

/** A global of the pair is wrong. */
export interface GlobalProblem {
  readonly reason: 'InvalidOption' | 'InvalidSpec';
  readonly message: string;
}

export type ServerConfigResult =
  | { readonly ok: true; readonly config: ServerConfig; readonly digest: string; readonly problem?: GlobalProblem }
  | { readonly ok: false; readonly problem: GlobalProblem };

/**
 * Everything of one server that rows cannot hold, or that Kea loses when it comes from rows (globals: deleting a global's row wipes
 * those of the file). Complete: sent by config-set it replaces whatever the server had, but for the rows, which Kea reads again.
 */
export const serverConfig = (input: ServerConfigInput): ServerConfigResult => {
  const { pair, topology, server, database, files } = input;
  const { spec } = pair;
  const { family } = topology;
  const { root } = family.json;
  const field = globalsFieldOf(family);
  const own = spec[field];
  const former = contentOf(family, input.former ?? {});
  const referable = referableOf(input, former);
  const options = parseGlobalOptions(referable, own.optionData ?? [], `spec.${field}.optionData`);
  const extra = extraGlobals(family, own.extra);
  const problem = problemOf(options, extra);
  if (problem && !input.former) return { ok: false, problem };
  const inForce = options.ok ? options.options : ((former['option-data'] ?? []) as OptionData[]);
  const ownDefinitions = optionRules(family).own;
  const entry = databaseEntry(database);
  const body: Record<string, unknown> = {
    'interfaces-config': {
      interfaces: server.interfaces,
      ...('dhcpSocketType' in own ? { 'dhcp-socket-type': own.dhcpSocketType } : {}),
      // A link that is down at the start is tried again until it is up; Kea's default is to give it up in silence.
      'service-sockets-max-retries': 1_000_000,
      'service-sockets-retry-wait-time': 5000,
    },
    'control-sockets': controlSockets(topology, server, files),
    'server-tag': topology.serverTag,
    // The operator alone says when rows are read: a pull stops packets, and periodic polling ends after ten failures anyway.
    'config-control': { 'config-databases': [entry], 'config-fetch-wait-time': 0 },
    'hosts-databases': [entry],
    'lease-database': leaseDatabase(family, spec, entry),
    'hooks-libraries': hooks(spec, topology, server, files, own.ipReservationsUnique !== false),
    ...threading(family, spec),
    'option-def': options.ok ? [...ownDefinitions, ...options.definitions] : (former['option-def'] ?? ownDefinitions),
    ...(extra.ok ? extra.extra : extraIn(family, former)),
    ...globals(family, own, inForce),
    ...leaseReuse(spec),
    ...serverIdentity(topology),
    // All that the family has: a change of them is a config-set, which a reservation must never cost.
    'host-reservation-identifiers': own.hostReservationIdentifiers ?? family.identifiers,
    loggers: loggers(family, spec),
  };
  const digest = bootstrapDigest(body, input.digestKey);
  const marker = { object: `HAPair/${topology.namespace}/${topology.pair}`, bootstrap: digest };
  const config = { [root]: { ...body, 'user-context': { [MARKER_KEY]: marker } } };
  return { ok: true, config, digest, ...(problem && referable.isProven && { problem }) };
};

const problemOf = (options: GlobalOptions, extra: ExtraGlobals): GlobalProblem | undefined => {
  if (!options.ok) return { reason: 'InvalidOption', message: options.message };
  return extra.ok ? undefined : { reason: 'InvalidSpec', message: extra.message };
};

const KEAS_OWN = perFamily((family): PairReferable => ({
  known: knownOptions(family),
  knowsClass: () => true,
  isProven: true,
}));

/** Text of an option is to fit the definition that a row has, which may be another than its OptionDefinition says now. */
const referableOf = (
  { topology: { family }, referable = KEAS_OWN(family), former }: ServerConfigInput,
  { 'option-def': definitions = [] }: { readonly 'option-def'?: unknown },
): PairReferable =>
  referable.isProven || former === undefined
    ? referable
    : { ...referable, known: knownOptions(family, definitionsBeside(family, definitions)) };

/**
 * The same configuration for rows that are given to the server instead of being read. It names no configuration backend: a config-set or a
 * start that finds the backend's database away, or a row in it that Kea cannot read, ends with no subnets or with no server at all.
 * Reservations are looked up in the database all the same, as soon as it is there.
 */
const withoutBackend = (family: Family, config: ServerConfig): KeaJson => {
  const { 'config-control': _, 'user-context': context, ...rest } = contentOf(family, config);
  const marker = (context as Record<string, object>)[MARKER_KEY];
  return { ...rest, 'user-context': { [MARKER_KEY]: { ...marker, carried: true } } };
};

/** A configuration that carries its rows, for config-set. */
export const carrying = (family: Family, config: ServerConfig, rows: CarriedRows): ServerConfig => ({
  [family.json.root]: { ...withoutBackend(family, config), ...rows.keywords },
});

/** The same for a server's start, as text: kea-start puts the rows where it includes them from. */
export const carryingText = (family: Family, config: ServerConfig): string => {
  const { root } = family.json;
  const begin = `"${root}": {`;
  return jsonText({ [root]: withoutBackend(family, config) }).replace(begin, `${begin}\n  <?include "${ROWS_FILE}"?>,`);
};

/** The configuration in such a text, without its rows. */
export const carriedConfig = (text: string): string => text.replace(/<\?include "[^"]*"\?>,/, '');

/** As a file holds a configuration. */
export const jsonText = (config: ServerConfig): string => `${JSON.stringify(config, undefined, 1)}\n`;

/** The top-level keywords in which two configurations differ, in alphabetical order. */
export const changedKeywords = (family: Family, former: ServerConfig, config: ServerConfig): readonly string[] => {
  const [before, after] = [contentOf(family, former), contentOf(family, config)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((keyword) => keyword !== 'user-context')
    .filter((keyword) => canonicalJson(before[keyword]) !== canonicalJson(after[keyword]))
    .sort();
};

/** Where a configuration's database is, as a file of libpq's services; TLS comes from the environment, as for Kea itself. */
export const databaseService = ({ host, port, name, user, password }: DatabaseTarget): string =>
  ['[kea]', `host=${host}`, `port=${port}`, `dbname=${name}`, `user=${user}`, `password=${password}`, ''].join('\n');

const controlSockets = (topology: Topology, server: PairServer, files: FilePaths) => [
  // For the probes in the pod.
  { 'socket-type': 'unix', 'socket-name': controlSocketOf(topology.family) },
  {
    'socket-type': 'https',
    'socket-address': server.address,
    'socket-port': topology.controlPort,
    'trust-anchor': files.ca,
    'cert-file': files.cert,
    'key-file': files.key,
    'cert-required': true,
    // A file and not the password itself: config-test opens it, so a configuration whose files the kubelet has not brought yet is
    // refused there. config-set would fail on a missing certificate half-way, and leave the server without its HA hook.
    authentication: { type: 'basic', realm: 'kea', clients: [{ user: CONTROL_USER, 'password-file': files.password }] },
  },
];

/** Kea 3.0 pastes these between quotes into libpq's connection string without escaping them. */
const quoted = (text: string): string => text.replace(/[\\']/g, '\\$&');

/**
 * A database entry. Without the words on failure Kea exits when its database is away. Kea 3.0 takes no TLS parameter for PostgreSQL;
 * libpq's environment says how (podTemplate.ts).
 */
const databaseEntry = (database: DatabaseTarget) => ({
  type: 'postgresql',
  host: quoted(database.host),
  port: database.port,
  name: quoted(database.name),
  user: quoted(database.user),
  password: quoted(database.password),
  // One that does not answer at all holds up packets for the second, and Kea's main thread for the first at every try, of which kea-db-watch leaves
  // the fewest. libpq takes no less than 2 for the first; the second ends a try that no packet comes back from as well.
  'connect-timeout': 2,
  'tcp-user-timeout': 1,
  'retry-on-startup': true,
  'max-reconnect-tries': 1_000_000,
  'reconnect-wait-time': 5000,
  'on-fail': 'serve-retry-continue',
});

const leaseDatabase = ({ leaseFile }: Family, spec: HAPairSpec, entry: ReturnType<typeof databaseEntry>) =>
  spec.leaseStorage === 'PostgreSQL'
    ? entry
    : { type: 'memfile', persist: true, name: `${LEASE_DIRECTORY}/${leaseFile}`, 'lfc-interval': 3600 };

/**
 * A server that tells its partner of leases tells it each time that a client asks. Kea's default is to answer a client that asks again within a
 * quarter of its lease time without writing anything: one whose first request found the partner silent got no answer, asks again, and would
 * have its lease on one server alone until it renews, so that the other could give its address away.
 */
const leaseReuse = (spec: HAPairSpec): Record<string, unknown> => (tellsOfLeases(spec) ? { 'cache-max-age': 0 } : {});

/**
 * Kea finds a library without a path in its own directory, which differs by architecture.
 * @param areUnique Whether an address is reserved for one client alone. The cache takes no other: config-set would fail half-way.
 */
const hooks = (spec: HAPairSpec, topology: Topology, server: PairServer, files: FilePaths, areUnique: boolean) => [
  // First: without it there are no PostgreSQL backends for what comes after.
  { library: 'libdhcp_pgsql.so' },
  { library: 'libdhcp_lease_cmds.so' },
  { library: 'libdhcp_stat_cmds.so' },
  { library: 'libdhcp_subnet_cmds.so' },
  // Every packet of a reserved client would ask PostgreSQL otherwise.
  ...(areUnique ? [{ library: 'libdhcp_host_cache.so', parameters: { maximum: 100_000 } }] : []),
  ...(spec.mode === 'Standalone'
    ? []
    : [
        {
          library: HA_LIBRARY,
          parameters: { 'high-availability': [haRelationship(spec, topology, server, files)] },
        },
      ]),
];

/**
 * Threads by lease storage, and packets that wait for a thread, for each: Kea's own figures (ARM, "Multi-Threading Settings With Different Database
 * Backends") but for more room in the queue, which a server fills while it takes a change. More threads than these wait for each other at the
 * leases in memory, whatever the machine; fewer wait for the disk and the partner. Kea's default, one per CPU, is right for neither.
 */
const THREADS = { Memfile: 4, PostgreSQL: 8 } as const;
const QUEUE_EACH = 64;

/** With multi-threading Kea disables the packet queue in silence, so one of them is chosen here. */
const threading = ({ packetQueue }: Family, spec: HAPairSpec): Record<string, unknown> =>
  spec.packetQueue === undefined
    ? multiThreading(
        spec.threads === undefined || spec.threads === 0 ? THREADS[spec.leaseStorage] : spec.threads,
        spec.threadQueue,
      )
    : {
        'multi-threading': { 'enable-multi-threading': false },
        'dhcp-queue-control': { 'enable-queue': true, 'queue-type': packetQueue, capacity: spec.packetQueue.capacity },
      };

const multiThreading = (threads: number, queue = QUEUE_EACH * threads) => ({
  'multi-threading': {
    'enable-multi-threading': true,
    'thread-pool-size': threads,
    'packet-queue-size': queue,
  },
});

const globalsOf = perFamily(({ version }): readonly Field[] =>
  fieldsAt('global', version).filter(({ kind }) => kind !== 'options' && kind !== 'identifierTypes'),
);

/** A value of the specification in Kea's words: members of maps have keywords too. */
const inKeasWords = ({ members }: Field, value: unknown): unknown => {
  if (members === undefined) return value;
  const given = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(members).flatMap((word) => {
      const one = given[camelOf(word)];
      return one === undefined ? [] : [[word, one]];
    }),
  );
};

const globals = (
  family: Family,
  given: Readonly<Record<string, unknown>>,
  options: readonly OptionData[],
): Record<string, unknown> => {
  return {
    ...Object.fromEntries(
      globalsOf(family).flatMap((field) => {
        const value = given[field.field];
        return isSet(value) ? [[field.keyword, inKeasWords(field, value)]] : [];
      }),
    ),
    ...(options.length > 0 ? { 'option-data': options } : {}),
  };
};

/** Of those who registered a number for DUIDs with IANA: ISC, whose servers these are. */
const ISC = 2495;

/**
 * Who the servers of DHCPv6 are: a client renews with the server that it names, and no other answers. One DUID for all servers of a pair, so that who takes
 * over answers those who renew at once, not only once they ask everybody; and always the same, as one that changes is nobody's that they name. By the pair's
 * name: one that is made anew for the same leases is the same server.
 */
const serverIdentity = ({ family, serverTag }: Topology): Record<string, unknown> =>
  family.version === 4
    ? {}
    : { 'server-id': { type: 'EN', 'enterprise-id': ISC, identifier: hashOf(serverTag, 24), persist: false } };

/**
 * Loggers that write for each packet at INFO: two lines of packets and one of the daemon's own for each message, one of leases for each offer and lease, one of
 * commands for each lease that the partner tells of. Together they cost more than serving the packet does.
 */
const PER_PACKET = ['commands', 'leases', 'packets'] as const;

/** To stdout, where a container's log belongs. At DEBUG Kea's HTTP logger prints whole commands, passwords with them: it stays at INFO. */
const loggers = ({ daemon, messageLogger }: Family, { logSeverity, loggers: chosen = [] }: HAPairSpec) => {
  const quiet = logSeverity === undefined ? [messageLogger, ...PER_PACKET].sort() : [];
  const severities = new Map<string, Logged>([
    [daemon, { severity: logSeverity ?? 'INFO' }],
    ...quiet.map((name) => [`${daemon}.${name}`, { severity: 'WARN' }] as const),
    ...(logSeverity === 'DEBUG' ? [[`${daemon}.http`, { severity: 'INFO' }] as const] : []),
    ...chosen.map(({ name, ...logged }) => [`${daemon}.${name}`, logged] as const),
  ]);
  return [...severities].map(([name, { severity, debuglevel = 40 }]) => ({
    name,
    severity,
    ...(severity === 'DEBUG' ? { debuglevel } : {}),
    'output-options': [{ output: 'stdout' }],
  }));
};

interface Logged {
  readonly severity: NonNullable<HAPairSpec['logSeverity']>;
  readonly debuglevel?: number | undefined;
}
