/**
 * Golden cases: custom resources, and everything that becomes of them in one pass. A case is a directory with
 *
 *     in.yaml      the objects of the pass, in the order of their creation
 *     before.yaml  optional: the objects of an earlier pass, whose rows are in the database
 *     then.yaml    optional: those of a pass after that one
 *     world.yaml   optional: what is neither objects nor our rows (see {@link World})
 *
 * and the results: desired.json (rows), plan.txt (changes), status.yaml (statuses, events, finalizers that go), kea.json (what
 * the servers then have in memory). Those of IPv6, where a case has objects of it, are in files of their own: desired.ipv6.json and so on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import {
  type ClientClass,
  type HAPair,
  type HAPairSpec,
  type HostReservation,
  kinds,
  type OptionDefinition,
  type SharedNetwork,
  type Subnet,
} from '../../src/api/index.ts';
import { compile } from '../../src/compile/compile.ts';
import { countChildren } from '../../src/compile/snapshot.ts';
import { assignSubnetIds } from '../../src/compile/subnetIds.ts';
import type { ActiveLeases, Compiled, IdEntry, IdWitnesses, Snapshot } from '../../src/compile/types.ts';
import { compareText } from '../../src/kea/canonical.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { FAMILIES, type IPFamily, ipFamilyOf } from '../../src/kea/families.ts';
import type { Family } from '../../src/kea/family.ts';
import { preflightFragment } from '../../src/kea/json.ts';
import {
  type Edit,
  type ForeignRow,
  type KeaState,
  keyOfRow,
  KINDS,
  ROW_KINDS,
  type RowKind,
  type RowRef,
  withRows,
} from '../../src/kea/kinds.ts';
import type { Item, ObjectRef } from '../../src/kea/state.ts';
import { calculatePlan } from '../../src/plan/calculate.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { report } from '../../src/status/report.ts';
import type { AnyKind, Writes } from '../../src/status/types.ts';
import { DEFINITIONS, EMPTY_STATE, snapshotOf } from './objects.ts';
import { describePlan } from './plans.ts';

export const GOLDEN = join(import.meta.dirname, '../golden');
export const SERVER_TAG = 'prod.hq';
const NOW = Date.UTC(2026, 0, 2);

/** Names of all cases that have objects of the family. */
export const goldenCases = (family: Family = DHCPV4): readonly string[] =>
  readdirSync(GOLDEN, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => FILES.some((file) => hasFamily(name, file, family)))
    .sort();
const FILES = ['in.yaml', 'before.yaml'];

/** The passes of all cases: one for each family. */
export const goldenPasses = (): readonly (readonly [name: string, ipFamily: IPFamily, family: Family])[] =>
  FAMILIES.flatMap((family) => goldenCases(family).map((name) => [name, ipFamilyOf(family), family] as const));

/** Whether the pair of a case serves the family, or an object is of it. */
const hasFamily = (name: string, file: string, family: Family): boolean => {
  const snapshot = readSnapshot(name, file, family);
  return (
    snapshot !== undefined &&
    (countChildren(snapshot) > 0 ||
      (snapshot.pair.spec as Partial<HAPairSpec>).ipFamilies?.includes(ipFamilyOf(family)) === true)
  );
};

/** The results of a pass, as their files hold them. */
export type Golden = Readonly<Record<'desired.json' | 'plan.txt' | 'status.yaml' | 'kea.json', string>>;

/** The file that has the result of a family. */
export const goldenFile = (name: string, file: string, { version }: Family): string =>
  join(GOLDEN, name, version === 4 ? file : file.replace('.', '.ipv6.'));

/** What is neither objects nor our rows. */
interface World {
  readonly foreign?: readonly ForeignRow[];
  readonly ledger?: readonly (IdEntry & { readonly id: number })[];
  readonly leases?: 'unreadable';
  /** By name of the Subnet, of the rows that it has; none where it is not named. */
  readonly activeLeases?: Readonly<Record<string, ActiveLeases>> | undefined;
  /** The same in the pass of then.yaml. */
  readonly leasesThen?: Readonly<Record<string, ActiveLeases>>;
  /** Kinds of rows that were made for a definition of the kind that was there before. */
  readonly redefined?: readonly RowKind[];
  /** By server, the addresses on its interfaces. */
  readonly ownAddresses?: Readonly<Record<string, readonly string[]>>;
  /** What the servers' own configurations refer to. */
  readonly configured?: readonly RowRef[];
  /** What a server says of objects that it does not take. */
  readonly refusals?: Readonly<Record<ObjectRef, string>>;
}

/** What there is to tell after the pass of a case. */
export const goldenReport = (name: string, family: Family = DHCPV4): Writes => goldenPass(name, family).result;

export const runGolden = (name: string, family: Family = DHCPV4): Golden => {
  const { owned, compiled, plan, result } = goldenPass(name, family);
  return {
    'desired.json': json(stateJson(compiled.desired)),
    'plan.txt': describePlan(plan)
      .map((line) => `${line}\n`)
      .join(''),
    'status.yaml': stringify(reportYaml(byAge(result)), { lineWidth: 0 }),
    'kea.json': json(memoryAfter(family, owned, plan)),
  };
};

const goldenPass = (name: string, family: Family) => {
  const world = (readYaml(name, 'world.yaml') ?? {}) as World;
  const foreign = world.foreign ?? [];
  const ledger = new Map((world.ledger ?? []).map(({ id, ...entry }) => [id, entry]));
  const before = readSnapshot(name, 'before.yaml', family);
  const earlier = before && pass(before, { ...NOTHING, ledger }, world);
  const between = readSnapshot(name, 'then.yaml', family);
  const rows = earlier?.compiled.desired ?? EMPTY_STATE;
  const owned = between
    ? pass(between, { ...NOTHING, owned: rows, ledger }, { ...world, activeLeases: world.leasesThen }).compiled.desired
    : rows;
  for (const { body, marker } of owned.subnets.values()) {
    if (marker) ledger.set(body.id, { prefix: body.subnet, object: marker.object });
  }
  const snapshot = readSnapshot(name, 'in.yaml', family);
  if (!snapshot) throw new Error(`${name}/in.yaml has no HAPair`);
  const witnesses: IdWitnesses = {
    owned,
    foreign,
    ledger,
    greatestSubnetId: Math.max(0, ...ledger.keys(), ...owned.subnets.keys()),
    leases: world.leases ?? NO_LEASES,
  };
  const { compiled, plan } = pass(snapshot, witnesses, world);
  const result = report({
    now: NOW,
    snapshot,
    definitions: DEFINITIONS,
    stage: 'served',
    serverTag: SERVER_TAG,
    database: 'db.example.org/kea',
    schemaVersion: '29.0',
    workloadProblems: [],
    backendReachable: true,
    compiled,
    plan,
    refusals: new Map(
      (Object.entries(world.refusals ?? {}) as [ObjectRef, string][]).map(([ref, text]) => [
        ref,
        { by: 'server', text },
      ]),
    ),
    waiting: new Map(),
    untried: new Map(),
    written: true,
    revision: '7',
    servers: snapshot.pair.spec.servers.map((server) => ({
      name: server.name,
      ipFamily: ipFamilyOf(family),
      reachable: true,
      serving: true,
      answers: [server.name],
      cutOff: false,
      synchronized: true,
      lastAnswer: NOW,
    })),
    drift: 0,
    adopted: [],
    ownAddresses: new Map(Object.entries(world.ownAddresses ?? {})),
  });
  return { owned, compiled, plan, result };
};

const NO_LEASES = { subnetIds: new Map<string, readonly number[]>(), greatest: 0 };
const NOTHING = { owned: EMPTY_STATE, foreign: [], greatestSubnetId: 0, leases: NO_LEASES };
/** When the last lease of a Subnet ends, in seconds since 1970. */
const LAST = NOW / 1000 + 3600;

const pass = (snapshot: Snapshot, witnesses: IdWitnesses, { activeLeases, redefined = [], configured = [] }: World) => {
  const counts = new Map<number, ActiveLeases>(
    [...witnesses.owned.subnets].map(([id, { marker }]) => [id, activeLeases?.[nameIn(marker?.object)] ?? 0]),
  );
  const made = compile(snapshot, {
    serverTag: SERVER_TAG,
    rows: witnesses,
    ids: assignSubnetIds(snapshot, witnesses),
    ledger: witnesses.ledger,
    activeLeases: counts,
    remaining: new Map(
      [...counts].flatMap(([id, leases]) => (leases === 'unknown' ? [] : [[id, { leases, last: LAST, endless: 0 }]])),
    ),
    dropsLookups: false,
    configured,
  });
  const compiled: Compiled = { ...made, desired: inOrder(made, snapshot) };
  const { pair } = snapshot;
  const allowed = pair.metadata.annotations?.['kea-operator.io/allow-mass-deletion'];
  const known = new Map<RowKind, string>(redefined.map((kind) => [kind, 'the former']));
  const plan = calculatePlan(
    compiled,
    { ...witnesses, definitions: known },
    {
      serverTag: SERVER_TAG,
      changePolicy: pair.spec.changePolicy,
      allowMassDeletion: allowed === undefined ? undefined : Number(allowed),
      pairDeleting: pair.metadata.deletionTimestamp !== undefined,
      activeLeases: new Map([...counts].flatMap(([id, count]) => (count === 'unknown' ? [] : [[id, count] as const]))),
      allowedRemovals: compiled.allowed,
      definitions: new Map(ROW_KINDS.map((kind) => [kind, 'the present'])),
    },
  );
  return { compiled, plan };
};

const nameIn = (ref: ObjectRef | undefined): string => ref?.split('/').at(-1) ?? '';

const readYaml = (name: string, file: string): unknown => {
  const text = read(name, file);
  return text === undefined ? undefined : (parse(text) as unknown);
};

const read = (name: string, file: string): string | undefined =>
  readdirSync(join(GOLDEN, name)).includes(file) ? readFileSync(join(GOLDEN, name, file), 'utf8') : undefined;

/** The objects of a file as an API server would hand them out: with defaults, a uid and a time of creation. */
const readSnapshot = (name: string, file: string, family: Family): Snapshot | undefined => {
  const text = read(name, file);
  if (text === undefined) return undefined;
  const objects = parseAllDocuments(text).map((document, index) => stored(document.toJS() as AnyKind, index));
  const of = (kind: string): readonly AnyKind[] => objects.filter((object) => object.kind === kind);
  const pair = of('HAPair').find(({ metadata }) => metadata.name === 'hq');
  return (
    pair &&
    snapshotOf({
      family,
      pair: pair as HAPair,
      definitions: of('OptionDefinition') as readonly OptionDefinition[],
      classes: of('ClientClass') as readonly ClientClass[],
      networks: of('SharedNetwork') as readonly SharedNetwork[],
      subnets: of('Subnet') as readonly Subnet[],
      reservations: of('HostReservation') as readonly HostReservation[],
    })
  );
};

const stored = (object: AnyKind, index: number): AnyKind => {
  const schema = kinds.find(({ kind }) => kind === object.kind)?.spec;
  const parsed = schema?.safeParse(object.spec);
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      namespace: 'prod',
      uid: `uid-of-${metadata.name}`,
      generation: 1,
      creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString().replace('.000', ''),
      ...metadata,
    },
    spec: parsed?.success ? parsed.data : object.spec,
  } as AnyKind;
};

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Reservations are desired subnet by subnet; a case has those that are kept before the others, and all in the order of their creation. */
const inOrder = ({ desired, kept }: Compiled, snapshot: Snapshot): KeaState => {
  const rank = ({ marker }: Item<unknown>): string => {
    const owner = marker && snapshot.find(marker.object);
    return `${marker && kept.has(marker.object) ? 0 : 1} ${owner?.created ?? ''}`;
  };
  const hosts = [...desired.hosts].sort(([, a], [, b]) => compareText(rank(a), rank(b)));
  return { ...desired, hosts: new Map(hosts) };
};

const stateJson = ({ networks, subnets, hosts }: KeaState) => ({
  networks: [...networks.values()],
  subnets: [...subnets.values()],
  hosts: [...hosts.values()],
});

/** A `desired.json`, read back. */
export const readDesired = (name: string, family: Family = DHCPV4): KeaState => {
  const items = JSON.parse(readFileSync(goldenFile(name, 'desired.json', family), 'utf8')) as Readonly<
    Record<string, readonly Item<never>[]>
  >;
  const state: Record<string, ReadonlyMap<unknown, unknown>> = {};
  for (const kind of ROW_KINDS) {
    const { rows } = KINDS[kind];
    state[rows] = new Map((items[rows] ?? []).map((item) => [keyOfRow({ kind, item }), item]));
  }
  return state as unknown as KeaState;
};

/** Networks and subnets of the pair that the servers have once the plan is done, as a configuration: rows without our marker too. */
const memoryAfter = (family: Family, owned: KeaState, { changes }: Plan): unknown => {
  const edits = changes.map(
    ({ kind, key, ...change }) => (change.op === 'remove' ? { kind, key } : { kind, key, item: change.item }) as Edit,
  );
  const { networks, subnets, hosts } = withRows(owned, edits);
  return preflightFragment(family, { networks: networks.values(), subnets: subnets.values(), hosts: hosts.values() });
};

/** A report tells of the reservations of one Subnet after those of another; a case has its objects in the order of their creation. */
const byAge = ({ statuses, events, ...rest }: Writes): Writes => {
  const age = ({ object }: { readonly object: AnyKind }): string => object.metadata.creationTimestamp ?? '';
  const reservations = <T extends { readonly object: AnyKind }>(told: readonly T[]): readonly T[] => {
    const sorted = told
      .filter(({ object }) => object.kind === 'HostReservation')
      .toSorted((a, b) => compareText(age(a), age(b)));
    return told.map((one) => (one.object.kind === 'HostReservation' ? (sorted.shift() ?? one) : one));
  };
  return { ...rest, statuses: reservations(statuses), events: reservations(events) };
};

/** A report for people: conditions on one line each. */
export const reportYaml = ({ statuses, events, released }: Writes) => ({
  statuses: Object.fromEntries(
    statuses.map(({ object, status }) => {
      const { conditions: _, observedGeneration: __, ...rest } = status as Readonly<Record<string, unknown>>;
      const conditions = [...conditionsOf(status)].map(([type, condition]) => [
        type,
        `${condition.status} ${condition.reason}: ${condition.message}`,
      ]);
      return [`${object.kind}/${object.metadata.name}`, { ...Object.fromEntries(conditions), ...rest }];
    }),
  ),
  events: events.map(
    ({ object, type, reason, note }) => `${type} ${object.kind}/${object.metadata.name} ${reason}: ${note}`,
  ),
  released: released.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
});
