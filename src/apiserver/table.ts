/** Leases as `meta.k8s.io/v1 Table`, the form that `kubectl get` asks for and prints. */
import { leasedText } from '../kea/address.ts';
import { familyOfText, ipFamilyOf } from '../kea/families.ts';
import { leaseType } from '../leases/selection.ts';
import { shownState } from '../leases/shownState.ts';
import { expiresAt, INFINITE_LIFETIME } from '../leases/source.ts';
import { type FoundLease, leaseMetadata, leaseObject, timestamp } from './lease.ts';

const column = (name: string, type: 'string', description: string, priority = 0, format = '') => ({
  name,
  type,
  format,
  description,
  priority,
});

/** Columns of priority 1 show with `-o wide`. */
export const COLUMNS = [
  column('Address', 'string', 'The leased address, or the prefix that was delegated.', 0, 'name'),
  column('HW-Address', 'string', "The client's hardware address."),
  column('Hostname', 'string', 'The host name that the client got or asked for.'),
  column('Subnet', 'string', 'Name of the Subnet, or #id where there is no such object.'),
  column('State', 'string', 'Active, Expired, Declined, Released, Reclaimed or Registered.'),
  column('Expires', 'string', 'Time left.'),
  column('Family', 'string', 'IPv4 or IPv6.', 1),
  column('Type', 'string', 'Address, or Prefix: delegated to a router.', 1),
  column('Client-ID', 'string', "The client's identifier: option 61 of DHCPv4, the DUID of DHCPv6.", 1),
  column('IAID', 'string', "Which of the client's associations the lease is of; of DHCPv6.", 1),
  column('Pair', 'string', 'The HAPair whose servers gave the lease.', 1),
  column('Shared-Network', 'string', 'The SharedNetwork that the Subnet is in.', 1),
  column('Reservation', 'string', 'The HostReservation that keeps it for this client.', 1),
  column('Lifetime', 'string', 'For how long the lease was given.', 1),
  column('Expires-At', 'string', 'When the lease is over.', 1),
] as const;

/** What each row carries beside its cells: the `includeObject` of the request. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export const tableRow = (found: FoundLease, include: IncludeObject, now: number) => {
  const { lease, pair, sharedNetwork, reservation } = found;
  const expires = expiresAt(lease);
  const cells = [
    leasedText(lease),
    lease.hwAddress ?? NOTHING,
    lease.hostname ?? NOTHING,
    subnetText(found),
    shownState(lease, now),
    expires === undefined ? NEVER : remainingText(expires - now),
    ipFamilyOf(familyOfText(lease.address)),
    leaseType(lease),
    lease.clientId ?? lease.duid ?? NOTHING,
    lease.iaid === undefined ? NOTHING : String(lease.iaid),
    pair,
    sharedNetwork ?? NOTHING,
    reservation ?? NOTHING,
    lifetimeText(lease.validLifetime),
    expires === undefined ? NEVER : timestamp(expires),
  ];
  if (include === 'None') return { cells };
  return { cells, object: include === 'Object' ? leaseObject(found, now) : partialMetadata(found, now) };
};

export const PARTIAL_METADATA = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' } as const;

export const partialMetadata = (found: FoundLease, now: number) => ({
  ...PARTIAL_METADATA,
  metadata: leaseMetadata(found, now),
});

export const NOTHING = '<none>';
export const NEVER = 'never';
const NEVER_ENDING = 'infinite';

export const subnetText = ({ subnet, lease }: FoundLease): string => subnet ?? `#${lease.subnetId}`;

export const lifetimeText = (seconds: number): string =>
  seconds === INFINITE_LIFETIME ? NEVER_ENDING : duration(seconds);

export const remainingText = (seconds: number): string =>
  seconds > 0 ? duration(seconds) : seconds > -1 ? 'now' : `${duration(-seconds)} ago`;

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'm', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;

/** Two units at most, as kubectl shows ages: `59m`, `1h30m`, `3d4h`, `12s`. */
export const duration = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  const at = UNITS.findIndex(({ seconds: size }) => whole >= size);
  const unit = UNITS[at];
  if (unit === undefined) return '0s';
  const next = UNITS[at + 1];
  // A unit that is followed by a smaller one which is not its neighbour would read oddly: 3d12s.
  const more = next === undefined ? 0 : Math.floor((whole % unit.seconds) / next.seconds);
  const text = `${Math.floor(whole / unit.seconds)}${unit.name}`;
  return next === undefined || more === 0 ? text : `${text}${more}${next.name}`;
};
