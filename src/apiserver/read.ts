/** Reading leases across the pairs of a namespace, or of all. */
import { setTimeout } from 'node:timers/promises';
import { IP_FAMILIES } from '../kea/families.ts';
import type { LeaseSelection } from '../leases/selection.ts';
import { isActive, type Lease, type LeasePage, LeasesUnavailable } from '../leases/source.ts';
import { asError } from '../runtime/errors.ts';
import { parallelMap } from '../runtime/parallel.ts';
import type { Position } from './continueToken.ts';
import { ApiFailure } from './failure.ts';
import { type FoundLease, leaseName, placeInName } from './lease.ts';
import type { SubnetOf } from './objects.ts';
import type { ReservationName } from './reservations.ts';
import { compareSources, type PairLeases } from './sources.ts';

/** What the custom resources say of a lease. */
export interface Naming {
  readonly subnetOf: SubnetOf;
  readonly reservationOf: ReservationName;
}

/** A pair, and what of its leases is wanted. */
export interface WantedLeases extends PairLeases {
  /** Undefined: all. */
  readonly selection: LeaseSelection | undefined;
}

export interface FoundPage {
  readonly leases: readonly FoundLease[];
  /** Where the next page starts; absent at the end. */
  readonly next?: Position;
}

/** What a reader of several pairs does about one that cannot be read. */
export type OnUnavailable = (failure: ApiFailure) => void;

/** Leases that are read from a source at a time. */
const BATCH = 1_000;
/** For which part of the time that it took to read a batch of a list the next one waits. */
const REST = 1 / 8;
const PAIRS_AT_ONCE = 8;
/** Of each it is only found out whether it answers. */
const LOOKS_AT_ONCE = 32;

/** Thrown for a pair that cannot be read, with a message for the user. */
export const unavailable = ({ namespace, pair }: PairLeases, error: LeasesUnavailable): ApiFailure =>
  new ApiFailure('ServiceUnavailable', `leases of HAPair ${namespace}/${pair} cannot be read: ${error.message}`);

const ofPair = async <T>(of: PairLeases, read: Promise<T>): Promise<T> => {
  try {
    return await read;
  } catch (error) {
    throw error instanceof LeasesUnavailable ? unavailable(of, error) : error;
  }
};

/**
 * The lease of a name in any of the pairs of a namespace. An active one is preferred: a subnet that moved to
 * another pair may have left old leases behind.
 * @throws ApiFailure ServiceUnavailable where it was not found, and a pair that may have it cannot be read.
 */
export const findLease = async (
  pairs: readonly PairLeases[],
  name: string,
  now: number,
  naming: Naming,
  signal?: AbortSignal,
): Promise<FoundLease | undefined> => {
  const place = placeInName(name);
  // What is no address is no lease: no store need be asked.
  if (place === undefined) return undefined;
  const address = place.of.format(place.address);
  const failures: Error[] = [];
  const found = await parallelMap(
    pairs.filter(({ ipFamily }) => IP_FAMILIES[ipFamily].version === place.of.version),
    PAIRS_AT_ONCE,
    async (of) => {
      try {
        const lease = await ofPair(of, of.source.get(address, signal));
        return lease && leaseName(lease) === name ? locator(of, naming)(lease) : undefined;
      } catch (error) {
        failures.push(asError(error));
        return undefined;
      }
    },
  );
  const leases = found.filter((lease) => lease !== undefined);
  const best = leases.find(({ lease }) => isActive(lease, now)) ?? leases[0];
  const [failure] = failures;
  if (best === undefined && failure !== undefined) throw failure;
  return best;
};

export interface GatherOptions {
  readonly naming: Naming;
  /** Given, a pair that cannot be read is told and passed over; left out, it fails the page. */
  readonly onUnavailable?: OnUnavailable | undefined;
  /** Whether the page has taken its share of time: it ends then with what was found, be it nothing, and says where it goes on. Left out: it never has. */
  readonly isLate?: () => boolean;
  readonly signal?: AbortSignal;
}

/** One page of at most `limit` leases. */
export const gatherLeases = async (
  pairs: readonly WantedLeases[],
  from: Position | undefined,
  limit: number,
  options: GatherOptions,
): Promise<FoundPage> => {
  const { naming, onUnavailable, signal, isLate = () => false } = options;
  const leases: FoundLease[] = [];
  const rest = pairsFrom(pairs, from);
  const isDone = (): boolean => leases.length >= limit || isLate();
  for (const [index, of] of rest.entries()) {
    let after = index === 0 ? afterIn(of, from) : undefined;
    const locate = locator(of, naming);
    do {
      const page = await pageOf(of, Math.min(BATCH, limit - leases.length), after, onUnavailable, signal);
      for (const lease of page.leases) leases.push(locate(lease));
      after = page.next;
    } while (after !== undefined && !isDone());
    if (!isDone()) continue;
    const next = after === undefined ? rest[index + 1] : of;
    if (next === undefined) break;
    const { namespace, pair, ipFamily } = next;
    return { leases, next: { namespace, pair, ipFamily, ...(after === undefined ? {} : { after }) } };
  }
  return { leases };
};

/**
 * What is made of every lease from there on, batch by batch, of which some may be empty; the first failure ends it. After each the store rests: DHCP
 * servers use it as well. Of one batch what was made of it is held, and not its leases: whatever waits is copied by each collection of what is young.
 * @param make Called at once when a batch is there.
 */
export async function* streamLeases<T>(
  pairs: readonly WantedLeases[],
  from: Position | undefined,
  naming: Naming,
  make: (leases: readonly FoundLease[]) => T,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  for (const [index, of] of pairsFrom(pairs, from).entries()) {
    const locate = locator(of, naming);
    const read = async (after: string | undefined) => {
      const { leases, next } = await pageOf(of, BATCH, after, undefined, signal);
      return { made: make(leases.map(locate)), next };
    };
    let after = index === 0 ? afterIn(of, from) : undefined;
    do {
      const begin = performance.now();
      const { made, next } = await read(after);
      const took = performance.now() - begin;
      yield made;
      after = next;
      if (after !== undefined) await setTimeout(took * REST, undefined, { signal });
    } while (after !== undefined);
  }
}

/** Those of the pairs from there on that can be read now; `onUnavailable` is told of the others. */
export const readablePairs = async <T extends PairLeases>(
  pairs: readonly T[],
  from: Position | undefined,
  onUnavailable: OnUnavailable,
  signal?: AbortSignal,
): Promise<T[]> => {
  const look = async (of: T): Promise<T[]> => {
    try {
      await ofPair(of, of.source.look(signal));
      return [of];
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof ApiFailure)) throw error;
      onUnavailable(error);
      return [];
    }
  };
  return (await parallelMap(pairsFrom(pairs, from), LOOKS_AT_ONCE, look, signal)).flat();
};

const pageOf = async (
  of: WantedLeases,
  limit: number,
  after: string | undefined,
  onUnavailable?: OnUnavailable,
  signal?: AbortSignal,
): Promise<LeasePage> => {
  const { source, selection } = of;
  try {
    const page =
      selection === undefined ? source.page(limit, after, signal) : source.select(selection, limit, after, signal);
    return await ofPair(of, page);
  } catch (error) {
    signal?.throwIfAborted();
    if (onUnavailable === undefined || !(error instanceof ApiFailure)) throw error;
    onUnavailable(error);
    return { leases: [] };
  }
};

/** Pairs come and go between pages: the list goes on at the first that is not before the position. */
const pairsFrom = <T extends PairLeases>(pairs: readonly T[], from: Position | undefined): readonly T[] =>
  from === undefined ? pairs : pairs.filter((of) => compareSources(of, from) >= 0);

const afterIn = (of: PairLeases, from: Position | undefined): string | undefined =>
  from !== undefined && compareSources(of, from) === 0 ? from.after : undefined;

/** For the leases of one list: each Subnet is looked up once. */
const locator = (of: PairLeases, { subnetOf, reservationOf }: Naming): ((lease: Lease) => FoundLease) => {
  const { namespace, pair } = of;
  const subnets = new Map<number, ReturnType<SubnetOf>>();
  return (lease) => {
    const { subnetId } = lease;
    if (!subnets.has(subnetId)) subnets.set(subnetId, subnetOf(of, subnetId));
    const place = subnets.get(subnetId);
    const subnet = place?.name;
    const reservation = reservationOf(of, lease, subnet);
    return { namespace, pair, subnet, sharedNetwork: place?.sharedNetwork, reservation, lease };
  };
};
