/** Worlds that change step by step, for tests of what remembers the step before: objects, rows that others write, the pair, ids and leases. */
import fc from 'fast-check';
import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../../src/api/index.ts';
import type { ActiveLeases, IdEntry } from '../../src/compile/types.ts';
import { ipFamilyOf } from '../../src/kea/families.ts';
import type { Family } from '../../src/kea/family.ts';
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
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

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

export const emptyWorld = (family: Family): World => ({
  pair: pair({ ipFamilies: [ipFamilyOf(family)] }),
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
    annotations: fc.constantFrom<Record<string, string>>(
      {},
      { 'kea-operator.io/adopt': 'true' },
      { 'kea-operator.io/silence': 'DispensableSubnet' },
    ),
  },
  { requiredKeys: ['age'] },
);
const spoiled = <T>(good: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 12, arbitrary: good },
    { weight: 1, arbitrary: fc.constantFrom<unknown>({}, null, 'x', { ...TO_PAIR, cidr: 7 }) },
  );

const optionsOf = (words: Vocabulary) =>
  fc.constantFrom<unknown>(
    {},
    {},
    { validLifetime: 600 },
    ...words.options,
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

const someNetwork = (words: Vocabulary) =>
  fc
    .tuple(
      name('n', NETWORKS),
      spoiled(
        fc
          .tuple(fc.constantFrom(TO_PAIR, TO_PAIR, { haPairRef: { name: 'other' } }), optionsOf(words))
          .map((parts) => merged(words.networks, ...parts)),
      ),
      meta,
    )
    .map(([of, spec, more]) => network(of, spec, more));
const someSubnet = (words: Vocabulary) =>
  fc
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
            fc.constantFrom(...words.prefixes),
            fc.constantFrom<object>({}, {}, { subnetId: 2 }, { subnetId: 3 }, ...words.pools),
            optionsOf(words),
          )
          .map(([of, cidr, more, rest]) => merged(of, { cidr }, more, rest)),
      ),
      meta,
    )
    .map(([of, spec, more]) => subnet(of, spec, more));
const someReservation = (words: Vocabulary) =>
  fc
    .tuple(
      name('r', HOSTS),
      spoiled(
        fc
          .tuple(
            fc.oneof(
              { weight: 8, arbitrary: name('s', SUBNETS).map((of) => ({ subnetRef: { name: of } })) },
              { weight: 2, arbitrary: fc.constant({ ...TO_PAIR, ...words.hosts }) },
            ),
            fc.nat(5).map((n) => ({ identifier: { hwAddress: `02:00:5e:10:00:0${n}` } })),
            fc.constantFrom<object>(...words.reserved, {}),
            fc.constantFrom<object>({}, {}, { clientClasses: ['gold'] }, { hostname: 'a' }, ...words.hostOptions),
          )
          .map((parts) => merged(...parts)),
      ),
      meta,
    )
    .map(([of, spec, more]) => reservation(of, spec, more));

const puts = (words: Vocabulary) =>
  fc.oneof(
    { weight: 1, arbitrary: someNetwork(words) },
    { weight: 4, arbitrary: someSubnet(words) },
    { weight: 6, arbitrary: someReservation(words) },
  );

const put = (words: Vocabulary) =>
  puts(words).map((object): Step => (world, told) => {
    world.objects.set(keyOf(object), object);
    told(object, undefined);
  });
const remove = fc.nat(30).map((at): Step => (world, told) => {
  const object = [...world.objects.values()][at];
  if (object === undefined) return;
  world.objects.delete(keyOf(object));
  told(undefined, object);
});
const somePair = ({ family, globals }: Vocabulary) =>
  fc
    .tuple(
      fc.constantFrom<object>(
        {},
        {},
        { mode: 'LoadBalancing' },
        { [globals]: { reservationsGlobal: true } },
        { [globals]: { hostReservationIdentifiers: ['duid'] } },
        { [globals]: { validLifetime: 900 } },
        { servers: [null] },
        { ipFamilies: [ipFamilyOf({ version: family.version === 4 ? 6 : 4 })] },
      ),
      fc.constantFrom(false, false, false, true),
      fc.constantFrom({}, { 'kea-operator.io/allow-removal': 's0,3' }),
    )
    .map(([spec, deleting, annotations]): Step => (world) => {
      world.pair = pair({ ipFamilies: [ipFamilyOf(family)], ...spec }, { deleting, annotations });
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
const rowEdit = (words: Vocabulary) =>
  fc
    .record({ at: fc.nat(9), how: fc.constantFrom('drop', 'own', 'change', 'move'), object: owner })
    .map(({ at, how, object }): Step => (world) => {
      const { networks, subnets, hosts } = world.owned;
      world.owned = { networks: new Map(networks), subnets: new Map(subnets), hosts: new Map(hosts) };
      const change = <T extends object>(item: Item<T>): Item<T> | undefined => {
        if (how === 'drop' || !item.marker) return undefined;
        if (how === 'own') return { ...item, marker: { ...item.marker, object } };
        return { ...item, body: { ...item.body, ...words.changed } };
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
const foreignRows = (words: Vocabulary) =>
  fc.constantFrom<readonly ForeignRow[]>(
    [],
    ...words.foreign.map((body): readonly ForeignRow[] => [{ kind: 'subnet', item: { body }, serverTags: ['all'] }]),
    [
      {
        kind: 'host',
        item: {
          body: {
            'subnet-id': 1,
            'identifier-type': 'hw-address',
            identifier: '02005e100001',
            ...words.foreignHost,
          },
        },
        serverTags: [],
      },
    ],
    [{ kind: 'network', item: { body: { name: 'n0' } }, serverTags: ['x'] }],
  );
const surroundings = (words: Vocabulary) =>
  fc
    .record({
      foreign: foreignRows(words),
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
const editsWith = (words: Vocabulary): fc.Arbitrary<readonly Edit[]> =>
  fc.array(
    fc.oneof(
      { weight: 12, arbitrary: put(words) },
      { weight: 3, arbitrary: remove },
      { weight: 2, arbitrary: somePair(words) },
      { weight: 3, arbitrary: rowEdit(words) },
      { weight: 1, arbitrary: surroundings(words) },
      { weight: 5, arbitrary: written },
    ),
    { minLength: 1, maxLength: 60, size: 'max' },
  );

/** Steps of a world whose objects are of the family. */
export const editsOf = (family: Family): fc.Arbitrary<readonly Edit[]> => editsWith(vocabularyOf(family));

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
