/** Lease stores that are none: what real ones answer is the contract suite's matter. */
import type { GuardedSource } from '../../src/apiserver/guard.ts';
import type { Naming } from '../../src/apiserver/read.ts';
import { pageAmong } from '../../src/leases/selection.ts';
import { type Lease, numberOf, pageOf } from '../../src/leases/source.ts';

/** A store of these leases, in the order of their addresses. */
export const leasesInMemory = (stored: () => readonly Lease[]): GuardedSource => ({
  get: async (address) => Promise.resolve().then(() => stored().find((held) => held.address === address)),
  page: async (limit, after) => {
    const all = await Promise.resolve().then(stored);
    const from = after === undefined ? -1n : numberOf(after);
    return pageOf(
      all.filter(({ address }) => numberOf(address) > from),
      limit,
      after,
    );
  },
  select: async (selection, limit, after) => pageAmong(selection, await Promise.resolve().then(stored), limit, after),
  look: async () => {
    await Promise.resolve().then(stored);
  },
  ofAddresses: async (addresses) =>
    (await Promise.resolve().then(stored)).filter(({ address }) => addresses.includes(address)),
  usage: () => Promise.resolve([]),
  countActive: () => Promise.resolve(new Map()),
  remaining: () => Promise.resolve(new Map()),
  close: () => Promise.resolve(),
});

/** Where there are no custom resources but the pairs. */
export const NAMELESS: Naming = { subnetOf: () => undefined, reservationOf: () => undefined };
