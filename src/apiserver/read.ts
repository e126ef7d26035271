/** Reading leases across the pairs of a namespace, or of all. */
import { familyOfText, ipFamilyOf } from '../kea/families.ts';
import type { LeaseSourceOf } from '../leases/descriptor.ts';
import { isActive, type Lease, LeasesUnavailable } from '../leases/source.ts';
import { asError } from '../runtime/errors.ts';
import { parallelMap } from '../runtime/parallel.ts';
import { ApiFailure } from './failure.ts';
import { addressInName, type FoundLease, leaseName } from './lease.ts';
import type { Position } from './query.ts';
import { compareSources, type PairLeases } from './sources.ts';

/** Name of the Subnet of a family of a pair that has this id of Kea's; undefined where there is none. */
export type SubnetName = (of: LeaseSourceOf, subnetId: number) => string | undefined;

export interface FoundPage {
  readonly leases: readonly FoundLease[];
  /** Where the next page starts; absent at the end. */
  readonly next?: Position;
}

/** What a reader of several pairs does about one that cannot be read. */
export type OnUnavailable = (failure: ApiFailure) => void;

/** Leases that are read from a source at a time. */
const BATCH = 1_000;
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
  subnetName: SubnetName,
  signal?: AbortSignal,
): Promise<FoundLease | undefined> => {
  const address = addressInName(name);
  // What is no address is no lease: no store need be asked.
  if (address === undefined) return undefined;
  const ipFamily = ipFamilyOf(familyOfText(address));
  const failures: Error[] = [];
  const found = await parallelMap(
    pairs.filter((of) => of.ipFamily === ipFamily),
    PAIRS_AT_ONCE,
    async (of) => {
      try {
        const lease = await ofPair(of, of.source.get(address, signal));
        return lease && leaseName(lease) === name ? locate(of, lease, subnetName) : undefined;
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

/**
 * One page of at most `limit` leases.
 * @param onUnavailable Given, a pair that cannot be read is told and passed over; left out, it fails the page.
 */
export const gatherLeases = async (
  pairs: readonly PairLeases[],
  from: Position | undefined,
  limit: number,
  subnetName: SubnetName,
  onUnavailable?: OnUnavailable,
  signal?: AbortSignal,
): Promise<FoundPage> => {
  const leases: FoundLease[] = [];
  const rest = pairsFrom(pairs, from);
  for (const [index, of] of rest.entries()) {
    let after = index === 0 ? afterIn(of, from) : undefined;
    do {
      const page = await pageOf(of, Math.min(BATCH, limit - leases.length), after, onUnavailable, signal);
      for (const lease of page.leases) leases.push(locate(of, lease, subnetName));
      after = page.next;
    } while (after !== undefined && leases.length < limit);
    if (leases.length < limit) continue;
    const next = after === undefined ? rest[index + 1] : of;
    if (next === undefined) break;
    const { namespace, pair, ipFamily } = next;
    return { leases, next: { namespace, pair, ipFamily, ...(after === undefined ? {} : { after }) } };
  }
  return { leases };
};

/** Every lease from there on, in batches; the first failure ends it. */
export async function* streamLeases(
  pairs: readonly PairLeases[],
  from: Position | undefined,
  subnetName: SubnetName,
  signal?: AbortSignal,
): AsyncGenerator<readonly FoundLease[]> {
  for (const [index, of] of pairsFrom(pairs, from).entries()) {
    let after = index === 0 ? afterIn(of, from) : undefined;
    do {
      const page = await pageOf(of, BATCH, after, undefined, signal);
      yield page.leases.map((lease) => locate(of, lease, subnetName));
      after = page.next;
    } while (after !== undefined);
  }
}

/** Those of the pairs from there on that can be read now; `onUnavailable` is told of the others. */
export const readablePairs = async (
  pairs: readonly PairLeases[],
  from: Position | undefined,
  onUnavailable: OnUnavailable,
  signal?: AbortSignal,
): Promise<PairLeases[]> => {
  const look = async (of: PairLeases): Promise<PairLeases[]> => {
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
  of: PairLeases,
  limit: number,
  after: string | undefined,
  onUnavailable?: OnUnavailable,
  signal?: AbortSignal,
) => {
  try {
    return await ofPair(of, of.source.page(limit, after, signal));
  } catch (error) {
    signal?.throwIfAborted();
    if (onUnavailable === undefined || !(error instanceof ApiFailure)) throw error;
    onUnavailable(error);
    return { leases: [] };
  }
};

/** Pairs come and go between pages: the list goes on at the first that is not before the position. */
const pairsFrom = (pairs: readonly PairLeases[], from: Position | undefined): readonly PairLeases[] =>
  from === undefined ? pairs : pairs.filter((of) => compareSources(of, from) >= 0);

const afterIn = (of: PairLeases, from: Position | undefined): string | undefined =>
  from !== undefined && compareSources(of, from) === 0 ? from.after : undefined;

const locate = (of: PairLeases, lease: Lease, subnetName: SubnetName): FoundLease => ({
  namespace: of.namespace,
  pair: of.pair,
  subnet: subnetName(of, lease.subnetId),
  lease,
});
