import { describe, expect, it } from 'vitest';
import {
  compileWith,
  messageOf,
  network,
  pair,
  reservation,
  snapshotOf,
  subnet,
  TO_PAIR,
  verdictOf,
} from '../../test/support/objects.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Children } from './types.ts';

const OFFICE = 'Subnet/prod/office';
const PRINTER = 'HostReservation/prod/printer';
const office = (more: object = {}, cidr = '10.0.0.0/24') => subnet('office', { ...TO_PAIR, cidr, ...more });
const inOffice = { subnetRef: { name: 'office' } };
const mac = (last: string) => ({ identifier: { hwAddress: `02:00:5E:10:00:${last}` } });
const printer = (more: object = {}) => reservation('printer', { ...inOffice, ...mac('01'), ...more });

describe('what is rejected, with a message that names field and remedy', () => {
  it.each<{ because: string; children: Partial<Children>; of?: object; ref: ObjectRef; reason: string; says: string }>([
    {
      because: 'a spec that does not fit the schema any more',
      children: { subnets: [office({ pools: 'all of them' })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'pools',
    },
    {
      because: 'host bits in the prefix, which Kea and SQL take for another subnet',
      children: { subnets: [office({}, '10.0.0.1/24')] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'write 10.0.0.0/24',
    },
    {
      because: 'a NUL, for which PostgreSQL would refuse what everybody else wishes for too',
      children: { subnets: [office({ optionData: [{ name: 'domain-search', data: 'a\0b' }] })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'optionData[0].data: it holds a NUL character, which PostgreSQL cannot keep: remove it',
    },
    {
      because: 'a NUL deep in the user context',
      children: { subnets: [office({ userContext: { site: { floors: ['a', 'b\0'] } } })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'userContext.site.floors[1]: it holds a NUL',
    },
    {
      because: 'a NUL in a key of the user context',
      children: { subnets: [office({ userContext: { site: { 'a\0b': 1 } } })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'userContext.site: it holds a NUL',
    },
    {
      because: 'a control character in the name of the boot file',
      children: { subnets: [office()], reservations: [printer({ bootFileName: 'a\nb' })] },
      ref: PRINTER,
      reason: 'InvalidSpec',
      says: 'bootFileName: must be plain ASCII text without control characters',
    },
    {
      because: "the operator's own key in the user context",
      children: { subnets: [office({ userContext: { 'kea-operator': {} } })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'userContext',
    },
    {
      because: 'a pool outside the prefix',
      children: { subnets: [office({ pools: [{ pool: '10.0.1.10-10.0.1.20' }] })] },
      ref: OFFICE,
      reason: 'PoolOutsidePrefix',
      says: 'choose addresses from 10.0.0.0-10.0.0.255',
    },
    {
      because: 'a reversed pool',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.20-10.0.0.10' }] })] },
      ref: OFFICE,
      reason: 'PoolReversed',
      says: 'swap them',
    },
    {
      because: 'two pools on the same addresses',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0/25' }, { pool: '10.0.0.100-10.0.0.200' }] })] },
      ref: OFFICE,
      reason: 'PoolOverlap',
      says: 'pools[0]',
    },
    {
      because: 'a pool guarded by a class that nobody can be in',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0/25', clientClasses: ['gold'] }] })] },
      ref: OFFICE,
      reason: 'UnknownClientClass',
      says: 'pools[0].clientClasses: there is no client class gold',
    },
    {
      because: 'the class of a server that the pair has not',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0/25', clientClasses: ['HA_c'] }] })] },
      ref: OFFICE,
      reason: 'UnknownClientClass',
      says: 'HA_c',
    },
    {
      because: 'a guarded pool where it would have to be divided',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0/25', clientClasses: ['KNOWN'] }] })] },
      of: { mode: 'LoadBalancing' },
      ref: OFFICE,
      reason: 'LoadBalancingPool',
      says: 'choose mode HotStandby',
    },
    {
      because: 'an option that Kea does not know',
      children: { subnets: [office({ optionData: [{ name: 'router', data: '10.0.0.1' }] })] },
      ref: OFFICE,
      reason: 'InvalidOption',
      says: "did you mean 'routers'",
    },
    {
      because: 'a value of a pool option that is none',
      children: {
        subnets: [office({ pools: [{ pool: '10.0.0.0/25', optionData: [{ name: 'routers', data: 'x' }] }] })],
      },
      ref: OFFICE,
      reason: 'InvalidOption',
      says: 'pools[0].optionData[0]',
    },
    {
      because: 'an option guarded by an unknown class',
      children: { subnets: [office({ optionData: [{ code: 3, data: '10.0.0.1', clientClasses: ['gold'] }] })] },
      ref: OFFICE,
      reason: 'UnknownClientClass',
      says: 'optionData[0].clientClasses',
    },
    {
      because: 'a least lease time from the pair that is more than the own lease time',
      children: { subnets: [office({ validLifetime: 600 })] },
      of: { dhcp4: { validLifetime: 7200, minValidLifetime: 3600 } },
      ref: OFFICE,
      reason: 'InvalidLifetimes',
      says: 'minValidLifetime 3600 (from HAPair hq) must not be greater than validLifetime 600',
    },
    {
      because: "a greatest lease time below Kea's own default",
      children: { subnets: [office({ maxValidLifetime: 600 })] },
      ref: OFFICE,
      reason: 'InvalidLifetimes',
      says: "validLifetime 7200 (Kea's default)",
    },
    {
      because: 'a T1 after the T2 of the network',
      children: {
        networks: [network('campus', { ...TO_PAIR, rebindTimer: 1000 })],
        subnets: [subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', renewTimer: 2000 })],
      },
      ref: OFFICE,
      reason: 'InvalidLifetimes',
      says: 'rebindTimer 1000 (from SharedNetwork campus)',
    },
    {
      because: 'another word of authority than its network has',
      children: {
        networks: [network('campus', { ...TO_PAIR, authoritative: true })],
        subnets: [
          subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', authoritative: false }),
        ],
      },
      ref: OFFICE,
      reason: 'AuthoritativeMismatch',
      says: 'authoritative: false here, and true in SharedNetwork campus: Kea refuses a shared network with both; leave it out here, or set it in the SharedNetwork',
    },
    {
      because: "another word of authority than Kea's own for its network",
      children: {
        networks: [network('campus', TO_PAIR)],
        subnets: [subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', authoritative: true })],
      },
      ref: OFFICE,
      reason: 'AuthoritativeMismatch',
      says: 'authoritative: true here, and false in SharedNetwork campus',
    },
    {
      because: 'an interface that a server has not',
      children: { subnets: [office({ interface: 'lan7' })] },
      ref: OFFICE,
      reason: 'InterfaceNotServed',
      says: 'no server of the HAPair listens on lan7',
    },
    {
      because: 'a parent that is rejected itself',
      children: {
        networks: [network('campus', { ...TO_PAIR, interface: 'lan7' })],
        subnets: [subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24' })],
      },
      ref: OFFICE,
      reason: 'ParentRejected',
      says: 'SharedNetwork campus',
    },
    {
      because: 'a reservation in a rejected Subnet',
      children: { subnets: [office({ interface: 'lan7' })], reservations: [printer()] },
      ref: PRINTER,
      reason: 'ParentRejected',
      says: 'Subnet office',
    },
    {
      because: 'an address outside the prefix',
      children: { subnets: [office()], reservations: [printer({ ipAddress: '10.0.1.9' })] },
      ref: PRINTER,
      reason: 'AddressOutsidePrefix',
      says: '10.0.0.0/24 of Subnet prod/office',
    },
    {
      because: 'the broadcast address',
      children: { subnets: [office()], reservations: [printer({ ipAddress: '10.0.0.255' })] },
      ref: PRINTER,
      reason: 'AddressOutsidePrefix',
      says: 'broadcast address',
    },
    {
      because: 'an address that Kea would not look up, as it lies in a pool',
      children: {
        subnets: [office({ pools: [{ pool: '10.0.0.0/25' }], reservationsOutOfPool: true })],
        reservations: [printer({ ipAddress: '10.0.0.9' })],
      },
      ref: PRINTER,
      reason: 'AddressInPool',
      says: '10.0.0.0-10.0.0.127',
    },
    {
      because: 'a reservation in a Subnet that does not look up its own',
      children: { subnets: [office()], reservations: [printer()] },
      of: { dhcp4: { reservationsInSubnet: false } },
      ref: PRINTER,
      reason: 'ReservationNotLookedUp',
      says: 'reservationsInSubnet',
    },
    {
      because: 'a kind of identifier that the servers do not look up',
      children: {
        subnets: [office()],
        reservations: [reservation('printer', { ...inOffice, identifier: { circuitId: "'port-7'" } })],
      },
      of: { dhcp4: { hostReservationIdentifiers: ['hw-address'] } },
      ref: PRINTER,
      reason: 'ReservationNotLookedUp',
      says: 'add circuit-id to dhcp4.hostReservationIdentifiers',
    },
    {
      because: 'a flexible identifier, which no server computes',
      children: {
        subnets: [office()],
        reservations: [reservation('printer', { ...inOffice, identifier: { flexId: "'port-7'" } })],
      },
      of: { dhcp4: { hostReservationIdentifiers: ['hw-address', 'flex-id'] } },
      ref: PRINTER,
      reason: 'ReservationNotLookedUp',
      says: 'identifier.flexId: the servers do not load the hook flex_id, which computes it, so no client would ever be found: recognise the client by hwAddress, clientId, circuitId or duid',
    },
    {
      because: 'a global reservation where nobody looks up global ones',
      children: { subnets: [office()], reservations: [reservation('printer', { ...TO_PAIR, ...mac('01') })] },
      ref: PRINTER,
      reason: 'ReservationNotLookedUp',
      says: 'reservationsGlobal',
    },
    {
      because: 'a global address that lies in no Subnet',
      children: {
        subnets: [office()],
        reservations: [reservation('printer', { ...TO_PAIR, ...mac('01'), ipAddress: '10.0.1.9' })],
      },
      of: { dhcp4: { reservationsGlobal: true } },
      ref: PRINTER,
      reason: 'AddressOutsidePrefix',
      says: 'no Subnet of the HAPair',
    },
    {
      because: 'two identifiers in one reservation',
      children: {
        subnets: [office()],
        reservations: [
          reservation('printer', { ...inOffice, identifier: { hwAddress: '02:00:5e:10:00:01', duid: '000102' } }),
        ],
      },
      ref: PRINTER,
      reason: 'InvalidSpec',
      says: 'exactly one of hwAddress',
    },
    {
      because: 'an option of a reservation that is guarded by a class, which Kea does not read from the database',
      children: {
        subnets: [office()],
        reservations: [printer({ optionData: [{ code: 3, data: '10.0.0.1', clientClasses: ['KNOWN'] }] })],
      },
      ref: PRINTER,
      reason: 'InvalidOption',
      says: 'optionData[0].clientClasses: Kea keeps no classes with the options of a reservation, and would send it to the client whatever its classes: leave clientClasses out',
    },
    {
      because: 'a wrong option in a reservation',
      children: { subnets: [office()], reservations: [printer({ optionData: [{ name: 'routers', data: 'x' }] })] },
      ref: PRINTER,
      reason: 'InvalidOption',
      says: 'optionData[0] routers',
    },
  ])('$because', ({ children, of, ref, reason, says }) => {
    const compiled = compileWith(snapshotOf(children, pair(of)));
    expect([verdictOf(compiled, ref), messageOf(compiled, ref)]).toEqual([reason, expect.stringContaining(says)]);
  });
});
