/** Worlds that change step by step, for tests of what remembers the step before: objects, rows that others write, the pair, ids and leases. */
import fc from 'fast-check';
import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../../src/api/index.ts';
import type { ActiveLeases, IdEntry } from '../../src/compile/types.ts';
import type { ForeignRow, KeaState } from '../../src/kea/kinds.ts';
import {
  type HostBody,
  type HostKey,
  hostKey,
  type Item,
  type NetworkBody,
  type ObjectRef,
  type SubnetBody,
} from '../../src/kea/state.ts';
import type { Writes } from '../../src/status/types.ts';
import { network, pair, reservation, subnet, TO_PAIR } from './objects.ts';

type Stored = SharedNetwork | Subnet | HostReservation;

/** What a pass looks at. */
export interface World {
  pair: HAPair;
  readonly objects: Map<string, Stored>;
  owned: {
    networks: Map<string, Item<NetworkBody>>;
    subnets: Map<number, Item<SubnetBody>>;
    hosts: Map<HostKey, Item<HostBody>>;
  };
  foreign: readonly ForeignRow[];
  ledger: ReadonlyMap<number, IdEntry>;
  activeLeases: ReadonlyMap<number, ActiveLeases>;
  leases: 'unreadable' | 'none';
  dropsLookups: boolean;
  /** Whether a server has not taken all that is written. */
  isBehind: boolean;
}

export const emptyWorld = (): World => ({
  pair: pair(),
  objects: new Map(),
  owned: { networks: new Map(), subnets: new Map(), hosts: new Map() },
  foreign: [],
  ledger: new Map(),
  activeLeases: new Map(),
  leases: 'none',
  dropsLookups: false,
  isBehind: false,
});

export const keyOf = ({ kind, metadata }: Stored): string => `${kind}/${metadata.name}`;

/** One step; told which object came or went. */
export type Step = (world: World, told: (put: Stored | undefined, removed: Stored | undefined) => void) => void;

const [NETWORKS, SUBNETS, HOSTS] = [2, 5, 9];
const name = (prefix: string, most: number) => fc.nat(most - 1).map((n) => `${prefix}${n}`);
const meta = fc.record(
  {
    age: fc.nat(3),
    deleting: fc.constantFrom(false, false, false, true),
    generation: fc.nat(2),
    annotations: fc.constantFrom({}, { 'kea-operator.io/adopt': 'true' }),
  },
  { requiredKeys: ['age'] },
);
const spoiled = <T>(good: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 12, arbitrary: good },
    { weight: 1, arbitrary: fc.constantFrom<unknown>({}, null, 'x', { ...TO_PAIR, cidr: 7 }) },
  );
const options = fc.constantFrom<unknown>(
  {},
  {},
  { validLifetime: 600 },
  { optionData: [{ name: 'routers', data: '10.0.0.1' }] },
  { optionData: [{ name: 'routers', data: '10.0.0.120,10.0.1.10' }] },
  { optionData: [{ name: 'routers', data: '10.0.1.10' }] },
  { optionData: [{ name: 'routers', data: 'x' }] },
  { interface: 'lan0' },
  { interface: 'wan0' },
  { reservationsInSubnet: false },
  { reservationsOutOfPool: true },
  { reservationsGlobal: true },
  { deletionPolicy: 'Orphan' },
  { deletionPolicy: 'Delete' },
);
const merged = (...parts: unknown[]): object => Object.assign({}, ...parts) as object;
const inNetwork = { sharedNetworkRef: { name: 'n0' } };

const someNetwork = fc
  .tuple(
    name('n', NETWORKS),
    spoiled(
      fc
        .tuple(fc.constantFrom(TO_PAIR, TO_PAIR, { haPairRef: { name: 'other' } }), options)
        .map((parts) => merged(...parts)),
    ),
    meta,
  )
  .map(([of, spec, more]) => network(of, spec, more));
const someSubnet = fc
  .tuple(
    name('s', SUBNETS),
    spoiled(
      fc
        .tuple(
          fc.constantFrom<object>(
            TO_PAIR,
            TO_PAIR,
            TO_PAIR,
            inNetwork,
            { sharedNetworkRef: { name: 'n1' } },
            { haPairRef: { name: 'other' } },
          ),
          fc.constantFrom('10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.2.128/25', '10.0.0.0/23', '10.0.3.0/24'),
          fc.constantFrom<object>(
            {},
            {},
            { subnetId: 2 },
            { subnetId: 3 },
            { pools: [{ pool: '10.0.0.100-10.0.0.199' }] },
            { pools: [{ pool: '10.0.1.10/32', clientClasses: ['gold'] }] },
          ),
          options,
        )
        .map(([of, cidr, more, rest]) => merged(of, { cidr }, more, rest)),
    ),
    meta,
  )
  .map(([of, spec, more]) => subnet(of, spec, more));
const someReservation = fc
  .tuple(
    name('r', HOSTS),
    spoiled(
      fc
        .tuple(
          fc.oneof(
            { weight: 8, arbitrary: name('s', SUBNETS).map((of) => ({ subnetRef: { name: of } })) },
            { weight: 2, arbitrary: fc.constant(TO_PAIR) },
          ),
          fc.nat(5).map((n) => ({ identifier: { hwAddress: `02:00:5e:10:00:0${n}` } })),
          fc.constantFrom<object>(
            ...['10.0.0.9', '10.0.0.120', '10.0.1.9', '10.0.1.10', '10.0.2.200'].map((ipAddress) => ({ ipAddress })),
            {},
          ),
          fc.constantFrom<object>(
            {},
            {},
            { clientClasses: ['gold'] },
            { hostname: 'a' },
            { optionData: [{ name: 'routers', data: '10.0.0.130' }] },
          ),
        )
        .map((parts) => merged(...parts)),
    ),
    meta,
  )
  .map(([of, spec, more]) => reservation(of, spec, more));

const puts = fc.oneof(
  { weight: 1, arbitrary: someNetwork },
  { weight: 4, arbitrary: someSubnet },
  { weight: 6, arbitrary: someReservation },
);

const put = puts.map((object): Step => (world, told) => {
  world.objects.set(keyOf(object), object);
  told(object, undefined);
});
const remove = fc.nat(30).map((at): Step => (world, told) => {
  const object = [...world.objects.values()][at];
  if (object === undefined) return;
  world.objects.delete(keyOf(object));
  told(undefined, object);
});
const somePair = fc
  .tuple(
    fc.constantFrom<object>(
      {},
      {},
      { mode: 'LoadBalancing' },
      { dhcp4: { reservationsGlobal: true } },
      { dhcp4: { hostReservationIdentifiers: ['client-id'] } },
      { dhcp4: { validLifetime: 900 } },
      { servers: [null] },
    ),
    fc.constantFrom(false, false, false, true),
    fc.constantFrom({}, { 'kea-operator.io/allow-removal': 's0,3' }),
  )
  .map(([spec, deleting, annotations]): Step => (world) => {
    world.pair = pair(spec, { deleting, annotations });
  });

const edit = <Key, T>(map: Map<Key, Item<T>>, at: number, change: (item: Item<T>) => Item<T> | undefined): void => {
  const entry = [...map][at];
  if (entry === undefined) return;
  const [key, item] = entry;
  const next = change(item);
  if (next) map.set(key, next);
  else map.delete(key);
};
const owner = fc.constantFrom<ObjectRef>(
  'Subnet/prod/s0',
  'Subnet/prod/s1',
  'HostReservation/prod/r0',
  'HostReservation/prod/r1',
  'HostReservation/prod/gone',
);
/** What somebody does to rows by hand. */
const rowEdit = fc
  .record({ at: fc.nat(9), how: fc.constantFrom('drop', 'own', 'change', 'move'), object: owner })
  .map(({ at, how, object }): Step => (world) => {
    const { networks, subnets, hosts } = world.owned;
    world.owned = { networks: new Map(networks), subnets: new Map(subnets), hosts: new Map(hosts) };
    const change = <T extends object>(item: Item<T>): Item<T> | undefined => {
      if (how === 'drop' || !item.marker) return undefined;
      if (how === 'own') return { ...item, marker: { ...item.marker, object } };
      return { ...item, body: { ...item.body, 'next-server': '10.0.0.7' } };
    };
    const isHost = object.startsWith('Host');
    if (!isHost) {
      edit(world.owned.subnets, at % 5, change);
      return;
    }
    if (how !== 'move') {
      edit(world.owned.hosts, at, change);
      return;
    }
    const item = [...world.owned.hosts.values()][at];
    if (!item) return;
    const body: HostBody = { ...item.body, 'subnet-id': 1 + (at % 4) };
    world.owned.hosts.set(hostKey(body), { ...item, body });
  });
const foreignRows = fc.constantFrom<readonly ForeignRow[]>(
  [],
  [{ kind: 'subnet', item: { body: { id: 3, subnet: '10.0.3.0/24' } }, serverTags: ['all'] }],
  [
    {
      kind: 'host',
      item: {
        body: { 'subnet-id': 1, 'identifier-type': 'hw-address', identifier: '02005e100001', 'ip-address': '10.0.0.9' },
      },
      serverTags: [],
    },
  ],
  [{ kind: 'network', item: { body: { name: 'n0' } }, serverTags: ['x'] }],
);
const surroundings = fc
  .record({
    foreign: foreignRows,
    leases: fc.constantFrom<World['leases']>('none', 'none', 'unreadable'),
    dropsLookups: fc.boolean(),
    isBehind: fc.boolean(),
    activeLeases: fc.constantFrom<ReadonlyMap<number, ActiveLeases>>(
      new Map(),
      new Map([[1, 0]]),
      new Map([
        [1, 4],
        [2, 0],
      ]),
    ),
  })
  .map((next): Step => (world) => {
    Object.assign(world, next);
  });
/** What the last pass wanted is written. */
const written = fc.constant('write' as const);

export type Edit = Step | 'write';
export const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: put },
    { weight: 3, arbitrary: remove },
    { weight: 2, arbitrary: somePair },
    { weight: 3, arbitrary: rowEdit },
    { weight: 1, arbitrary: surroundings },
    { weight: 5, arbitrary: written },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** The rows once everything that was desired is written. */
export const write = (world: World, { networks, subnets, hosts }: KeaState): void => {
  world.owned = { networks: new Map(networks), subnets: new Map(subnets), hosts: new Map(hosts) };
  const ledger = new Map(world.ledger);
  for (const [id, { body, marker }] of subnets) {
    if (marker) ledger.set(id, { prefix: body.subnet, object: marker.object, deletionPolicy: 'Protect' });
  }
  world.ledger = ledger;
};

/** The objects with what a report says of them. */
export const withStatuses = (world: World, { statuses }: Writes): readonly Stored[] =>
  statuses.flatMap(({ object, status }) => {
    const key = `${object.kind}/${object.metadata.name}`;
    const stored = world.objects.get(key);
    if (!stored) return [];
    const next = { ...stored, status: { ...stored.status, ...status } } as Stored;
    world.objects.set(key, next);
    return [next];
  });
