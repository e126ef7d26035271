/**
 * The one table of the kinds of rows: what a pair has in its database. States, plans, the order of changes, memory and reports loop over it; a kind that
 * one of them forgot would not compile.
 */
import { prefixIn, type Range, rangeSet } from './address.ts';
import { classesNamedBy } from './classNames.ts';
import { HostMap } from './partedMap.ts';
import {
  type ClassBody,
  type HostBody,
  type HostKey,
  hostKey,
  type Item,
  type NetworkBody,
  type OptionData,
  type OptionDefBody,
  type OptionDefKey,
  optionDefKey,
  reservedIn,
  type SubnetBody,
} from './state.ts';

/** Of each kind: the property of a KeaState, the kind of the custom resource, the key and the body of a row. */
interface RowKinds {
  readonly 'option-def': {
    readonly rows: 'optionDefs';
    readonly object: 'OptionDefinition';
    readonly key: OptionDefKey;
    readonly body: OptionDefBody;
  };
  readonly class: {
    readonly rows: 'classes';
    readonly object: 'ClientClass';
    readonly key: string;
    readonly body: ClassBody;
  };
  readonly network: {
    readonly rows: 'networks';
    readonly object: 'SharedNetwork';
    readonly key: string;
    readonly body: NetworkBody;
  };
  readonly subnet: {
    readonly rows: 'subnets';
    readonly object: 'Subnet';
    readonly key: number;
    readonly body: SubnetBody;
  };
  readonly host: {
    readonly rows: 'hosts';
    readonly object: 'HostReservation';
    readonly key: HostKey;
    readonly body: HostBody;
  };
}

export type RowKind = keyof RowKinds;
export type KeyOf<K extends RowKind> = RowKinds[K]['key'];
export type BodyOf<K extends RowKind> = RowKinds[K]['body'];
export type RowsOf<K extends RowKind> = ReadonlyMap<KeyOf<K>, Item<BodyOf<K>>>;

/** The kinds of custom resources that rows are made from. */
export type ObjectKind = RowKinds[RowKind]['object'];

/** The rows of some kinds, each kind by its key. */
export type StateOf<K extends RowKind> = { readonly [P in K as RowKinds[P]['rows']]: RowsOf<P> };
/** Everything of one pair that lives in rows. */
export type KeaState = StateOf<RowKind>;
/** The same, to be filled. */
export type Filling<K extends RowKind = RowKind> = {
  readonly [P in K as RowKinds[P]['rows']]: Map<KeyOf<P>, Item<BodyOf<P>>>;
};

/** A row of a kind. */
interface Row<K extends RowKind> {
  readonly kind: K;
  readonly item: Item<BodyOf<K>>;
}
export type AnyRow = { [K in RowKind]: Row<K> }[RowKind];
/** A row that is not the pair's own: no marker, or another server tag. It is never changed, unless adopted. */
export type ForeignRow = { [K in RowKind]: Row<K> & { readonly serverTags: readonly string[] } }[RowKind];

/** The key of a row of a kind. */
export type RowRef = { [K in RowKind]: { readonly kind: K; readonly key: KeyOf<K> } }[RowKind];

/** One name for a row. */
export const rowName = (kind: RowKind, key: string | number): string => `${kind} ${key}`;

/** A row that another refers to. */
export type Parent = RowRef & {
  /** Why the parent cannot go before its child does (a foreign key), for people, after the child; absent: it can. */
  readonly holds?: string;
  /** It cannot change before its child does either: the child as it is fits the parent as it is. */
  readonly fits?: true;
  /** The child is right without it too: a class that a reservation gives needs no definition. */
  readonly optional?: true;
};

/** What two rows cannot both have, beside their keys. */
export type Claim =
  | { readonly range: Range; readonly text: string }
  /** `where` says in what it is unique. */
  | { readonly where: string; readonly text: string };

interface KindOfRow<K extends RowKind> {
  readonly rows: RowKinds[K]['rows'];
  readonly object: RowKinds[K]['object'];
  /** What people call such a row, and several of them. */
  readonly words: readonly [one: string, several: string];
  readonly keyOf: (body: BodyOf<K>) => KeyOf<K>;
  /** For people, beside the object's name. */
  readonly nameOf: (body: BodyOf<K>) => string;
  /** The rows that it refers to, the nearest first. */
  readonly parentsOf: (body: BodyOf<K>) => readonly Parent[];
  readonly claimsOf: (body: BodyOf<K>) => readonly Claim[];
  /** Servers read it into memory, by server tag, once an audit revision announces it; else they ask for it with each packet. */
  readonly inMemory: K extends InMemory ? true : false;
}

/** The kinds that servers have in memory. */
export type InMemory = 'option-def' | 'class' | 'network' | 'subnet';

/** Who has options: without the definition of one Kea cannot make it of its text, and may make another of its bytes. */
interface HasOptions {
  readonly 'option-data'?: readonly OptionData[];
}
const definitionsOf = ({ 'option-data': options = [] }: HasOptions): readonly Parent[] =>
  options.map((option) => ({
    kind: 'option-def',
    key: optionDefKey(option),
    holds: 'still has an option of it',
    fits: true,
  }));

const classesOf = (body: NetworkBody | SubnetBody | ClassBody): readonly Parent[] => {
  const { guards, additional } = classesNamedBy(body);
  return [...new Set([...guards, ...additional])].map((key) => ({
    kind: 'class',
    key,
    holds: 'still asks for its clients',
  }));
};

/** Parents first. */
export const KINDS: { readonly [K in RowKind]: KindOfRow<K> } = {
  'option-def': {
    rows: 'optionDefs',
    object: 'OptionDefinition',
    words: ['option definition', 'option definitions'],
    keyOf: optionDefKey,
    nameOf: ({ name, space, code }) => `${name}, code ${code} in ${space}`,
    parentsOf: () => [],
    // Kea takes only one definition of a name in a space, and of several none at all.
    claimsOf: ({ name, space }) => [{ where: `space ${space}`, text: name }],
    inMemory: true,
  },
  class: {
    rows: 'classes',
    object: 'ClientClass',
    words: ['client class', 'client classes'],
    keyOf: ({ name }) => name,
    nameOf: ({ name }) => name,
    // An option of it may be for its own clients.
    parentsOf: (body) => [...classesOf(body).filter(({ key }) => key !== body.name), ...definitionsOf(body)],
    // Two at one place come in any order, and Kea fails over them where their options alternate.
    claimsOf: ({ 'order-index': place }) => [{ where: 'classes', text: `place ${place}` }],
    inMemory: true,
  },
  network: {
    rows: 'networks',
    object: 'SharedNetwork',
    words: ['shared network', 'shared networks'],
    keyOf: ({ name }) => name,
    nameOf: ({ name }) => name,
    parentsOf: (body) => [...classesOf(body), ...definitionsOf(body)],
    claimsOf: () => [],
    inMemory: true,
  },
  subnet: {
    rows: 'subnets',
    object: 'Subnet',
    words: ['subnet', 'subnets'],
    keyOf: ({ id }) => id,
    nameOf: ({ id, subnet }) => `${subnet}, id ${id}`,
    parentsOf: (body) => {
      const { 'shared-network-name': name, pools = [], 'pd-pools': pdPools = [] } = body;
      const network = name === undefined ? [] : [{ kind: 'network', key: name, holds: 'is still in it' } as const];
      return [...network, ...classesOf(body), ...[body, ...pools, ...pdPools].flatMap(definitionsOf)];
    },
    claimsOf: ({ subnet, 'pd-pools': pools = [] }) =>
      [subnet, ...pools.map((pool) => `${pool.prefix}/${pool['prefix-len']}`)].flatMap((text) => {
        const range = prefixIn(text);
        return range ? [{ range, text }] : [];
      }),
    inMemory: true,
  },
  host: {
    rows: 'hosts',
    object: 'HostReservation',
    words: ['reservation', 'reservations'],
    keyOf: hostKey,
    nameOf: (body) => {
      const where = body['subnet-id'] === 0 ? 'global' : `subnet id ${body['subnet-id']}`;
      const addresses = reservedIn(body).map((address) => `${address}, `);
      return `${addresses.join('')}${body['identifier-type']} ${body.identifier}, ${where}`;
    },
    parentsOf: (body) => {
      const { 'subnet-id': id, 'client-classes': given = [] } = body;
      return [
        ...(id === 0 ? [] : [{ kind: 'subnet', key: id } as const]),
        ...given.map((key) => ({ kind: 'class', key, holds: 'still gives it to its client', optional: true }) as const),
        ...definitionsOf(body),
      ];
    },
    claimsOf: (body) => reservedIn(body).map((text) => ({ where: `subnet ${body['subnet-id']}`, text })),
    inMemory: false,
  },
};

/** The options of a row that a definition may be for: its own, those of its pools, and of a class those that it does not define itself. */
export const optionsOfRow = (row: AnyRow): readonly OptionData[] => {
  switch (row.kind) {
    case 'option-def':
      return [];
    case 'class': {
      const { 'option-data': options = [], 'option-def': definitions = [] } = row.item.body;
      const defined = new Set(definitions.map(optionDefKey));
      return options.filter((option) => !defined.has(optionDefKey(option)));
    }
    case 'subnet': {
      const { pools = [], 'pd-pools': pdPools = [] } = row.item.body;
      return [row.item.body, ...pools, ...pdPools].flatMap((one) => one['option-data'] ?? []);
    }
    case 'network':
    case 'host':
      return row.item.body['option-data'] ?? [];
  }
};

/** Parents first. */
export const ROW_KINDS = Object.keys(KINDS) as readonly RowKind[];
export const IN_MEMORY = ROW_KINDS.filter((kind): kind is InMemory => KINDS[kind].inMemory);

export const rowsOf = <K extends RowKind>(state: KeaState, kind: K): RowsOf<K> => state[KINDS[kind].rows];
export const fillingOf = <K extends RowKind>(state: Filling<K>, kind: K): Map<KeyOf<K>, Item<BodyOf<K>>> =>
  (state as Filling)[KINDS[kind].rows];

const madeOf = (make: (kind: RowKind) => unknown): unknown =>
  Object.fromEntries(ROW_KINDS.map((kind) => [KINDS[kind].rows, make(kind)]));

export const emptyState = (): Filling => madeOf(() => new Map()) as Filling;

/** A row to put in its place, or to take away where no item is given. */
export type Edit = {
  [K in RowKind]: { readonly kind: K; readonly key: KeyOf<K>; readonly item?: Item<BodyOf<K>> };
}[RowKind];

/** A state with some rows others; what is the same is shared. */
export const withRows = (state: KeaState, edits: readonly Edit[]): KeaState =>
  madeOf((kind) => edited(rowsOf(state, kind), ofKind(edits, kind))) as KeaState;

const edited = <Key, Value>(
  rows: ReadonlyMap<Key, Value>,
  edits: readonly { readonly key: unknown; readonly item?: unknown }[],
): ReadonlyMap<Key, Value> => {
  if (edits.length === 0) return rows;
  const entries = edits.map(({ key, item }) => [key, item] as [Key, Value | undefined]);
  if (rows instanceof HostMap) {
    return rows.with(entries as unknown as [HostKey, Item<HostBody> | undefined][]) as unknown as ReadonlyMap<
      Key,
      Value
    >;
  }
  const copy = new Map(rows);
  for (const [key, item] of entries) {
    if (item === undefined) copy.delete(key);
    else copy.set(key, item);
  }
  return copy;
};

/** How many rows there are. */
export const sizeOf = (state: KeaState): number =>
  ROW_KINDS.map((kind) => rowsOf(state, kind).size).reduce((sum, n) => sum + n, 0);

/** Those of a kind. */
export const ofKind = <Of extends { readonly kind: RowKind }, K extends RowKind>(
  all: Iterable<Of>,
  kind: K,
): readonly Extract<Of, { readonly kind: K }>[] =>
  [...all].filter((one): one is Extract<Of, { readonly kind: K }> => one.kind === kind);

export const keyOfRow = ({ kind, item }: AnyRow): string | number =>
  (KINDS[kind] as KindOfRow<RowKind>).keyOf(item.body);
export const nameOfRow = ({ kind, item }: AnyRow): string => (KINDS[kind] as KindOfRow<RowKind>).nameOf(item.body);
export const parentsOfRow = ({ kind, item }: AnyRow): readonly Parent[] =>
  (KINDS[kind] as KindOfRow<RowKind>).parentsOf(item.body);
export const claimsOfRow = ({ kind, item }: AnyRow): readonly Claim[] =>
  (KINDS[kind] as KindOfRow<RowKind>).claimsOf(item.body);

/** The row that a reference leads to. */
export const rowAt = (state: KeaState, { kind, key }: RowRef): AnyRow | undefined => {
  const item = (rowsOf(state, kind) as ReadonlyMap<string | number, Item<BodyOf<RowKind>>>).get(key);
  return item && ({ kind, item } as AnyRow);
};

/** The rows without which one is not right, directly or by another, each once, the nearest first; those that are not there are left out. */
export const ancestorsOf = (row: AnyRow, state: KeaState): readonly AnyRow[] => {
  const found = new Map<string, AnyRow>();
  const visit = (child: AnyRow): void => {
    for (const { kind, key, optional } of parentsOfRow(child)) {
      if (optional) continue;
      const parent = found.has(rowName(kind, key)) ? undefined : rowAt(state, { kind, key } as RowRef);
      if (parent === undefined) continue;
      found.set(rowName(kind, key), parent);
      visit(parent);
    }
  };
  visit(row);
  return [...found.values()];
};

/** What cannot be had twice, with what has it. */
export interface Claims<T> {
  add(claims: readonly Claim[], value: T): void;
  /** What has one of them, or a part of it. */
  holderOf(claims: readonly Claim[]): T | undefined;
}

export const openClaims = <T>(): Claims<T> => {
  const ranges = rangeSet<T>();
  const words = new Map<string, T>();
  return {
    add: (claims, value) => {
      for (const claim of claims) {
        if ('range' in claim) ranges.add(claim.range, value);
        else words.set(`${claim.where} ${claim.text}`, value);
      }
    },
    holderOf: (claims) =>
      claims
        .map((claim) =>
          'range' in claim ? ranges.overlapping(claim.range) : words.get(`${claim.where} ${claim.text}`),
        )
        .find((holder) => holder !== undefined),
  };
};
