import type { HostBody, HostKey, Item, Marker, ObjectRef, NetworkBody, SubnetBody } from '../kea/state.ts';
import { hostKey } from '../kea/state.ts';
import type { Foreign, Rows } from './types.ts';

type ForeignOf<K extends Foreign['kind']> = Extract<Foreign, { readonly kind: K }>;

/** The rows of the database by what compile looks them up by. */
export interface RowIndex {
  /** Rows whose marker names the object. More than one only where somebody changed keys by hand, or an object came again under its name. */
  readonly networksOf: (ref: ObjectRef) => readonly Item<NetworkBody>[];
  readonly subnetsOf: (ref: ObjectRef) => readonly Item<SubnetBody>[];
  readonly hostsOf: (ref: ObjectRef) => readonly Item<HostBody>[];
  readonly foreignNetwork: (name: string) => ForeignOf<'network'> | undefined;
  /** Prefixes are unique in the database, whatever their server tags. */
  readonly foreignSubnet: (prefix: string) => ForeignOf<'subnet'> | undefined;
  readonly foreignSubnets: readonly ForeignOf<'subnet'>[];
  readonly foreignHost: (key: HostKey) => ForeignOf<'host'> | undefined;
  readonly foreignHostAt: (subnetId: number, address: string) => ForeignOf<'host'> | undefined;
  readonly hasForeignSubnetId: (id: number) => boolean;
}

export function indexRows({ owned, foreign }: Rows): RowIndex {
  const networks = foreign.filter((row) => row.kind === 'network');
  const subnets = foreign.filter((row) => row.kind === 'subnet');
  const hosts = foreign.filter((row) => row.kind === 'host');
  const networkByName = new Map(networks.map((row) => [row.item.body.name, row]));
  const subnetByPrefix = new Map(subnets.map((row) => [row.item.body.subnet, row]));
  const subnetIds = new Set(subnets.map((row) => row.item.body.id));
  const hostByKey = new Map(hosts.map((row) => [hostKey(row.item.body), row]));
  const hostByAddress = new Map(hosts.map((row) => [addressKey(row.item.body), row]));
  return {
    networksOf: byOwner(owned.networks.values()),
    subnetsOf: byOwner(owned.subnets.values()),
    hostsOf: byOwner(owned.hosts.values()),
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
