/** What others do in worlds that change step by step (histories.ts): to rows, by hand, and to what a pass cannot read. */
import fc from 'fast-check';
import type { ActiveLeases } from '../../src/compile/types.ts';
import {
  emptyState,
  type Filling,
  fillingOf,
  type ForeignRow,
  type KeaState,
  ROW_KINDS,
  rowsOf,
} from '../../src/kea/kinds.ts';
import { type HostBody, hostKey, type Item, type ObjectRef } from '../../src/kea/state.ts';
import type { Step, World } from './histories.ts';
import type { Vocabulary } from './vocabulary.ts';

export const copyOf = (state: KeaState): Filling => {
  const copy = emptyState();
  for (const kind of ROW_KINDS) {
    const rows = fillingOf(copy, kind) as Map<unknown, unknown>;
    for (const [key, item] of rowsOf(state, kind)) rows.set(key, item);
  }
  return copy;
};

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
  'ClientClass/prod/gold',
  'ClientClass/prod/gone',
  'OptionDefinition/prod/site',
  'OptionDefinition/prod/gone',
);
/** What somebody does to rows by hand. */
export const rowEdit = (words: Vocabulary) =>
  fc
    .record({ at: fc.nat(9), how: fc.constantFrom('drop', 'own', 'change', 'move'), object: owner })
    .map(({ at, how, object }): Step => (world) => {
      world.owned = copyOf(world.owned);
      const change = <T extends object>(item: Item<T>): Item<T> | undefined => {
        if (how === 'drop' || !item.marker) return undefined;
        if (how === 'own') return { ...item, marker: { ...item.marker, object } };
        return { ...item, body: { ...item.body, ...words.changed } };
      };
      if (object.startsWith('ClientClass')) {
        edit(world.owned.classes, at % 3, change);
        return;
      }
      if (object.startsWith('OptionDefinition')) {
        edit(world.owned.optionDefs, at % 2, change);
        return;
      }
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
export const surroundings = (words: Vocabulary) =>
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
      remaining: fc.constantFrom<World['remaining']>(
        new Map(),
        new Map([
          [1, { leases: 2, endless: 0 }],
          [2, { leases: 0, endless: 1 }],
        ]),
      ),
    })
    .map((next): Step => (world) => {
      Object.assign(world, next);
    });
