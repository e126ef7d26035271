/** How full Subnets are. */
import type { HostReservation, HostReservationStatus, Subnet } from '../api/index.ts';
import { identifiersOf } from '../compile/hosts.ts';
import { at } from '../compile/objects.ts';
import { delegatedIn, prefixCount } from '../compile/pdPools.ts';
import { cidrIn, poolsIn } from '../compile/pools.ts';
import { addressCount, addressingOf, prefixIn, type Range, without } from '../kea/address.ts';
import { saysAlready } from './conditions.ts';
import type { StatusWrite } from './types.ts';

/** Lease statistics of one subnet; `SubnetUsage` of src/leases/source.ts fits. */
export interface Usage {
  readonly assigned: number;
  readonly declined: number;
  readonly outside: number;
  /** Leased prefixes, of a family that delegates them. */
  readonly delegated?: number;
}

/** Lease statistics of a Subnet as its status has them. */
export interface Utilization extends Omit<Usage, 'outside'> {
  readonly total: number;
  readonly percent: number;
  readonly outsidePools: number;
  /** Prefixes that there are to delegate; absent of a Subnet that delegates none. */
  readonly prefixes?: number;
}

/** What is read of a lease; `Lease` of src/leases/source.ts fits. */
export interface LeaseFacts {
  /** Of a prefix its first address. */
  readonly address: string;
  readonly prefixLength?: number;
  /** Lower-case, colon-separated. */
  readonly hwAddress?: string;
  /** Lower-case, colon-separated. */
  readonly clientId?: string;
  /** Lower-case, colon-separated. */
  readonly duid?: string;
  readonly state: 'Active' | 'Declined' | 'Reclaimed' | 'Released' | 'Registered';
  /** Seconds since 1970. */
  readonly cltt: number;
  /** Seconds; 4294967295: for ever. */
  readonly validLifetime: number;
}

type Use = NonNullable<HostReservationStatus['use']>;

const FOREVER = 4_294_967_295;

/** What of a Subnet's addresses is in none of its pools. Without pools all is: nothing is to be told apart, so that nothing is named. */
export const gapsOf = ({ spec }: Subnet): readonly Range[] => {
  const pools = poolsIn(spec);
  const prefix = cidrIn(spec);
  return prefix && pools.length > 0
    ? without(
        prefix,
        pools.map(({ range }) => range),
      )
    : [];
};

const UNUSED: Usage = { assigned: 0, declined: 0, outside: 0 };

/** JSON has no greater whole numbers that everybody reads alike. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);
const countOf = (counts: readonly bigint[]): number => {
  const sum = counts.reduce((all, count) => all + count, 0n);
  return Number(sum > MOST ? MOST : sum);
};

/** How full a Subnet is. Without usage there are no leases in it. */
export const utilizationOf = ({ spec }: Subnet, usage: Usage = UNUSED): Utilization => {
  const total = countOf(poolsIn(spec).map(({ range }) => addressCount(range)));
  const prefixes = countOf(delegatedIn(spec).map(prefixCount));
  const { delegated = 0 } = usage;
  const ofPrefixes = prefixes + delegated > 0 ? { prefixes, delegated } : {};
  if (total === 0) {
    return { total, assigned: 0, declined: 0, percent: 0, outsidePools: usage.assigned + usage.outside, ...ofPrefixes };
  }
  const assigned = Math.min(total, usage.assigned);
  const percent = Math.floor((assigned * 100) / total);
  return { total, assigned, declined: usage.declined, percent, outsidePools: usage.outside, ...ofPrefixes };
};

/** Undefined where the status says so already. */
export const writeUtilization = (subnet: Subnet, utilization: Utilization): StatusWrite | undefined => {
  const status = { utilization };
  return saysAlready(subnet.status, status, ['utilization']) ? undefined : { object: subnet, status };
};

/** What is looked up of a reservation: the addresses that leases of it have, those of prefixes with their length. */
const reservedIn = ({ spec }: HostReservation): readonly Reserved[] => {
  const listed = ['ipAddresses', 'prefixes'].flatMap((field) => {
    const list = at(spec, field);
    return Array.isArray(list) ? (list as readonly unknown[]) : [];
  });
  return [at(spec, 'ipAddress'), ...listed].flatMap((text) => {
    if (typeof text !== 'string') return [];
    const of = addressingOf(text);
    const address = of.parse(text);
    if (address !== undefined) return [{ address: of.format(address) }];
    const prefix = prefixIn(text);
    return prefix ? [{ address: of.format(prefix.first), prefixLength: prefix.length }] : [];
  });
};
type Reserved = Pick<LeaseFacts, 'address' | 'prefixLength'>;

/** Addresses whose leases tell of the use of a reservation. */
export const reservedAddressesOf = (reservation: HostReservation): readonly string[] =>
  reservedIn(reservation).map(({ address }) => address);

/** Of several what people have to know first. */
const MOST_TELLING: readonly Use[] = ['InConflict', 'Declined', 'InUse', 'Expired', 'Unused'];

/**
 * Whether what is reserved is in use, and by whom; undefined where the status says so already, or no address is reserved.
 * @param leases By address.
 * @param now Seconds since 1970.
 */
export const writeUse = (
  reservation: HostReservation,
  leases: ReadonlyMap<string, LeaseFacts>,
  now: number,
): StatusWrite | undefined => {
  const found = reservedIn(reservation).map(({ address, prefixLength }) => {
    const lease = leases.get(address);
    const own = lease?.prefixLength === prefixLength ? lease : undefined;
    return { use: useOf(reservation, own, now), lease: own };
  });
  const [first] = found.toSorted((a, b) => MOST_TELLING.indexOf(a.use) - MOST_TELLING.indexOf(b.use));
  if (!first) return undefined;
  const { use, lease } = first;
  const held = lease && (use === 'InUse' || use === 'Expired' || use === 'Declined');
  const status = { use, ...(held ? { address: nameOf(lease) } : {}) };
  return saysAlready(reservation.status, status, ['use', 'address']) ? undefined : { object: reservation, status };
};

const nameOf = ({ address, prefixLength }: LeaseFacts): string =>
  prefixLength === undefined ? address : `${address}/${prefixLength}`;

const useOf = (reservation: HostReservation, lease: LeaseFacts | undefined, now: number): Use => {
  if (!lease || lease.state === 'Released') return 'Unused';
  const isOver = lease.validLifetime !== FOREVER && lease.cltt + lease.validLifetime <= now;
  // Kea keeps a declined lease with no client in it, until the probation is over.
  if (lease.state === 'Declined') return isOver ? 'Unused' : 'Declined';
  const isOurs = isSameClient(reservation, lease);
  if (lease.state === 'Reclaimed' || isOver) return isOurs ? 'Expired' : 'Unused';
  return isOurs ? 'InUse' : 'InConflict';
};

/** Whether the lease is the reserved client's. A lease does not tell circuit and flexible identifiers: then it is taken for his. */
const isSameClient = ({ spec }: HostReservation, { hwAddress, clientId, duid }: LeaseFacts): boolean => {
  const [identifier] = identifiersOf(at(spec, 'identifier'));
  const [hardware, client, unique] = [hwAddress, clientId, duid].map((text) => text?.replaceAll(':', ''));
  switch (identifier?.type) {
    case 'hw-address':
      return hardware === undefined || hardware === identifier.hex;
    case 'client-id':
      return client === identifier.hex;
    case 'duid':
      if (unique !== undefined) return unique === identifier.hex;
      // RFC 4361: type 255, four bytes of IAID, the DUID.
      return client?.startsWith('ff') === true && client.slice(10) === identifier.hex;
    case 'circuit-id':
    case 'flex-id':
    case undefined:
      return true;
  }
};
