import type { HostReservation, HostReservationStatus, Subnet, SubnetStatus } from '../api/index.ts';
import { identifiersOf } from '../compile/hosts.ts';
import { at } from '../compile/objects.ts';
import { addressCount, parseRange } from '../kea/address.ts';
import { saysAlready } from './conditions.ts';
import type { StatusWrite } from './types.ts';

/** Lease figures of one subnet; `SubnetUsage` of src/leases/source.ts fits. */
export interface Usage {
  /** Addresses in all pools, where the source knows. */
  readonly total?: number;
  readonly assigned: number;
  readonly declined: number;
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

type Utilization = NonNullable<SubnetStatus['utilization']>;
type Use = NonNullable<HostReservationStatus['use']>;

const FOREVER = 4_294_967_295;

/** How full a Subnet is; undefined where its status says so already. Without usage there are no leases in it. */
export function writeUtilization(subnet: Subnet, usage: Usage | undefined): StatusWrite | undefined {
  const utilization = utilizationOf(subnet, usage);
  const status = { utilization };
  return saysAlready(subnet.status, status, ['utilization']) ? undefined : { object: subnet, status };
}

function utilizationOf(
  subnet: Subnet,
  { total: known, assigned, declined }: Usage = { assigned: 0, declined: 0 },
): Utilization {
  const total = known ?? poolSize(subnet);
  // Reserved addresses outside the pools count as assigned, but not in the total.
  const percent = total === 0 ? 0 : Math.min(100, Math.floor((assigned * 100) / total));
  return { total, assigned, declined, percent };
}

/** Addresses in the pools of the spec. */
function poolSize({ spec }: Subnet): number {
  const pools = at(spec, 'pools');
  let total = 0n;
  for (const pool of Array.isArray(pools) ? (pools as readonly unknown[]) : []) {
    const text = at(pool, 'pool');
    const range = typeof text === 'string' ? parseRange(text) : undefined;
    if (range) total += addressCount(range);
  }
  return Number(total);
}

/**
 * Whether the reserved address is in use, and by whom; undefined where the status says so already, or no address is reserved.
 * @param lease Of the reserved address.
 * @param now Seconds since 1970.
 */
export function writeUse(
  reservation: HostReservation,
  lease: LeaseFacts | undefined,
  now: number,
): StatusWrite | undefined {
  if (typeof at(reservation.spec, 'ipAddress') !== 'string') return undefined;
  const use = useOf(reservation, lease, now);
  const held = lease && (use === 'InUse' || use === 'Expired' || use === 'Declined');
  const status = { use, ...(held ? { address: lease.address } : {}) };
  return saysAlready(reservation.status, status, ['use', 'address']) ? undefined : { object: reservation, status };
}

function useOf(reservation: HostReservation, lease: LeaseFacts | undefined, now: number): Use {
  if (!lease || lease.state === 'Released') return 'Unused';
  const isOver = lease.validLifetime !== FOREVER && lease.cltt + lease.validLifetime <= now;
  // Kea keeps a declined lease with no client in it, until the probation is over.
  if (lease.state === 'Declined') return isOver ? 'Unused' : 'Declined';
  const isOurs = isSameClient(reservation, lease);
  if (lease.state === 'Reclaimed' || isOver) return isOurs ? 'Expired' : 'Unused';
  return isOurs ? 'InUse' : 'InConflict';
}

/** Whether the lease is the reserved client's. A lease does not tell circuit and flexible identifiers: then it is taken for his. */
function isSameClient({ spec }: HostReservation, { hwAddress, clientId }: LeaseFacts): boolean {
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
}
