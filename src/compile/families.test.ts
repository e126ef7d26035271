/** What is of one family alone, and what a family has that the other has not. */
import { describe, expect, it } from 'vitest';
import { BOTH, duid, office6, pair6, printer6, scene6 } from '../../test/support/ipv6.ts';
import {
  compileWith,
  messageOf,
  network,
  pair,
  reservation,
  type Scene,
  sceneOf,
  subnet,
  TO_PAIR,
  verdictOf,
} from '../../test/support/objects.ts';
import { mac, OFFICE, office, PRINTER, printer } from '../../test/support/office.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import { type ObjectRef, withoutDerived } from '../kea/state.ts';
import type { Children } from './types.ts';

const CAMPUS = 'SharedNetwork/prod/campus';
const inCampus = (cidr: string, more: object = {}) =>
  subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr, ...more });

describe('what is rejected of objects that mix families, with a message that names field and remedy', () => {
  it.each<{ because: string; in: Scene; ref: ObjectRef; reason: string; says: string }>([
    {
      because: 'an IPv6 Subnet in a network of IPv4',
      in: scene6({ networks: [network('campus', TO_PAIR)], subnets: [inCampus('2001:db8:1::/64')] }),
      ref: OFFICE,
      reason: 'FamilyMismatch',
      says: 'sharedNetworkRef: SharedNetwork campus is of IPv4, and cidr of IPv6: name one whose ipFamily is IPv6',
    },
    {
      because: 'an IPv4 Subnet in a network of IPv6',
      in: sceneOf({
        networks: [network('campus', { ...TO_PAIR, ipFamily: 'IPv6' })],
        subnets: [inCampus('10.0.0.0/24')],
      }),
      ref: OFFICE,
      reason: 'FamilyMismatch',
      says: 'sharedNetworkRef: SharedNetwork campus is of IPv6, and cidr of IPv4: name one whose ipFamily is IPv4',
    },
    {
      because: 'pools of prefixes in an IPv4 Subnet',
      in: sceneOf({ subnets: [office({ pdPools: [{ prefix: '2001:db8::/48', delegatedLen: 40 }] })] }),
      ref: OFFICE,
      reason: 'FamilyMismatch',
      says: 'pdPools: it is of DHCPv6 alone: leave it out of an IPv4 Subnet',
    },
    {
      because: 'a preferred lifetime in an IPv4 Subnet, whatever else is wrong with it',
      in: sceneOf({ subnets: [office({ preferredLifetime: 9000 })] }),
      ref: OFFICE,
      reason: 'FamilyMismatch',
      says: 'preferredLifetime: it is of DHCPv6 alone: leave it out of an IPv4 Subnet',
    },
    {
      because: 'a field of DHCPv6 in a network of IPv4',
      in: sceneOf({ networks: [network('campus', { ...TO_PAIR, rapidCommit: true })] }),
      ref: CAMPUS,
      reason: 'FamilyMismatch',
      says: 'rapidCommit: it is of DHCPv6 alone: leave it out of an IPv4 SharedNetwork',
    },
    {
      because: 'a pool of IPv6 in an IPv4 Subnet',
      in: sceneOf({ subnets: [office({ pools: [{ pool: '2001:db8::/120' }] })] }),
      ref: OFFICE,
      reason: 'FamilyMismatch',
      says: 'pools[0]: 2001:db8::/120 is of IPv6, and cidr of IPv4: choose addresses from 10.0.0.1-10.0.0.254',
    },
    {
      because: 'a relay agent of IPv6 in an IPv4 Subnet',
      in: sceneOf({ subnets: [office({ relay: { ipAddresses: ['10.9.9.9', '2001:db8::1'] } })] }),
      ref: OFFICE,
      reason: 'FamilyMismatch',
      says: 'relay.ipAddresses: 2001:db8::1 is no address of IPv4: correct it or leave it out',
    },
    {
      because: 'addresses of IPv6 for a client of an IPv4 Subnet',
      in: sceneOf({ subnets: [office()], reservations: [printer({ ipAddresses: ['2001:db8::9'] })] }),
      ref: PRINTER,
      reason: 'FamilyMismatch',
      says: 'ipAddresses: it is of DHCPv6 alone, and the reservation is one of IPv4: leave it out',
    },
    {
      because: 'a boot file for a client of an IPv6 Subnet, which learns it by an option',
      in: scene6({ subnets: [office6()], reservations: [printer6({ bootFileName: 'a' })] }),
      ref: PRINTER,
      reason: 'FamilyMismatch',
      says: 'bootFileName: it is of DHCPv4 alone, and the reservation is one of IPv6: leave it out',
    },
    {
      because: 'an identifier that DHCPv6 does not have',
      in: scene6({
        subnets: [office6()],
        reservations: [printer6({ identifier: { circuitId: "'port-7'" }, hostname: 'a' })],
      }),
      ref: PRINTER,
      reason: 'ReservationNotLookedUp',
      says: 'identifier: kea-dhcp6 finds no client by circuit-id: recognise it by hwAddress or duid',
    },
    {
      because: 'an option of DHCPv4 in an IPv6 Subnet',
      in: scene6({ subnets: [office6({ optionData: [{ name: 'domain-name-servers', data: '10.0.0.1' }] })] }),
      ref: OFFICE,
      reason: 'InvalidOption',
      says: "optionData[0] 'domain-name-servers' is not an option that Kea knows",
    },
  ])('$because', ({ in: given, ref, reason, says }) => {
    const compiled = compileWith({ ...given, pair: { ...given.pair, spec: { ...given.pair.spec, ...BOTH } as never } });
    expect([verdictOf(compiled, ref), messageOf(compiled, ref)]).toEqual([reason, expect.stringContaining(says)]);
  });
});

describe('a family that the pair does not serve', () => {
  const right: Partial<Children> = {
    subnets: [office6()],
    reservations: [printer6({ ipAddresses: ['2001:db8:1::9'] })],
  };
  const running = { owned: compileWith(scene6(right)).desired };
  const later = {
    ...right,
    reservations: [
      ...(right.reservations ?? []),
      reservation('late', { subnetRef: { name: 'office' }, ...duid('02') }),
    ],
  };

  it('has its rows as they are, and gets no new ones', () => {
    const compiled = compileWith(scene6(later, { ipFamilies: ['IPv4'] }), running);
    expect([...compiled.verdicts.values()].map((verdict) => !verdict.accepted && verdict.reason)).toEqual(
      new Array(3).fill('FamilyNotServed'),
    );
    expect(compiled.desired).toEqual(running.owned);
    expect(messageOf(compiled, OFFICE)).toBe(
      'cidr: this is of IPv6, and the HAPair serves IPv4 only: add IPv6 to ipFamilies of the HAPair',
    );
  });

  it('is IPv4 in a pair of IPv6 alone', () => {
    const compiled = compileWith(sceneOf({ subnets: [office()] }, pair({ ipFamilies: ['IPv6'] })));
    expect(messageOf(compiled, OFFICE)).toContain('this is of IPv4, and the HAPair serves IPv6 only: add IPv4');
  });

  it('is served again once it is named', () => {
    expect(verdictOf(compileWith(scene6(later), running), 'HostReservation/prod/late')).toBe('accepted');
  });
});

describe('one namespace with both families', () => {
  const both: Scene = sceneOf(
    {
      networks: [network('campus', TO_PAIR), network('campus-ipv6', { ...TO_PAIR, ipFamily: 'IPv6' })],
      subnets: [
        inCampus('10.0.0.0/24'),
        subnet('office-ipv6', { sharedNetworkRef: { name: 'campus-ipv6' }, cidr: '2001:db8:1::/64' }),
      ],
      reservations: [
        reservation('printer', { subnetRef: { name: 'office' }, ...mac('01'), ipAddress: '10.0.0.9' }),
        reservation('printer-ipv6', {
          subnetRef: { name: 'office-ipv6' },
          ...mac('01'),
          ipAddresses: ['2001:db8:1::9'],
        }),
        reservation('guest', { ...TO_PAIR, ...mac('02'), hostname: 'guest' }),
        reservation('guest-ipv6', { ...TO_PAIR, ipFamily: 'IPv6', ...mac('02'), hostname: 'guest' }),
      ],
    },
    pair6({ dhcp4: { reservationsGlobal: true }, dhcp6: { reservationsGlobal: true } }),
  );

  it('has a pass of each, with its own objects and its own ids', () => {
    const [four, six] = [compileWith(both), compileWith({ ...both, family: DHCPV6 })];
    expect([...four.verdicts.keys()].sort()).toEqual([
      'HostReservation/prod/guest',
      'HostReservation/prod/printer',
      'SharedNetwork/prod/campus',
      'Subnet/prod/office',
    ]);
    expect([...six.verdicts.keys()].sort()).toEqual([
      'HostReservation/prod/guest-ipv6',
      'HostReservation/prod/printer-ipv6',
      'SharedNetwork/prod/campus-ipv6',
      'Subnet/prod/office-ipv6',
    ]);
    expect([four.rejected, six.rejected]).toEqual([0, 0]);
    expect([...four.desired.hosts.keys()]).toEqual(['1/hw-address/02005e100001', '0/hw-address/02005e100002']);
    expect([...six.desired.hosts.keys()]).toEqual(['1/hw-address/02005e100001', '0/hw-address/02005e100002']);
  });
});

describe('lifetimes of DHCPv6', () => {
  const bodiesOf = (children: Partial<Children>, dhcp6: object = {}) =>
    [...compileWith(scene6(children, { dhcp6 })).desired.subnets.values()].map(withoutDerived);

  it.each<readonly [string, object, object, object]>([
    ['leaves those to be inherited that are not set', {}, { preferredLifetime: 600 }, {}],
    [
      'completes the bounds of one that is set',
      { minPreferredLifetime: 60 },
      { preferredLifetime: 600 },
      { 'preferred-lifetime': 600, 'min-preferred-lifetime': 60 },
    ],
    [
      'gives bounds the default of Kea, five eighths of the lease time',
      { maxPreferredLifetime: 5000 },
      { validLifetime: 6001 },
      { 'preferred-lifetime': 3750, 'max-preferred-lifetime': 5000 },
    ],
    [
      'keeps valid and preferred lifetimes apart',
      { preferredLifetime: 300, validLifetime: 600 },
      { maxPreferredLifetime: 500 },
      { 'valid-lifetime': 600, 'preferred-lifetime': 300, 'max-preferred-lifetime': 500 },
    ],
  ])('%s', (_, spec, globals, times) => {
    expect(bodiesOf({ subnets: [office6(spec)] }, globals)).toEqual([{ id: 1, subnet: '2001:db8:1::/64', ...times }]);
  });

  it.each<readonly [string, object, object, string]>([
    [
      'preferred above valid',
      { preferredLifetime: 3600, validLifetime: 600 },
      {},
      'preferredLifetime 3600 must not be greater than validLifetime 600: set both here, so that they fit',
    ],
    [
      "preferred above Kea's own lease time",
      { preferredLifetime: 7201 },
      {},
      "preferredLifetime 7201 must not be greater than validLifetime 7200 (Kea's default)",
    ],
    [
      'a least one from the pair',
      { preferredLifetime: 60 },
      { preferredLifetime: 600, minPreferredLifetime: 300 },
      'minPreferredLifetime 300 (from HAPair hq) must not be greater than preferredLifetime 60',
    ],
    [
      'a greatest one below it',
      { preferredLifetime: 600, maxPreferredLifetime: 300 },
      {},
      'preferredLifetime 600 must not be greater than maxPreferredLifetime 300',
    ],
    ["T1 at T2's place", { t1Percent: 0.8 }, {}, "t1Percent 0.8 must be less than t2Percent 0.8 (Kea's default)"],
  ])('refuses %s', (_, spec, dhcp6, says) => {
    const compiled = compileWith(scene6({ subnets: [office6(spec)] }, { dhcp6 }));
    expect([verdictOf(compiled, OFFICE), messageOf(compiled, OFFICE)]).toEqual([
      'InvalidLifetimes',
      expect.stringContaining(says),
    ]);
  });

  it.each<readonly [string, object, string | undefined]>([
    ['T1 that is less than T2', { renewTimer: 300, rebindTimer: 600, validLifetime: 400 }, undefined],
    ['T1 alone', { renewTimer: 9000 }, undefined],
    [
      'T1 that is T2',
      { renewTimer: 600, rebindTimer: 600 },
      'renewTimer 600 is not less than rebindTimer 600: Kea leaves T1 out. Clients then renew at times of their own (RFC 8415: T1 at a half, T2 at eight tenths of the preferred lifetime). Set timers that fit, or calculateTeeTimes in their place',
    ],
  ])('warns of timers that Kea leaves out: %s', (_, spec, says) => {
    const { warnings } = compileWith(scene6({ subnets: [office6(spec)] }));
    expect(warnings.get(OFFICE)?.map(({ message }) => message)).toEqual(says === undefined ? undefined : [says]);
  });
});

describe('rows of DHCPv6', () => {
  it('spell what was written in any way as Kea does', () => {
    const spec = {
      relay: { ipAddresses: ['2001:DB8:0::2', '2001:db8::1', '2001:db8:0:0::1'] },
      pools: [{ pool: '2001:DB8:1:0::10 - 2001:db8:1::20' }],
      interfaceId: 'lan7',
      rapidCommit: false,
    };
    const compiled = compileWith(
      scene6({
        subnets: [office6(spec, '2001:DB8:1:0::/64')],
        reservations: [printer6({ ipAddresses: ['2001:DB8:1::A', '2001:db8:1:0::9'], prefixes: ['2001:DB8:9::/56'] })],
      }),
    );
    expect(compiled.desired.subnets.get(1)?.body).toMatchObject({
      subnet: '2001:db8:1::/64',
      relay: { 'ip-addresses': ['2001:db8::1', '2001:db8::2'] },
      pools: [{ pool: '2001:db8:1::10-2001:db8:1::20' }],
      'interface-id': 'lan7',
      'rapid-commit': false,
    });
    // The first is the one that a client with one association gets.
    expect([...compiled.desired.hosts.values()].map(({ body }) => body)).toEqual([
      {
        'subnet-id': 1,
        'identifier-type': 'duid',
        identifier: '000101',
        'ip-addresses': ['2001:db8:1::a', '2001:db8:1::9'],
        prefixes: ['2001:db8:9::/56'],
      },
    ]);
  });

  it('give the ids of the two families to each by itself', () => {
    const ledger = new Map([[7, { prefix: '2001:db8:1::/64', object: OFFICE }]]) as never;
    const compiled = compileWith(scene6({ subnets: [office6({}, '2001:DB8:1:0::/64')] }), { ledger });
    expect([...compiled.subnetIds]).toEqual([[OFFICE, 7]]);
  });
});
