/** The port to the leases of a pair, with what a lease is. */
import { type Addressing, addressingOf, type Range } from '../kea/address.ts';
import { KnownError } from '../runtime/errors.ts';
import { legible } from '../runtime/legible.ts';
import type { Remaining } from './remaining.ts';
import type { LeaseSelection } from './selection.ts';
import type { Found, PoolsOf } from './usage.ts';
import type { LeaseContext } from './userContext.ts';

/** A lease as both storages know it. What is not known may be absent or undefined: to leave fields out of a row costs more than all else that is done with it. */
export interface Lease extends LeaseContext {
  /** Of a prefix its first address. */
  readonly address: string;
  /** Of a prefix that is delegated; absent of an address. */
  readonly prefixLength?: number | undefined;
  readonly subnetId: number;
  /** Lower-case, colon-separated; absent where the client sent none. */
  readonly hwAddress?: string | undefined;
  /** Lower-case, colon-separated. */
  readonly clientId?: string | undefined;
  /** Lower-case, colon-separated; of DHCPv6 alone, as what follows. */
  readonly duid?: string | undefined;
  /** Which of a client's associations it is of. */
  readonly iaid?: number | undefined;
  /** Seconds; 4294967295: for ever. */
  readonly preferredLifetime?: number | undefined;
  readonly hostname?: string | undefined;
  /** Whether the servers keep the name in DNS: the address of the name, and the name of the address. */
  readonly fqdnForward?: boolean | undefined;
  readonly fqdnReverse?: boolean | undefined;
  readonly state: LeaseState;
  /** Client's last transaction, seconds since 1970. */
  readonly cltt: number;
  /** Lease time in seconds; 4294967295: for ever. */
  readonly validLifetime: number;
}

/** Kea's lease states 0..4. `Active` is Kea's `default`; whether its time is over is for the reader to say (cltt + validLifetime). */
export type LeaseState = (typeof LEASE_STATES)[number];

/** Kea's numbers of the states are the places in this list (lease_state table; src/lib/dhcpsrv/lease.h). */
export const LEASE_STATES = ['Active', 'Declined', 'Reclaimed', 'Released', 'Registered'] as const;

/** Kea's word for "for ever" (0xffffffff); the lease tables keep such a lease with `expire` = its last transaction. */
export const INFINITE_LIFETIME = 4_294_967_295;

/** How much of a subnet is in use. Addresses whose time is over are, too, until Kea reclaims them. */
export interface SubnetUsage {
  readonly subnetId: number;
  /** Leased addresses of its pools, declined ones among them. */
  readonly assigned: number;
  readonly declined: number;
  /** Leased addresses that are in no pool: reserved ones, and those of pools that were. */
  readonly outside: number;
  /** Of each pool, in the order in which they were asked for. */
  readonly pools: readonly Found[];
  /** Leased prefixes; of a family that delegates them, as what follows. */
  readonly delegated?: number;
  /** Those of them that are of no pdPool: reserved ones, and those of pools that were. */
  readonly delegatedOutside?: number;
  /** Of each pdPool. */
  readonly pdPools?: readonly number[];
}

export interface LeasePage {
  readonly leases: readonly Lease[];
  /** Where the next page starts: the last address seen, of whatever lease. Absent at the end. */
  readonly next?: string;
}

/** The lease store cannot be read now. */
export class LeasesUnavailable extends KnownError {
  override readonly name = 'LeasesUnavailable';
  readonly reason = 'LeasesUnavailable';
}

/** Kea's ids and times are numbers of 32 bits. */
const MOST_32 = 4_294_967_295;
/** Seconds from 1970 to a time that can still be written as text, whatever a lease time adds to it. */
const MOST_SECONDS = 8e12;

/**
 * A lease as a peer tells it.
 * @throws LeasesUnavailable where it is none: of what is no address, or no time, whoever shows it would fail, and with it the leases of others.
 */
export const checkedLease = (of: Addressing, lease: Lease): Lease => {
  const { address, subnetId, cltt, validLifetime } = lease;
  const isSound =
    of.parse(address) !== undefined &&
    Number.isInteger(subnetId) &&
    Math.abs(subnetId) <= MOST_32 &&
    Math.abs(cltt) <= MOST_SECONDS &&
    Math.abs(validLifetime) <= MOST_32;
  if (!isSound) throw new LeasesUnavailable(`what is said to be a lease is none: of ${legible(address, 64)}`);
  return lease;
};

/**
 * A page of what a peer says comes after an address; one more than asked for tells that there is a next one.
 * @throws LeasesUnavailable where it is not in ascending order: whoever follows it would never come to an end.
 */
export const pageOf = (found: readonly Lease[], limit: number, after: string | undefined): LeasePage => {
  let last = after === undefined ? -1n : numberOf(after);
  for (const { address } of found) {
    const number = numberOf(address);
    if (number <= last) throw new LeasesUnavailable(`leases are not in the order of their addresses: ${address} again`);
    last = number;
  }
  const leases = found.slice(0, limit);
  const end = leases.at(-1);
  return found.length > limit && end !== undefined ? { leases, next: end.address } : { leases };
};

/** Where leases are read: the lease tables (`postgres.ts`) or a server's lease_cmds (`control.ts`). */
export interface LeaseSource {
  /** The lease of an address, or of the prefix that begins with it. */
  get(address: string, signal?: AbortSignal): Promise<Lease | undefined>;
  /** Leases in ascending order of address, prefixes among them, after the given one; at least one is asked for. */
  page(limit: number, after?: string, signal?: AbortSignal): Promise<LeasePage>;
  /**
   * Such leases in ascending order of address, after the given one. Where no index of the store serves, so many are looked at as take it some
   * milliseconds: then a page has fewer than asked for, or none, and says where the next one starts all the same.
   */
  select(selection: LeaseSelection, limit: number, after?: string, signal?: AbortSignal): Promise<LeasePage>;
  /** The leases of these addresses, or of the prefixes that begin with them, in any order. It takes as long as it takes: nobody waits for it. */
  ofAddresses(addresses: readonly string[], signal?: AbortSignal): Promise<readonly Lease[]>;
  /** Figures of every subnet that has leases; the control channel also tells of subnets without. Nobody waits for it either. */
  usage(pools: PoolsOf, signal?: AbortSignal): Promise<readonly SubnetUsage[]>;
  /**
   * By subnet id, the leases that bind their address now ({@link isActive}): those that a deletion would harm. Of a great many subnets that have leases,
   * and of one with a great many, it may count those as well whose time is over until Kea reclaims them, some seconds later.
   */
  countActive(subnetIds: readonly number[], signal?: AbortSignal): Promise<ReadonlyMap<number, number>>;
  /** By subnet id, the leases that their clients have now, and when the last of them ends; as {@link countActive} counts. */
  remaining(subnetIds: readonly number[], signal?: AbortSignal): Promise<ReadonlyMap<number, Remaining>>;
  close(): Promise<void>;
}

/** When the lease's time is over, in seconds since 1970; undefined: never. */
export const expiresAt = (lease: Pick<Lease, 'cltt' | 'validLifetime'>): number | undefined =>
  lease.validLifetime === INFINITE_LIFETIME ? undefined : lease.cltt + lease.validLifetime;

/**
 * Whether the address is taken: leased or declined, and its time is not over. Reclaimed and released leases are kept by
 * Kea only to give the client its old address again.
 * @param now Seconds since 1970.
 */
export const isActive = (lease: Lease, now: number): boolean =>
  (lease.state === 'Active' || lease.state === 'Declined') && (expiresAt(lease) ?? Infinity) > now;

/**
 * The lease with the lowest address from `first` to `last`, whatever its state: even a lease that is over says which
 * subnet id its prefix had.
 */
export const firstLeaseIn = async (
  source: Pick<LeaseSource, 'page'>,
  of: Addressing,
  { first, last }: Range,
  signal?: AbortSignal,
): Promise<Lease | undefined> => {
  const page = await source.page(1, first === 0n ? undefined : of.format(first - 1n), signal);
  const [lease] = page.leases;
  return lease !== undefined && numberOf(lease.address) <= last ? lease : undefined;
};

/** @throws TypeError where it is no address. */
export const numberOf = (address: string): bigint => {
  const number = addressingOf(address).parse(address);
  if (number === undefined) throw new TypeError(`"${address}" is no address`);
  return number;
};
