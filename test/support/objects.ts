/** Builders of custom resources and of what a database holds, for tests of the pure folders. */
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
import { namespaceOf } from '../../src/compile/namespace.ts';
import { takeSnapshot } from '../../src/compile/snapshot.ts';
import { assignSubnetIds } from '../../src/compile/subnetIds.ts';
import type {
  Children,
  Compiled,
  IdEntry,
  IdWitnesses,
  Sharing,
  Snapshot,
  Surroundings,
} from '../../src/compile/types.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { Family } from '../../src/kea/family.ts';
import { emptyState, type ForeignRow, type KeaState } from '../../src/kea/kinds.ts';
import type { Item, ObjectRef } from '../../src/kea/state.ts';
import type { Definitions } from '../../src/status/types.ts';

export const NAMESPACE = 'prod';
export const SERVER_TAG = 'prod.hq';
export const EMPTY_STATE: KeaState = emptyState();

interface Meta {
  /** Minutes after midnight of the object's creation: the smaller the older. */
  readonly age?: number;
  readonly deleting?: boolean;
  readonly annotations?: Record<string, string>;
  readonly generation?: number;
  readonly finalizers?: string[];
  readonly status?: unknown;
}

const meta = (name: string, { age = 0, deleting = false, annotations, generation = 1, finalizers }: Meta) => ({
  name,
  namespace: NAMESPACE,
  uid: `uid-${name}`,
  generation,
  creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, age)).toISOString().replace('.000', ''),
  ...(deleting ? { deletionTimestamp: '2026-02-01T00:00:00Z' } : {}),
  ...(annotations ? { annotations } : {}),
  ...(finalizers ? { finalizers } : {}),
});

/** An object of a kind, whatever its spec: tests pass garbage too. */
const build = (kind: string, name: string, spec: unknown, options: Meta): unknown => ({
  apiVersion: 'kea-operator.io/v1alpha1',
  kind,
  metadata: meta(name, options),
  spec,
  ...(options.status === undefined ? {} : { status: options.status }),
});

export const clientClass = (name: string, spec: unknown, options: Meta = {}) =>
  build('ClientClass', name, { haPairRef: { name: 'hq' }, ...(spec as object) }, options) as ClientClass;
export const definition = (name: string, spec: unknown, options: Meta = {}) =>
  build('OptionDefinition', name, { haPairRef: { name: 'hq' }, ...(spec as object) }, options) as OptionDefinition;
export const network = (name: string, spec: unknown, options: Meta = {}) =>
  build('SharedNetwork', name, spec, options) as SharedNetwork;
export const subnet = (name: string, spec: unknown, options: Meta = {}) =>
  build('Subnet', name, spec, options) as Subnet;
export const reservation = (name: string, spec: unknown, options: Meta = {}) =>
  build('HostReservation', name, spec, options) as HostReservation;

/** The HAPair hq: two servers, a and b, that listen on lan0. */
export const pair = (spec: Readonly<Partial<Record<keyof HAPairSpec, unknown>>> = {}, options: Meta = {}): HAPair =>
  build(
    'HAPair',
    'hq',
    {
      mode: 'HotStandby',
      servers: [
        { name: 'a', node: 'node1', interfaces: ['lan0'] },
        { name: 'b', node: 'node2', interfaces: ['lan0'] },
      ],
      ha: { heartbeatDelay: 1000, maxResponseDelay: 60_000 },
      ...spec,
    },
    options,
  ) as HAPair;

/** All definitions are whole. */
export const DEFINITIONS: Definitions = {
  uids: new Map(kinds.map(({ kind }) => [kind, `uid-of-${kind}`])),
  leaving: new Set(),
  missing: new Set(),
  forbidden: new Set(),
};

export const TO_PAIR = { haPairRef: { name: 'hq' } };

/** The custom resources of a namespace, as they are stored, and the pair of which a pass is taken. */
export interface Scene extends Children {
  /** Left out: DHCPv4. */
  readonly family?: Family;
  readonly pair: HAPair;
  readonly sharing?: Sharing;
}

export const sceneOf = (children: Partial<Children>, of: HAPair = pair()): Scene => ({
  pair: of,
  networks: [],
  subnets: [],
  reservations: [],
  ...children,
});

export interface Database {
  readonly owned?: KeaState;
  readonly foreign?: readonly ForeignRow[];
  readonly ledger?: ReadonlyMap<number, IdEntry>;
}

export const witnesses = (database: Database = {}, more: Partial<IdWitnesses> = {}): IdWitnesses => ({
  owned: database.owned ?? EMPTY_STATE,
  foreign: database.foreign ?? [],
  ledger: database.ledger ?? new Map(),
  greatestSubnetId: Math.max(0, ...(database.owned?.subnets.keys() ?? []), ...(database.ledger?.keys() ?? [])),
  leases: { subnetIds: new Map(), greatest: 0 },
  ...more,
});

/** What a pass looks at in a scene. */
export const snapshotOf = (scene: Scene): Snapshot =>
  takeSnapshot(scene.pair, scene.family ?? DHCPV4, namespaceOf(scene), scene.sharing);

/** What a pass looks at where these are all there is. */
export const gathered = (children: Partial<Children>, of: HAPair = pair()): Snapshot =>
  snapshotOf(sceneOf(children, of));

/** Ids and compile in one, as a pass does it. */
export const compileWith = (scene: Scene, database: Database = {}, more: Partial<Surroundings> = {}): Compiled => {
  const snapshot = snapshotOf(scene);
  return compile(snapshot, {
    serverTag: SERVER_TAG,
    rows: { owned: database.owned ?? EMPTY_STATE, foreign: database.foreign ?? [] },
    ids: assignSubnetIds(snapshot, witnesses(database)),
    ledger: database.ledger ?? new Map(),
    activeLeases: new Map(),
    dropsLookups: false,
    ...more,
  });
};

/** Rows as plain maps. */
export const plainRows = ({ optionDefs, classes, networks, subnets, hosts }: KeaState): KeaState => ({
  optionDefs: new Map(optionDefs),
  classes: new Map(classes),
  networks: new Map(networks),
  subnets: new Map(subnets),
  hosts: new Map(hosts),
});

/** `accepted`, or the reason of the rejection; `none` where there is no verdict. */
export const verdictOf = (compiled: Compiled, ref: ObjectRef): string => {
  const verdict = compiled.verdicts.get(ref);
  return verdict === undefined ? 'none' : verdict.accepted ? 'accepted' : verdict.reason;
};

export const messageOf = (compiled: Compiled, ref: ObjectRef): string => {
  const verdict = compiled.verdicts.get(ref);
  return verdict === undefined || verdict.accepted ? '' : verdict.message;
};

/** The same rows without the markers: as if nobody had written them. */
export const unmarked = <Body>({ body }: Item<Body>): Item<Body> => ({ body });
