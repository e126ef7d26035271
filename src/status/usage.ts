/** How full Subnets are. */
import type { HostReservation, HostReservationStatus, Subnet } from '../api/index.ts';
import { identifiersOf } from '../compile/hosts.ts';
import { at } from '../compile/objects.ts';
import { cidrIn, poolsIn } from '../compile/pools.ts';
import { addressCount, type Range, without } from '../kea/address.ts';
import { saysAlready } from './conditions.ts';
import type { StatusWrite } from './types.ts';

/** Lease statistics of one subnet; `SubnetUsage` of src/leases/source.ts fits. */
export interface Usage {
  readonly assigned: number;
  readonly declined: number;
  readonly outside: number;
}

/** Lease statistics of a Subnet as its status has them. */
export interface Utilization extends Omit<Usage, 'outside'> {
  readonly total: number;
  readonly percent: number;
  readonly outsidePools: number;
}

/** What is read of a lease; `Lease` of src/leases/source.ts fits. */
export interface LeaseFacts {
  readonly address: string;
  /** Lower-case, colon-separated. */
  readonly hwAddress?: string;
  /** Lower-case, colon-separated. */
  readonly clientId?: string;
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

/** How full a Subnet is. Without usage there are no leases in it. */
export const utilizationOf = ({ spec }: Subnet, usage: Usage = UNUSED): Utilization => {
  const pools = poolsIn(spec);
  const total = Number(pools.reduce((sum, { range }) => sum + addressCount(range), 0n));
  if (total === 0) return { total, assigned: 0, declined: 0, percent: 0, outsidePools: usage.assigned + usage.outside };
  const assigned = Math.min(total, usage.assigned);
  const percent = Math.floor((assigned * 100) / total);
  return { total, assigned, declined: usage.declined, percent, outsidePools: usage.outside };
};

/** Undefined where the status says so already. */
export const writeUtilization = (subnet: Subnet, utilization: Utilization): StatusWrite | undefined => {
  const status = { utilization };
  return saysAlready(subnet.status, status, ['utilization']) ? undefined : { object: subnet, status };
};

/**
 * Whether the reserved address is in use, and by whom; undefined where the status says so already, or no address is reserved.
 * @param lease Of the reserved address.
 * @param now Seconds since 1970.
 */
export const writeUse = (
  reservation: HostReservation,
  lease: LeaseFacts | undefined,
  now: number,
): StatusWrite | undefined => {
  if (typeof at(reservation.spec, 'ipAddress') !== 'string') return undefined;
  const use = useOf(reservation, lease, now);
  const held = lease && (use === 'InUse' || use === 'Expired' || use === 'Declined');
  const status = { use, ...(held ? { address: lease.address } : {}) };
  return saysAlready(reservation.status, status, ['use', 'address']) ? undefined : { object: reservation, status };
};

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
const isSameClient = ({ spec }: HostReservation, { hwAddress, clientId }: LeaseFacts): boolean => {
  const [identifier] = identifiersOf(at(spec, 'identifier'));
  const [hardware, client] = [hwAddress, clientId].map((text) => text?.replaceAll(':', ''));
  switch (identifier?.type) {
    case 'hw-address':
      return hardware === undefined || hardware === identifier.hex;
    case 'client-id':
      return client === identifier.hex;
    case 'duid':
      // RFC 4361: type 255, four bytes of IAID, the DUID.
      return client?.startsWith('ff') === true && client.slice(10) === identifier.hex;
    case 'circuit-id':
    case 'flex-id':
    case undefined:
      return true;
  }
};
