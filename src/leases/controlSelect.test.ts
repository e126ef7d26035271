import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import type { Family } from '../kea/family.ts';
import { createControlSelect } from './controlSelect.ts';
import type { LeaseSelection } from './selection.ts';
import type { Lease } from './source.ts';

/** Reads that find nothing, and what was asked; each subnet has so many leases. */
const asking = (leases: number) => {
  const asked: unknown[] = [];
  const note = <T>(answer: T, ...words: readonly unknown[]): Promise<T> => {
    asked.push(words);
    return Promise.resolve(answer);
  };
  const none: readonly Lease[] = [];
  return {
    asked,
    reads: {
      get: (address: string) => note<Lease | undefined>(undefined, 'get', address),
      page: (limit: number, after?: string) => note({ leases: none }, 'page', limit, after),
      found: (what: string, args: unknown) => note(none, what, args),
      bound: (subnetId: number) => note(leases, 'bound', subnetId),
    },
  };
};
const single = (address: bigint) => ({ first: address, last: address });

describe('a selection asks a server', () => {
  it.each<[string, Family, Omit<LeaseSelection, 'now'>, number, readonly unknown[]]>([
    ['for a hardware address', DHCPV4, { hwAddress: '0a' }, 0, [['leasesOfHwAddress', { 'hw-address': '0a' }]]],
    ['for a client identifier', DHCPV4, { clientId: '0a' }, 0, [['leasesOfClient', { 'client-id': '0a' }]]],
    ['for a DUID', DHCPV6, { duid: '0a' }, 0, [['leasesOfClient', { duid: '0a' }]]],
    ['for a host name', DHCPV6, { hostname: 'a' }, 0, [['leasesOfHostname', { hostname: 'a' }]]],
    ['for an address', DHCPV4, { range: single(9n), hostname: 'a' }, 0, [['get', '0.0.0.9']]],
    [
      'for the leases of subnets that have few',
      DHCPV4,
      { subnetIds: [1, 2] },
      1_000,
      [
        ['bound', 1],
        ['bound', 2],
        ['leasesOfSubnets', { subnets: [1, 2] }],
      ],
    ],
    [
      'for pages, where they have many',
      DHCPV4,
      { subnetIds: [1] },
      2_001,
      [
        ['bound', 1],
        ['page', 1_000, undefined],
      ],
    ],
    ['for pages, where they are many', DHCPV4, { subnetIds: [1, 2, 3, 4, 5] }, 0, [['page', 1_000, undefined]]],
    ['for pages, of IPv6 by hardware address', DHCPV6, { hwAddress: '0a' }, 0, [['page', 1_000, undefined]]],
    ['for pages, by state', DHCPV4, { states: ['Declined'] }, 0, [['page', 1_000, undefined]]],
    [
      'for pages from the beginning of a range',
      DHCPV4,
      { range: { first: 9n, last: 99n } },
      0,
      [['page', 5, '0.0.0.8']],
    ],
    ['for nothing that no lease of IPv4 has', DHCPV4, { duid: '0a' }, 0, []],
    ['for nothing that no lease of IPv6 has', DHCPV6, { clientId: '0a' }, 0, []],
    ['for no prefix of IPv4', DHCPV4, { type: 'Prefix' }, 0, []],
  ])('%s', async (_, family, selection, leases, expected) => {
    const { asked, reads } = asking(leases);
    expect(await createControlSelect(family, reads)({ ...selection, now: 0 }, 5)).toEqual({ leases: [] });
    expect(asked).toEqual(expected);
  });

  it('goes on after a page without any, up to the end of the range', async () => {
    const { reads } = asking(0);
    const page = () => Promise.resolve({ leases: [], next: '0.0.0.50' });
    const select = createControlSelect(DHCPV4, { ...reads, page });
    const of = { hostnamePrefix: 'a', now: 0 };
    expect(await select(of, 5)).toEqual({ leases: [], next: '0.0.0.50' });
    expect(await select({ ...of, range: { first: 0n, last: 50n } }, 5)).toEqual({ leases: [] });
  });
});
