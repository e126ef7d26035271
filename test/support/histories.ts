/** Worlds that change step by step, for tests of what remembers the step before: objects, rows that others write, the pair, ids and leases. */
import fc from 'fast-check';
import type {
  ClientClass,
  HAPair,
  HostReservation,
  OptionDefinition,
  SharedNetwork,
  Subnet,
} from '../../src/api/index.ts';
import type { ActiveLeases, IdEntry, LeasesLeft } from '../../src/compile/types.ts';
import { ipFamilyOf } from '../../src/kea/families.ts';
import type { Family } from '../../src/kea/family.ts';
import { emptyState, type Filling, type ForeignRow, type KeaState } from '../../src/kea/kinds.ts';
import type { Writes } from '../../src/status/types.ts';
import { copyOf, rowEdit, surroundings } from './historyOthers.ts';
import { clientClass, definition, network, pair, reservation, subnet, TO_PAIR } from './objects.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

type Stored = OptionDefinition | ClientClass | SharedNetwork | Subnet | HostReservation;

/** What a pass looks at. */
export interface World {
  pair: HAPair;
  readonly objects: Map<string, Stored>;
  owned: Filling;
  foreign: readonly ForeignRow[];
  ledger: ReadonlyMap<number, IdEntry>;
  activeLeases: ReadonlyMap<number, ActiveLeases>;
  /** Of Subnets that are drained. */
  remaining: ReadonlyMap<number, LeasesLeft>;
  leases: 'unreadable' | 'none';
  dropsLookups: boolean;
  /** Whether a server has not taken all that is written. */
  isBehind: boolean;
}

export const emptyWorld = (family: Family): World => ({
  pair: pair({ ipFamilies: [ipFamilyOf(family)] }),
  objects: new Map(),
  owned: emptyState(),
  foreign: [],
  ledger: new Map(),
  activeLeases: new Map(),
  remaining: new Map(),
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
    { optionData: [{ name: 'site', data: '7' }] },
    { optionData: [{ code: 230, csvFormat: false, data: '07' }] },
    { clientClasses: ['silver'] },
    { evaluateAdditionalClasses: ['boot'] },
    { interface: 'lan0' },
    { interface: 'wan0' },
    { reservationsInSubnet: false },
    { reservationsOutOfPool: true },
    { reservationsGlobal: true },
    { deletionPolicy: 'Orphan' },
    { deletionPolicy: 'Drain' },
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

const CLASSES = ['gold', 'silver', 'boot'] as const;
const someClass = ({ networks: family }: Vocabulary) =>
  fc
    .tuple(
      fc.constantFrom(...CLASSES),
      spoiled(
        fc
          .tuple(
            fc.constantFrom(TO_PAIR, TO_PAIR, { haPairRef: { name: 'other' } }),
            fc.constantFrom<object>(
              {},
              { test: 'option[60].exists' },
              { test: "member('gold')" },
              { test: "not member('silver')" },
              { test: "member('KNOWN')" },
              { test: 'option[60' },
              { name: 'silver' },
            ),
            fc.constantFrom<object>(
              {},
              { order: -1 },
              { validLifetime: 300 },
              { optionData: [{ name: 'site', data: '9' }] },
              { optionData: [{ code: 230, csvFormat: false, data: '09', clientClasses: ['gold'] }] },
            ),
          )
          .map((parts) => merged(family, { order: 0 }, ...parts)),
      ),
      meta,
    )
    .map(([of, spec, more]) => clientClass(of, spec, more));
const someDefinition = ({ networks: family }: Vocabulary) =>
  fc
    .tuple(
      fc.constantFrom('site', 'tray'),
      spoiled(
        fc
          .tuple(
            fc.constantFrom(TO_PAIR, TO_PAIR, { haPairRef: { name: 'other' } }),
            fc.constantFrom<object>(
              { code: 230, type: 'uint8' },
              { code: 230, type: 'uint16' },
              { code: 231, type: 'string' },
              { code: 3, type: 'string' },
              { code: 231, type: 'uint8', name: 'site' },
            ),
          )
          .map((parts) => merged(family, ...parts)),
      ),
      meta,
    )
    .map(([of, spec, more]) => definition(of, spec, more));

const puts = (words: Vocabulary) =>
  fc.oneof(
    { weight: 1, arbitrary: someDefinition(words) },
    { weight: 2, arbitrary: someClass(words) },
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
export const write = (world: World, desired: KeaState): void => {
  world.owned = copyOf(desired);
  const ledger = new Map(world.ledger);
  for (const [id, { body, marker }] of desired.subnets) {
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
