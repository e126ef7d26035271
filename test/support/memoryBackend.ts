import {
  BackendRefused,
  type ConfigBackend,
  type LedgerEntry,
  type Observed,
  type Scope,
  StaleObservation,
} from '../../src/backend/backend.ts';
import { addressingOf, contains, prefixIn } from '../../src/kea/address.ts';
import type { ForeignRow, RowKind } from '../../src/kea/kinds.ts';
import type {
  ClassBody,
  HostBody,
  HostKey,
  Item,
  NetworkBody,
  OptionDefBody,
  OptionDefKey,
  SubnetBody,
} from '../../src/kea/state.ts';
import { type Change, type ChangeOf, isEmpty } from '../../src/plan/plan.ts';

interface Tagged<Body> {
  readonly item: Item<Body>;
  readonly serverTags: readonly string[];
}

/** What the tables would hold. */
export interface MemoryRows {
  readonly optionDefs: Map<OptionDefKey, Tagged<OptionDefBody>>;
  readonly classes: Map<string, Tagged<ClassBody>>;
  readonly networks: Map<string, Tagged<NetworkBody>>;
  readonly subnets: Map<number, Tagged<SubnetBody>>;
  readonly hosts: Map<HostKey, Item<HostBody>>;
  readonly ledger: Map<number, LedgerEntry>;
  readonly definitions: Map<RowKind, string>;
  readonly leases: { readonly address: string; readonly subnetId: number }[];
}

/** The contract of backend.ts without a database: for tests of what stands on it. `rows` is open to what a database's users may do by hand. */
export interface MemoryBackend extends ConfigBackend {
  rows: MemoryRows;
}

const emptyRows = (): MemoryRows => ({
  optionDefs: new Map(),
  classes: new Map(),
  networks: new Map(),
  subnets: new Map(),
  hosts: new Map(),
  ledger: new Map(),
  definitions: new Map(),
  leases: [],
});

const copyOf = (rows: MemoryRows): MemoryRows => ({
  optionDefs: new Map(rows.optionDefs),
  classes: new Map(rows.classes),
  networks: new Map(rows.networks),
  subnets: new Map(rows.subnets),
  hosts: new Map(rows.hosts),
  ledger: new Map(rows.ledger),
  definitions: new Map(rows.definitions),
  leases: [...rows.leases],
});

export const memoryBackend = (initial: Partial<MemoryRows> = {}): MemoryBackend => {
  let writes = 0;
  const backend: MemoryBackend = {
    rows: { ...emptyRows(), ...initial },
    probe: () => Promise.resolve({ schemaVersion: '29.0', writable: true }),
    observe: (scope, signal) => settle(signal, () => observe(backend.rows, scope, String(writes))),
    revision: (signal) => settle(signal, () => String(writes)),
    apply: (plan, scope, basis, signal, mayCommit) =>
      settle(signal, () => {
        if (isEmpty(plan)) return basis;
        if (basis !== String(writes)) throw new StaleObservation('somebody wrote meanwhile');
        const rows = copyOf(backend.rows);
        for (const change of plan.changes) tryWrite(rows, change, scope.serverTag);
        for (const [kind, uid] of plan.records?.definitions ?? []) rows.definitions.set(kind, uid);
        mayCommit?.();
        backend.rows = rows;
        return String(++writes);
      }),
    close: () => Promise.resolve(),
  };
  return backend;
};

const settle = <T>(signal: AbortSignal | undefined, work: () => T): Promise<T> => {
  return new Promise((resolve) => {
    signal?.throwIfAborted();
    resolve(work());
  });
};

const observe = (rows: MemoryRows, scope: Scope, revision: string): Observed => {
  const own = ({ item, serverTags }: Tagged<unknown>): boolean =>
    item.marker !== undefined && serverTags.length === 1 && serverTags[0] === scope.serverTag;
  const ownedOf = <Key, Body>(tagged: ReadonlyMap<Key, Tagged<Body>>): ReadonlyMap<Key, Item<Body>> =>
    new Map([...tagged].flatMap(([key, row]) => (own(row) ? [[key, row.item]] : [])));
  const foreign: ForeignRow[] = [
    ...[...rows.optionDefs.values()].flatMap((row) => (own(row) ? [] : [{ kind: 'option-def' as const, ...row }])),
    ...[...rows.classes.values()].flatMap((row) => (own(row) ? [] : [{ kind: 'class' as const, ...row }])),
    ...[...rows.networks.values()].flatMap((row) => (own(row) ? [] : [{ kind: 'network' as const, ...row }])),
    ...[...rows.subnets.values()].flatMap((row) => (own(row) ? [] : [{ kind: 'subnet' as const, ...row }])),
    ...[...rows.hosts.values()].flatMap((item) =>
      item.marker ? [] : [{ kind: 'host' as const, item, serverTags: [] }],
    ),
  ];
  const ids = [
    ...rows.ledger.keys(),
    ...rows.subnets.keys(),
    ...[...rows.hosts.values()].map(({ body }) => body['subnet-id']),
    ...rows.leases.map(({ subnetId }) => subnetId),
  ];
  return {
    owned: {
      optionDefs: ownedOf(rows.optionDefs),
      classes: ownedOf(rows.classes),
      networks: ownedOf(rows.networks),
      subnets: ownedOf(rows.subnets),
      hosts: new Map([...rows.hosts].filter(([, item]) => item.marker)),
    },
    foreign,
    ledger: new Map(rows.ledger),
    definitions: new Map(rows.definitions),
    greatestSubnetId: ids.reduce((greatest, id) => Math.max(greatest, id), 0),
    leaseSubnetIds: leaseSubnetIds(rows, scope.prefixes),
    revision,
  };
};

const leaseSubnetIds = (rows: MemoryRows, prefixes: readonly string[]): ReadonlyMap<string, readonly number[]> => {
  const asked = prefixes.flatMap((text) => prefixIn(text) ?? []);
  const found = asked.map((prefix) => {
    const within = rows.leases.filter(({ address }) => contains(prefix, addressingOf(address).parse(address) ?? -1n));
    return [prefix.text, [...new Set(within.map(({ subnetId }) => subnetId))].sort((a, b) => a - b)] as const;
  });
  return new Map(found.filter(([, ids]) => ids.length > 0));
};

const tryWrite = (rows: MemoryRows, change: Change, serverTag: string): void => {
  try {
    write(rows, change, serverTag);
  } catch (error) {
    throw error instanceof BackendRefused
      ? new BackendRefused(error.message, new Map([[change, error.message]]))
      : error;
  }
};

const write = (rows: MemoryRows, change: Change, serverTag: string): void => {
  const writer = WRITERS[change.kind] as (rows: MemoryRows, change: Change, serverTag: string) => void;
  writer(rows, change, serverTag);
};

const writeNetwork = (rows: MemoryRows, change: ChangeOf<'network'>, serverTag: string): void => {
  const { networks, subnets } = rows;
  if (change.op !== 'remove') {
    put(networks, change, serverTag);
    return;
  }
  networks.delete(change.key);
  // As Kea's trigger does.
  for (const [id, { item, serverTags }] of subnets) {
    const { 'shared-network-name': name, ...body } = item.body;
    if (name === change.key) subnets.set(id, { item: { ...item, body }, serverTags });
  }
};

const writeSubnet = (rows: MemoryRows, change: ChangeOf<'subnet'>, serverTag: string): void => {
  if (change.op === 'remove') {
    rows.subnets.delete(change.key);
    return;
  }
  const { body, marker } = change.item;
  const network = body['shared-network-name'];
  if (network !== undefined && !rows.networks.has(network)) throw new BackendRefused(`no shared network ${network}`);
  for (const [id, { item }] of rows.subnets) {
    if (id !== change.key && item.body.subnet === body.subnet)
      throw new BackendRefused(`prefix ${body.subnet} is taken`);
  }
  put(rows.subnets, change, serverTag);
  if (!marker) return;
  rows.ledger.set(change.key, { subnetId: change.key, prefix: body.subnet, object: marker.object });
};

const writeHost = ({ hosts }: MemoryRows, change: ChangeOf<'host'>): void => {
  if (change.op === 'remove') {
    hosts.delete(change.key);
    return;
  }
  checkPresence(hosts, change);
  hosts.set(change.key, change.op === 'release' ? { body: change.item.body } : change.item);
};

const WRITERS: {
  readonly [K in RowKind]: (rows: MemoryRows, change: ChangeOf<K>, serverTag: string) => void;
} = {
  'option-def': ({ optionDefs }, change, serverTag) => {
    if (change.op === 'remove') optionDefs.delete(change.key);
    else put(optionDefs, change, serverTag);
  },
  class: ({ classes }, change, serverTag) => {
    if (change.op === 'remove') classes.delete(change.key);
    else put(classes, change, serverTag);
  },
  network: writeNetwork,
  subnet: writeSubnet,
  host: writeHost,
};

type Put<Key, Body> = { readonly key: Key } & {
  readonly op: 'create' | 'update' | 'release';
  readonly item: Item<Body>;
};

const put = <Key, Body>(rows: Map<Key, Tagged<Body>>, change: Put<Key, Body>, serverTag: string): void => {
  checkPresence(rows, change);
  const was = rows.get(change.key);
  const item = change.op === 'release' ? { body: change.item.body } : change.item;
  rows.set(change.key, { item, serverTags: was?.serverTags ?? [serverTag] });
};

const checkPresence = <Key>(
  rows: ReadonlyMap<Key, unknown>,
  { op, key }: { readonly op: string; readonly key: Key },
): void => {
  const there = rows.has(key);
  if (op === 'create' && there) throw new BackendRefused(`${String(key)} is there already`);
  if (op !== 'create' && !there) throw new StaleObservation(`${String(key)} is gone`);
};
