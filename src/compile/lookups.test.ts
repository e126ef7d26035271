import { describe, expect, it } from 'vitest';
import { compileWith, network, pair, reservation, sceneOf, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { mac, OFFICE, office, PRINTER, printer } from '../../test/support/office.ts';
import type { ForeignRow, KeaState } from '../kea/kinds.ts';
import type { HostBody, SubnetBody } from '../kea/state.ts';
import type { Children } from './types.ts';

const POOLS = { pools: [{ pool: '10.0.0.100 - 10.0.0.199' }] };
const IN_POOL = printer({ ipAddress: '10.0.0.150' });
const OUTSIDE = printer({ ipAddress: '10.0.0.9' });
const NAMED = printer({ hostname: 'printer' });

const OFF = { 'reservations-in-subnet': false };
const BY_CLIENT = { 'reservations-out-of-pool': true };
const ALL = {};

const keywordsIn = (body: SubnetBody | undefined): object =>
  Object.fromEntries(Object.entries(body ?? {}).filter(([keyword]) => keyword.startsWith('reservations-')));
const lookupsOf = ({ subnets }: KeaState): object => keywordsIn(subnets.get(1)?.body);
const foreign = (more: Partial<HostBody>): ForeignRow => ({
  kind: 'host',
  item: {
    body: { 'subnet-id': 1, 'identifier-type': 'hw-address', identifier: '020000000001', ...more },
  },
  serverTags: [],
});

describe('how far servers look for reservations', () => {
  it.each<{
    because: string;
    children?: Partial<Children>;
    of?: object;
    rows?: readonly ForeignRow[];
    expected: object;
  }>([
    { because: 'a Subnet without reservations is not looked up', expected: OFF },
    {
      because: 'one with an address of a pool is looked up as Kea does',
      children: { reservations: [IN_POOL] },
      expected: ALL,
    },
    {
      because: 'addresses that lie outside the pools are not asked for one by one',
      children: { reservations: [OUTSIDE] },
      expected: BY_CLIENT,
    },
    {
      because: 'nor is a reservation without an address',
      children: { reservations: [NAMED] },
      expected: BY_CLIENT,
    },
    {
      because: 'the one reservation that needs most decides',
      children: {
        reservations: [OUTSIDE, reservation('scanner', { ...IN_POOL.spec, ...mac('02') }, { age: 1 })],
      },
      expected: ALL,
    },
    {
      because: 'a reservation that is rejected needs nothing',
      children: { reservations: [printer({ ipAddress: '10.9.9.9' })] },
      expected: OFF,
    },
    {
      because: 'nor does a global one, which is looked up by reservations-global',
      children: { reservations: [reservation('printer', { ...TO_PAIR, ...mac('01'), hostname: 'printer' })] },
      of: { dhcp4: { reservationsGlobal: true } },
      expected: OFF,
    },
    {
      because: 'what somebody else wrote into the database is respected',
      rows: [foreign({ hostname: 'plotter' })],
      expected: BY_CLIENT,
    },
    {
      because: 'with an address of a pool as well',
      rows: [foreign({ 'ip-address': '10.0.0.120' })],
      expected: ALL,
    },
    {
      because: 'in other subnets it is nothing to this one',
      rows: [foreign({ 'subnet-id': 7, 'ip-address': '10.0.0.120' })],
      expected: OFF,
    },
    {
      because: 'what the HAPair sets is left alone',
      of: { dhcp4: { reservationsInSubnet: true, reservationsOutOfPool: false } },
      expected: ALL,
    },
    {
      because: 'of a Subnet that is to be looked up the addresses need not be',
      of: { dhcp4: { reservationsInSubnet: true } },
      expected: BY_CLIENT,
    },
    {
      because: 'where nothing is looked up there is nothing to spare',
      of: { dhcp4: { reservationsInSubnet: false } },
      expected: ALL,
    },
    {
      because: 'what the Subnet sets stays as it says',
      children: { subnets: [office({ ...POOLS, reservationsOutOfPool: false })], reservations: [OUTSIDE] },
      expected: { 'reservations-out-of-pool': false },
    },
    {
      because: 'and what its SharedNetwork sets',
      children: {
        networks: [network('campus', { ...TO_PAIR, reservationsInSubnet: true, reservationsOutOfPool: false })],
        subnets: [subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', ...POOLS })],
      },
      expected: ALL,
    },
  ])('$because', ({ children = {}, of = {}, rows = [], expected }) => {
    const snapshot = sceneOf({ subnets: [office(POOLS)], ...children }, pair(of));
    expect(lookupsOf(compileWith(snapshot, { foreign: rows }).desired)).toEqual(expected);
  });

  const desiredOf = (children: Partial<Children>, owned?: KeaState, dropsLookups = false) =>
    compileWith(sceneOf({ subnets: [office(POOLS)], ...children }), owned && { owned }, { dropsLookups });

  it('the first reservation brings them with its own row', () => {
    const { desired } = desiredOf({ reservations: [IN_POOL] }, desiredOf({}).desired);
    expect(lookupsOf(desired)).toEqual(ALL);
  });

  it('they outlast the last reservation, so that it may come again, until lookups are dropped', () => {
    const before = desiredOf({ reservations: [IN_POOL] }).desired;
    const without = desiredOf({}, before).desired;
    expect(lookupsOf(without)).toEqual(ALL);
    expect(lookupsOf(desiredOf({}, without).desired)).toEqual(ALL);
    expect(lookupsOf(desiredOf({}, without, true).desired)).toEqual(OFF);
  });

  it('they are not dropped while the row of a reservation that is to go is still there', () => {
    const before = desiredOf({ reservations: [IN_POOL] }).desired;
    expect(lookupsOf(desiredOf({}, before, true).desired)).toEqual(ALL);
  });

  it('the row of a Subnet that is rejected now gets the lookups of its reservations all the same', () => {
    const before = desiredOf({}).desired;
    const wrong = { subnets: [office({ ...POOLS, interface: 'lan7' })], reservations: [IN_POOL] };
    const { desired, kept, verdicts } = desiredOf(wrong, before);
    expect([verdicts.get(OFFICE)?.accepted, kept.has(OFFICE), verdicts.get(PRINTER)?.accepted]).toEqual([
      false,
      true,
      true,
    ]);
    expect(lookupsOf(desired)).toEqual(ALL);
    expect(desired.subnets.get(1)?.marker).not.toHaveProperty('derived');
  });

  it('says in the row which keywords were derived', () => {
    expect(desiredOf({}).desired.subnets.get(1)?.marker?.derived).toEqual(['reservations-in-subnet']);
    expect(desiredOf({ reservations: [OUTSIDE] }).desired.subnets.get(1)?.marker?.derived).toEqual([
      'reservations-out-of-pool',
    ]);
  });
});
