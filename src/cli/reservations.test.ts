import { describe, expect, it } from 'vitest';
import { leaseOf } from '../../test/support/leaseAnswers.ts';
import { type HostReservation, hostReservationKind, type HostReservationSpec } from '../api/hostReservation.ts';
import { Complaint } from './exit.ts';
import { isReservationOf, reservationOf } from './reservations.ts';
import { parseWhat } from './what.ts';

const MAC = '02:00:5e:10:00:01';
const DUID = `00:03:00:01:${MAC}`;
const CLIENT = `01:${MAC}`;

describe('the reservation that pins a lease', () => {
  it.each([
    [
      'IPv4 by the hardware address',
      leaseOf('10.7.0.1', { hwAddress: MAC, clientId: CLIENT }),
      { hwAddress: MAC },
      { ipAddress: '10.7.0.1' },
    ],
    [
      'IPv4 by the client identifier where there is no other',
      leaseOf('10.7.0.1', { clientId: CLIENT }),
      { clientId: CLIENT },
      { ipAddress: '10.7.0.1' },
    ],
    [
      'IPv6 by the DUID',
      leaseOf('2001:db8::5', { hwAddress: MAC, duid: DUID }),
      { duid: DUID },
      { ipAddresses: ['2001:db8::5'] },
    ],
    [
      'a prefix',
      leaseOf('2001:db8:8000::', { duid: DUID, prefixLength: 56 }),
      { duid: DUID },
      { prefixes: ['2001:db8:8000::/56'] },
    ],
  ])('%s', (_because, { spec, ...lease }, identifier, reserved) => {
    const manifest = reservationOf({ ...lease, spec: { ...spec, subnet: 'desks' } }, {});
    expect(manifest.spec).toEqual({ subnetRef: { name: 'desks' }, identifier, ...reserved });
    expect(hostReservationKind.spec.safeParse(manifest.spec).success).toBe(true);
  });

  it.each([
    ['10.7.0.1', 'Printer_3.Example.org.', undefined, 'printer-3.example.org'],
    ['10.7.0.1', undefined, undefined, '10.7.0.1'],
    ['10.7.0.1', '---', undefined, '10.7.0.1'],
    ['2001:db8::5', undefined, undefined, '2001-db8-5'],
    ['::1', undefined, undefined, '1'],
    ['::', undefined, undefined, 'reservation'],
    ['10.7.0.1', 'printer', 'plotter', 'plotter'],
    ['10.7.0.1', `${'a'.repeat(63)}.`.repeat(10), undefined, `${'a'.repeat(63)}.`.repeat(4).slice(0, 253)],
  ])('of %s with the host name %s and --name %s is called %s', (address, hostname, name, expected) => {
    const lease = leaseOf(address, {
      hwAddress: MAC,
      duid: DUID,
      subnet: 'desks',
      ...(hostname === undefined ? {} : { hostname }),
    });
    expect(reservationOf(lease, name === undefined ? {} : { name }).metadata.name).toBe(expected);
  });

  it.each([
    ['no Subnet has the id', leaseOf('10.7.0.1', { hwAddress: MAC }), {}, 'there is no Subnet'],
    ['it is declined', leaseOf('10.7.0.1', { subnet: 'desks', state: 'Declined' }), {}, 'declined'],
    ['it names no client', leaseOf('10.7.0.1', { subnet: 'desks' }), {}, 'names no client'],
    ['the name is none', leaseOf('10.7.0.1', { subnet: 'desks', hwAddress: MAC }), { name: 'A B' }, 'no name'],
  ])('is refused where %s', (_because, lease, flags, words) => {
    expect(() => reservationOf(lease, flags)).toThrow(Complaint);
    expect(() => reservationOf(lease, flags)).toThrow(words);
  });
});

describe('a reservation is what is looked for', () => {
  const reservation = (spec: Partial<HostReservationSpec>): HostReservation => ({
    apiVersion: 'kea-operator.io/v1alpha1',
    kind: 'HostReservation',
    metadata: { name: 'plotter', namespace: 'dhcp' },
    spec: { subnetRef: { name: 'desks' }, identifier: { hwAddress: '02-00-5E-10-00-01' }, ...spec },
  });
  it.each([
    ['its address', '10.7.0.9', { ipAddress: '10.7.0.9' }, true],
    ['a prefix around it', '10.7.0.0/24', { ipAddress: '10.7.0.9' }, true],
    ['another address', '10.7.0.8', { ipAddress: '10.7.0.9' }, false],
    ['an address of the other family', '::a07:9', { ipAddress: '10.7.0.9' }, false],
    ['an address within its prefix', '2001:db8:8000:1::5', { prefixes: ['2001:db8:8000::/56'] }, true],
    ['its client in another spelling', '0200.5e10.0001', {}, true],
    ['another client', '0200.5e10.0002', {}, false],
    ['a part of its host name', 'lott', { hostname: 'Plotter-3' }, true],
    ['its Subnet', 'desks', {}, true],
    ['its own name', 'plotter', {}, true],
    ['another name', 'phones', { hostname: 'plotter' }, false],
  ] as const)('by %s', (_because, given, spec, expected) => {
    expect(isReservationOf(parseWhat(given), reservation(spec as Partial<HostReservationSpec>))).toBe(expected);
  });
});
