/** A selection of leases from a server's memory: by the command that looks for an identifier where there is one, else page by page. */
import type { Family } from '../kea/family.ts';
import type { FamilyArguments } from '../kea/familyCommands.ts';
import {
  boundsOf,
  isImpossible,
  isOfRangeAlone,
  type LeaseSelection,
  pageAmong,
  selectedOf,
  selects,
} from './selection.ts';
import { type Lease, type LeasePage, type LeaseSource, pageOf } from './source.ts';

/** What answers with all that it found. */
type Finder = 'leasesOfClient' | 'leasesOfHwAddress' | 'leasesOfHostname' | 'leasesOfSubnets';

export interface ControlReads {
  readonly get: LeaseSource['get'];
  readonly page: LeaseSource['page'];
  found<F extends Finder>(
    what: F,
    args: FamilyArguments[F],
    signal: AbortSignal | undefined,
  ): Promise<readonly Lease[]>;
  /** How many leases a subnet has, by the server's own figures: those that are over and kept are not among them. */
  bound(subnetId: number, signal: AbortSignal | undefined): Promise<number>;
}

/** Leases that a part of a scan looks at: so many take a server 15 ms. */
const PART = 1_000;
/** Of more subnets than this, or of more leases, no answer holds them all: they are looked for page by page. */
const SUBNETS = 4;
const FETCHED = 2_000;

export const createControlSelect = (family: Family, reads: ControlReads): LeaseSource['select'] => {
  const { addressing } = family;

  const areFew = async (ids: readonly number[], signal: AbortSignal | undefined): Promise<boolean> => {
    if (ids.length > SUBNETS) return false;
    let leases = 0;
    for (const id of ids) leases += await reads.bound(id, signal);
    return leases <= FETCHED;
  };

  /** All leases among which those of the selection are; undefined: no command tells them. */
  const among = async (
    { hwAddress, clientId, duid, hostname, subnetIds }: LeaseSelection,
    signal: AbortSignal | undefined,
  ): Promise<readonly Lease[] | undefined> => {
    if (clientId !== undefined) return reads.found('leasesOfClient', { 'client-id': clientId }, signal);
    if (duid !== undefined) return reads.found('leasesOfClient', { duid }, signal);
    if (hwAddress !== undefined && family.version === 4) {
      return reads.found('leasesOfHwAddress', { 'hw-address': hwAddress }, signal);
    }
    if (hostname !== undefined) return reads.found('leasesOfHostname', { hostname }, signal);
    if (subnetIds !== undefined && (await areFew(subnetIds, signal))) {
      return reads.found('leasesOfSubnets', { subnets: subnetIds }, signal);
    }
    return undefined;
  };

  return async (selection, limit, after, signal): Promise<LeasePage> => {
    const bounds = boundsOf(selection, after, addressing.bits);
    if (bounds === undefined || isImpossible(family, selection)) return { leases: [] };
    if (bounds.first === bounds.last) {
      const lease = await reads.get(addressing.format(bounds.first), signal);
      return { leases: lease !== undefined && selects(selection)(lease) ? [lease] : [] };
    }
    const found = await among(selection, signal);
    if (found !== undefined) return pageAmong(selection, found, limit, after);
    const before = bounds.first === 0n ? undefined : addressing.format(bounds.first - 1n);
    const read = await reads.page(isOfRangeAlone(selection) ? limit : PART, before, signal);
    const { leases, next } = selectedOf(selection, read);
    const page = pageOf(leases, limit, after);
    return page.next === undefined && next !== undefined ? { ...page, next } : page;
  };
};
