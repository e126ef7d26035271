import { describe, expect, it } from 'vitest';
import { compileWith, messageOf, pair, reservation, sceneOf, TO_PAIR, verdictOf } from '../../test/support/objects.ts';
import { inOffice, mac, office, PRINTER, printer } from '../../test/support/office.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Children } from './types.ts';

describe('what is rejected of reservations, with a message that names field and remedy', () => {
  it.each<{ because: string; children: Partial<Children>; of?: object; ref: ObjectRef; reason: string; says: string }>([
    {
      because: 'a control character in the name of the boot file',
      children: { subnets: [office()], reservations: [printer({ bootFileName: 'a\nb' })] },
      ref: PRINTER,
      reason: 'InvalidSpec',
      says: 'bootFileName: must be plain ASCII text without control characters',
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
      says: '10.0.0.1-10.0.0.127',
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
    const compiled = compileWith(sceneOf(children, pair(of)));
    expect([verdictOf(compiled, ref), messageOf(compiled, ref)]).toEqual([reason, expect.stringContaining(says)]);
  });
});
