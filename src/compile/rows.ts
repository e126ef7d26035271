import { type BodyOf, type ForeignRow, ROW_KINDS, type RowKind, rowsOf } from '../kea/kinds.ts';
import { type HostBody, hostKey, type HostKey, type Item, type Marker, type ObjectRef } from '../kea/state.ts';
import type { Rows } from './types.ts';

type ForeignOf<K extends RowKind> = Extract<ForeignRow, { readonly kind: K }>;

/** The rows of the database by what compile looks them up by. */
export interface RowIndex {
  /** Rows of a kind whose marker names the object. More than one only where somebody changed keys by hand, or an object came again under its name. */
  readonly ownedBy: <K extends RowKind>(kind: K, ref: ObjectRef) => readonly Item<BodyOf<K>>[];
  readonly networksOf: (ref: ObjectRef) => readonly Item<BodyOf<'network'>>[];
  readonly subnetsOf: (ref: ObjectRef) => readonly Item<BodyOf<'subnet'>>[];
  readonly hostsOf: (ref: ObjectRef) => readonly Item<BodyOf<'host'>>[];
  readonly foreignNetwork: (name: string) => ForeignOf<'network'> | undefined;
  /** Prefixes are unique in the database, whatever their server tags. */
  readonly foreignSubnet: (prefix: string) => ForeignOf<'subnet'> | undefined;
  readonly foreignSubnets: readonly ForeignOf<'subnet'>[];
  readonly foreignHost: (key: HostKey) => ForeignOf<'host'> | undefined;
  readonly foreignHostAt: (subnetId: number, address: string) => ForeignOf<'host'> | undefined;
  readonly hasForeignSubnetId: (id: number) => boolean;
}

export function indexRows({ owned, foreign }: Rows): RowIndex {
  const owners = new Map<RowKind, (ref: ObjectRef) => readonly Item<unknown>[]>();
  for (const kind of ROW_KINDS) owners.set(kind, byOwner(rowsOf(owned, kind).values()));
  const ownedBy: RowIndex['ownedBy'] = (kind, ref) => (owners.get(kind)?.(ref) ?? NONE) as readonly never[];
  const networks = foreign.filter((row) => row.kind === 'network');
  const subnets = foreign.filter((row) => row.kind === 'subnet');
  const hosts = foreign.filter((row) => row.kind === 'host');
  const networkByName = new Map(networks.map((row) => [row.item.body.name, row]));
  const subnetByPrefix = new Map(subnets.map((row) => [row.item.body.subnet, row]));
  const subnetIds = new Set(subnets.map((row) => row.item.body.id));
  const hostByKey = new Map(hosts.map((row) => [hostKey(row.item.body), row]));
  const hostByAddress = new Map(hosts.map((row) => [addressKey(row.item.body), row]));
  return {
    ownedBy,
    networksOf: (ref) => ownedBy('network', ref),
    subnetsOf: (ref) => ownedBy('subnet', ref),
    hostsOf: (ref) => ownedBy('host', ref),
    foreignNetwork: (name) => networkByName.get(name),
    foreignSubnet: (prefix) => subnetByPrefix.get(prefix),
    foreignSubnets: subnets,
    foreignHost: (key) => hostByKey.get(key),
    foreignHostAt: (subnetId, address) => hostByAddress.get(`${subnetId}/${address}`),
    hasForeignSubnetId: (id) => subnetIds.has(id),
  };
}

const addressKey = (body: HostBody): string => `${body['subnet-id']}/${body['ip-address'] ?? ''}`;

const NONE: readonly never[] = [];

function byOwner<Body>(items: Iterable<Item<Body>>): (ref: ObjectRef) => readonly Item<Body>[] {
  const owners = new Map<ObjectRef, Item<Body>[]>();
  for (const item of items) {
    if (!item.marker) continue;
    const known = owners.get(item.marker.object);
    if (known) known.push(item);
    else owners.set(item.marker.object, [item]);
  }
  return (ref) => owners.get(ref) ?? NONE;
}

/**
 * Whether an object that asks for it may take over a row: nobody's row, its own under another server tag, or that of an
 * object of its namespace that is no more. A row of a living object, or of another namespace's, never.
 */
export function isAdoptable(marker: Marker | undefined, ref: ObjectRef, exists: (ref: ObjectRef) => boolean): boolean {
  if (!marker || marker.object === ref) return true;
  return namespaceOf(marker.object) === namespaceOf(ref) && !exists(marker.object);
}

const namespaceOf = (ref: ObjectRef): string | undefined => ref.split('/')[1];
