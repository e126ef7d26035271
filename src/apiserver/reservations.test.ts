import { describe, expect, it } from 'vitest';
import type { LeaseSourceOf } from '../leases/descriptor.ts';
import type { Lease } from '../leases/source.ts';
import { createCache } from '../runtime/cache.ts';
import type { KubeObject } from '../runtime/object.ts';
import { type KnownReservation, reservationNames, trimReservation } from './reservations.ts';

const MAC = '02:00:5e:10:00:01';
const of: LeaseSourceOf = { namespace: 'dhcp', pair: 'office', ipFamily: 'IPv4' };
const lease = (over: Partial<Lease>): Lease => ({
  address: '192.0.2.10',
  subnetId: 1,
  state: 'Active',
  cltt: 0,
  validLifetime: 60,
  ...over,
});
const given = (spec: object, status?: object, namespace = 'dhcp'): KubeObject => ({
  apiVersion: 'kea-operator.io/v1alpha1',
  kind: 'HostReservation',
  metadata: { name: 'printer', namespace, uid: 'u', resourceVersion: '1', labels: { a: 'b' } },
  spec,
  ...(status === undefined ? {} : { status }),
});
const naming = (...objects: readonly KubeObject[]) => {
  const cache = createCache<KnownReservation>();
  const nameOf = reservationNames(cache);
  cache.replace(objects.map(trimReservation));
  return nameOf;
};
const IN_LAN = { subnetRef: { name: 'lan' }, ipAddress: '192.0.2.10' };
const NOT_ACCEPTED = { conditions: [{ type: 'Accepted', status: 'False' }] };

describe('a lease has the reservation', () => {
  it.each([
    ['of its hardware address, however that is written', { hwAddress: '02-00-5E-10-00-01' }, { hwAddress: MAC }],
    ['of its client identifier', { clientId: `01:${MAC}` }, { clientId: `01:${MAC}` }],
    ['of the DUID in its client identifier', { duid: '00:03:00:01' }, { clientId: 'ff:00:00:00:07:00:03:00:01' }],
  ])('%s', (_, identifier, client) => {
    expect(naming(given({ ...IN_LAN, identifier }))(of, lease(client), 'lan')).toBe('printer');
  });

  it.each([
    ['an address', { ipAddresses: ['2001:DB8:0::1'] }, { address: '2001:db8::1' }],
    ['a prefix', { prefixes: ['2001:db8:8000::/56'] }, { address: '2001:db8:8000::', prefixLength: 56 }],
  ])('of IPv6 for %s', (_, reserved, leased) => {
    const spec = { subnetRef: { name: 'lan' }, identifier: { duid: '00:03:00:01' }, ...reserved };
    const leased6 = lease({ ...leased, duid: '00:03:00:01' });
    expect(naming(given(spec))({ ...of, ipFamily: 'IPv6' }, leased6, 'lan')).toBe('printer');
  });

  it('of its pair, where that is a global one', () => {
    const spec = { haPairRef: { name: 'office' }, identifier: { hwAddress: MAC }, ipAddress: '192.0.2.10' };
    const name = naming(given(spec));
    expect(name(of, lease({ hwAddress: MAC }), undefined)).toBe('printer');
    expect(name({ ...of, pair: 'other' }, lease({ hwAddress: MAC }), undefined)).toBeUndefined();
  });

  it.each([
    ['another client has it', given({ ...IN_LAN, identifier: { hwAddress: '02:00:5e:10:00:02' } })],
    ['it is of another Subnet', given({ ...IN_LAN, subnetRef: { name: 'lab' }, identifier: { hwAddress: MAC } })],
    ['it is of another namespace', given({ ...IN_LAN, identifier: { hwAddress: MAC } }, undefined, 'lab')],
    ['it keeps another address', given({ ...IN_LAN, ipAddress: '192.0.2.11', identifier: { hwAddress: MAC } })],
    ['the operator rejected it', given({ ...IN_LAN, identifier: { hwAddress: MAC } }, NOT_ACCEPTED)],
    ['a switch port is reserved for, which no lease tells', given({ ...IN_LAN, identifier: { circuitId: '01' } })],
    ['it is of a form that nobody knows', given({ subnetRef: 7, identifier: 'x', ipAddress: {} })],
    ['it has nothing', { ...given({}), spec: undefined }],
  ])('not where %s', (_, object) => {
    expect(naming(object)(of, lease({ hwAddress: MAC }), 'lan')).toBeUndefined();
  });
});

it('reservations come, change and go, also where several keep one address', () => {
  const cache = createCache<KnownReservation>();
  const nameOf = reservationNames(cache);
  const one = (name: string, resourceVersion: string, mac: string): KubeObject => {
    const object = given({ ...IN_LAN, identifier: { hwAddress: mac } });
    return { ...object, metadata: { ...object.metadata, name, resourceVersion } };
  };
  const holder = (mac: string) => nameOf(of, lease({ hwAddress: mac }), 'lan');
  const OTHER = '02:00:5e:10:00:02';
  cache.put(trimReservation(one('a', '1', MAC)));
  cache.put(trimReservation(one('b', '2', OTHER)));
  expect([holder(MAC), holder(OTHER)]).toEqual(['a', 'b']);
  cache.put(trimReservation(one('a', '3', '02:00:5e:10:00:03')));
  expect([holder(MAC), holder(OTHER)]).toEqual([undefined, 'b']);
  cache.remove(trimReservation(one('b', '2', OTHER)));
  expect([holder('02:00:5e:10:00:03'), holder(OTHER)]).toEqual(['a', undefined]);
  cache.replace([]);
  expect(holder('02:00:5e:10:00:03')).toBeUndefined();
});

it('of a reservation no more is held than that takes', () => {
  const spec = { ...IN_LAN, identifier: { hwAddress: MAC }, optionData: [{ name: 'x' }], hostname: 'y' };
  expect(trimReservation(given(spec))).toEqual({
    apiVersion: 'kea-operator.io/v1alpha1',
    kind: 'HostReservation',
    metadata: { name: 'printer', namespace: 'dhcp', uid: 'u', resourceVersion: '1' },
    reserved: ['192.0.2.10'],
    client: 'hwAddress=02005e100001',
    subnet: 'lan',
  });
});
