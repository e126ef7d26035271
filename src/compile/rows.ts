/** The rows of the database by what compile looks them up by. */
import {
  type BodyOf,
  type ForeignRow,
  IN_MEMORY,
  type InMemory,
  keyOfRow,
  type RowKind,
  rowName,
  rowsOf,
} from '../kea/kinds.ts';
import type { HostPart } from '../kea/partedMap.ts';
import {
  type HostBody,
  type HostKey,
  hostKey,
  type Item,
  type Marker,
  type ObjectRef,
  reservedIn,
} from '../kea/state.ts';
import type { ReservationChild } from './child.ts';
import type { Rows } from './types.ts';

type ForeignOf<K extends RowKind> = Extract<ForeignRow, { readonly kind: K }>;

/** Reservations that are not the pair's own, of one subnet. */
export interface ForeignHosts {
  readonly hosts: readonly HostBody[];
  readonly byKey: (key: HostKey) => ForeignOf<'host'> | undefined;
  readonly byAddress: (address: string) => ForeignOf<'host'> | undefined;
  /** Whether some were written for an object: whether that exists decides on them. */
  readonly haveOwners: boolean;
}

/** All rows but the pair's own reservations, which are looked at group by group. */
export interface RowIndex {
  /** Rows of a kind whose marker names the object. More than one only where somebody changed keys by hand, or an object came again under its name. */
  readonly ownedBy: <K extends InMemory>(kind: K, ref: ObjectRef) => readonly Item<BodyOf<K>>[];
  readonly networksOf: (ref: ObjectRef) => readonly Item<BodyOf<'network'>>[];
  readonly subnetsOf: (ref: ObjectRef) => readonly Item<BodyOf<'subnet'>>[];
  readonly foreignNamed: (kind: 'class' | 'option-def', key: string | number) => ForeignRow | undefined;
  readonly foreignClasses: readonly ForeignOf<'class'>[];
  readonly foreignDefinitions: readonly ForeignOf<'option-def'>[];
  readonly foreignNetwork: (name: string) => ForeignOf<'network'> | undefined;
  /** Prefixes are unique in the database, whatever their server tags. */
  readonly foreignSubnet: (prefix: string) => ForeignOf<'subnet'> | undefined;
  readonly foreignSubnets: readonly ForeignOf<'subnet'>[];
  readonly foreignHosts: (subnetId: number) => ForeignHosts | undefined;
  readonly hasForeignSubnetId: (id: number) => boolean;
}

export const indexRows = ({ owned, foreign }: Rows): RowIndex => {
  const owners = new Map<RowKind, (ref: ObjectRef) => readonly Item<unknown>[]>();
  for (const kind of IN_MEMORY) owners.set(kind, byOwner(rowsOf(owned, kind).values()));
  const ownedBy: RowIndex['ownedBy'] = (kind, ref) => (owners.get(kind)?.(ref) ?? NONE) as readonly never[];
  const named = new Map(
    foreign.flatMap((row) =>
      row.kind === 'class' || row.kind === 'option-def' ? [[rowName(row.kind, keyOfRow(row)), row] as const] : [],
    ),
  );
  const networks = foreign.filter((row) => row.kind === 'network');
  const subnets = foreign.filter((row) => row.kind === 'subnet');
  const hosts = Map.groupBy(
    foreign.filter((row) => row.kind === 'host'),
    (row) => row.item.body['subnet-id'],
  );
  const networkByName = new Map(networks.map((row) => [row.item.body.name, row]));
  const subnetByPrefix = new Map(subnets.map((row) => [row.item.body.subnet, row]));
  const subnetIds = new Set(subnets.map((row) => row.item.body.id));
  const hostsById = new Map([...hosts].map(([id, rows]) => [id, indexHosts(rows)]));
  return {
    ownedBy,
    networksOf: (ref) => ownedBy('network', ref),
    subnetsOf: (ref) => ownedBy('subnet', ref),
    foreignNamed: (kind, key) => named.get(rowName(kind, key)),
    foreignClasses: foreign.filter((row) => row.kind === 'class'),
    foreignDefinitions: foreign.filter((row) => row.kind === 'option-def'),
    foreignNetwork: (name) => networkByName.get(name),
    foreignSubnet: (prefix) => subnetByPrefix.get(prefix),
    foreignSubnets: subnets,
    foreignHosts: (id) => hostsById.get(id),
    hasForeignSubnetId: (id) => subnetIds.has(id),
  };
};

const indexHosts = (rows: readonly ForeignOf<'host'>[]): ForeignHosts => {
  const byKey = new Map(rows.map((row) => [hostKey(row.item.body), row]));
  const byAddress = new Map(rows.flatMap((row) => reservedIn(row.item.body).map((text) => [text, row] as const)));
  return {
    hosts: rows.map(({ item }) => item.body),
    byKey: (key) => byKey.get(key),
    byAddress: (address) => byAddress.get(address),
    haveOwners: rows.some(({ item }) => item.marker !== undefined),
  };
};

const NONE: readonly never[] = [];

const byOwner = <Body>(items: Iterable<Item<Body>>): ((ref: ObjectRef) => readonly Item<Body>[]) => {
  const owners = new Map<ObjectRef, Item<Body>[]>();
  for (const item of items) {
    if (!item.marker) continue;
    const known = owners.get(item.marker.object);
    if (known) known.push(item);
    else owners.set(item.marker.object, [item]);
  }
  return (ref) => owners.get(ref) ?? NONE;
};

/** The reservations of a subnet in the database, as a group looks at them. */
export interface PartRows {
  readonly of: (ref: ObjectRef) => readonly Item<HostBody>[];
  /** Those that were written for objects that are not in the group. */
  readonly outsiders: readonly Item<HostBody>[];
}

export const partRows = (part: HostPart | undefined, members: readonly ReservationChild[]): PartRows => {
  if (part === undefined) return EMPTY;
  const refs = new Set(members.map(({ ref }) => ref));
  const outsiders = [...part.values()].filter(({ marker }) => marker !== undefined && !refs.has(marker.object));
  let owners: ((ref: ObjectRef) => readonly Item<HostBody>[]) | undefined;
  return {
    of: (ref) => (owners ??= byOwner(part.values()))(ref),
    outsiders: outsiders.length === 0 ? NONE : outsiders,
  };
};

const EMPTY: PartRows = { of: () => NONE, outsiders: NONE };

/**
 * Whether an object that asks for it may take over a row: nobody's row, its own under another server tag, or that of an
 * object of its namespace that is no more. A row of a living object, or of another namespace's, never.
 */
export const isAdoptable = (
  marker: Marker | undefined,
  ref: ObjectRef,
  exists: (ref: ObjectRef) => boolean,
): boolean => {
  if (!marker || marker.object === ref) return true;
  return namespaceOf(marker.object) === namespaceOf(ref) && !exists(marker.object);
};

const namespaceOf = (ref: ObjectRef): string | undefined => ref.split('/')[1];
