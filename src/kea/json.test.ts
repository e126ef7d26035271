import { describe, expect, it } from 'vitest';
import { clientClass, FULL } from '../../test/support/rows.ts';
import { KeaRefused } from './client.ts';
import { DHCPV4 } from './dhcpv4.ts';
import { makeMarker } from './digest.ts';
import { digestOf, liveNetwork, liveSubnet, preflightFragment, runningOf } from './json.ts';
import { RAW_VENDOR_OPTIONS } from './optionTable4.ts';
import type { HostBody, Item, NetworkBody, SubnetBody } from './state.ts';

const subnet = (body: Partial<SubnetBody>): Item<SubnetBody> => ({ body: { id: 7, subnet: '192.0.2.0/24', ...body } });

describe('liveSubnet', () => {
  const cases: readonly [
    sentence: string,
    body: Partial<SubnetBody>,
    network: NetworkBody | undefined,
    expected: object,
  ][] = [
    ['leaves out what only the server’s globals say', {}, undefined, {}],
    [
      'spells all three lease times',
      { 'valid-lifetime': 600, 'max-valid-lifetime': 900 },
      undefined,
      { 'valid-lifetime': 600, 'min-valid-lifetime': 600, 'max-valid-lifetime': 900 },
    ],
    [
      'spells the network’s values, which would lose against the global ones',
      {},
      { name: 'n', 'valid-lifetime': 300, 'renew-timer': 60, allocator: 'random', 't1-percent': 0.4 },
      {
        'valid-lifetime': 300,
        'min-valid-lifetime': 300,
        'max-valid-lifetime': 300,
        'renew-timer': 60,
        allocator: 'random',
        't1-percent': 0.4,
      },
    ],
    [
      'prefers its own values',
      { 'renew-timer': 30, 'calculate-tee-times': false },
      { name: 'n', 'renew-timer': 60, 'calculate-tee-times': true },
      { 'renew-timer': 30, 'calculate-tee-times': false },
    ],
    [
      'takes the three lease times from one level',
      { 'valid-lifetime': 600 },
      { name: 'n', 'valid-lifetime': 300, 'min-valid-lifetime': 200, 'max-valid-lifetime': 400 },
      { 'valid-lifetime': 600, 'min-valid-lifetime': 600, 'max-valid-lifetime': 600 },
    ],
    [
      'leaves alone what Kea inherits by itself',
      {},
      { name: 'n', 'next-server': '192.0.2.1', 'match-client-id': false },
      {},
    ],
    ['does not name the network, which the command refuses', { 'shared-network-name': 'n' }, { name: 'n' }, {}],
  ];
  it.each(cases)('%s', (_, body, network, expected) => {
    expect(liveSubnet(DHCPV4, subnet(body), network)).toEqual({ id: 7, subnet: '192.0.2.0/24', ...expected });
  });
});

it('liveNetwork carries the marker beside the user’s context', () => {
  const body: NetworkBody = { name: 'n', 'user-context': { site: 'x' } };
  const marker = makeMarker({ object: 'SharedNetwork/lab/n', uid: 'u', generation: 1 }, body);
  expect(liveNetwork({ body, marker })).toEqual({ name: 'n', 'user-context': { site: 'x', 'kea-operator': marker } });
});

it('preflightFragment puts subnets into their networks and reservations into their subnets', () => {
  const host = (body: Partial<HostBody>): Item<HostBody> => ({
    body: { 'subnet-id': 7, 'identifier-type': 'hw-address', identifier: '02005e100001', ...body },
  });
  const fragment = preflightFragment(DHCPV4, {
    subnets: [
      subnet({}),
      subnet({ id: 8, subnet: '198.51.100.0/24', 'shared-network-name': 'n' }),
      subnet({ id: 9, subnet: '203.0.113.0/24', 'shared-network-name': 'm' }),
    ],
    networks: [{ body: { name: 'n', 'valid-lifetime': 60 } }],
    hosts: [
      host({ 'ip-address': '192.0.2.9' }),
      host({ 'subnet-id': 0, 'identifier-type': 'duid', identifier: '0001' }),
    ],
  });
  expect(fragment).toEqual({
    Dhcp4: {
      subnet4: [
        {
          id: 7,
          subnet: '192.0.2.0/24',
          reservations: [{ 'hw-address': '02:00:5e:10:00:01', 'ip-address': '192.0.2.9' }],
        },
      ],
      'shared-networks': [
        {
          name: 'n',
          'valid-lifetime': 60,
          'min-valid-lifetime': 60,
          'max-valid-lifetime': 60,
          subnet4: [{ id: 8, subnet: '198.51.100.0/24' }],
        },
        { name: 'm', subnet4: [{ id: 9, subnet: '203.0.113.0/24' }] },
      ],
      reservations: [{ duid: '00:01' }],
    },
  });
});

it('runningOf tells digests and memberships, and nothing of what is not ours', () => {
  const marker = (digest: string) => ({ 'kea-operator': { object: 'Subnet/lab/x', uid: 'u', generation: 1, digest } });
  const running = runningOf(DHCPV4, {
    'lease-database': { password: 'secret' },
    subnet4: [
      { id: 1, subnet: '192.0.2.0/24', 'user-context': marker('aa') },
      { id: 2, subnet: '198.51.100.0/24' },
    ],
    'shared-networks': [
      {
        name: 'n',
        'user-context': marker('bb'),
        subnet4: [{ id: 3, subnet: '203.0.113.0/24', 'user-context': marker('cc') }],
      },
    ],
  });
  expect(Object.fromEntries(running)).toEqual({
    '4/subnet/1': { digest: 'aa' },
    '4/subnet/2': { digest: '' },
    '4/network/n': { digest: 'bb' },
    '4/subnet/3': { digest: 'cc', network: 'n' },
  });
  expect(digestOf({ 'user-context': marker('dd') })).toBe('dd');
});

it('runningOf tells classes by their markers, and definitions by what they say, less those that every server has', () => {
  const { body } = FULL[4].optionDef;
  const said = { ...body, encapsulate: '', 'user-context': undefined };
  const marked = { 'kea-operator': { object: 'ClientClass/lab/x', uid: 'u', generation: 1, digest: 'aa' } };
  const running = runningOf(DHCPV4, {
    'option-def': [
      RAW_VENDOR_OPTIONS,
      said,
      { ...said, code: 223, array: false, 'record-types': 'uint16,ipv4-address' },
    ],
    'client-classes': [{ name: 'gold', 'user-context': marked, 'option-def': [] }, { name: 'theirs' }],
  });
  expect([...running.keys()]).toEqual([
    '4/option-def/dhcp4/222',
    '4/option-def/dhcp4/223',
    '4/class/gold',
    '4/class/theirs',
  ]);
  expect(running.get('4/option-def/dhcp4/222')?.digest).toBe(FULL[4].optionDef.marker?.digest);
  expect(running.get('4/option-def/dhcp4/223')?.digest).not.toBe(FULL[4].optionDef.marker?.digest);
  expect([running.get('4/class/gold'), running.get('4/class/theirs')]).toEqual([{ digest: 'aa' }, { digest: '' }]);
});

it('preflightFragment has definitions, and classes in their order, as Kea reads them', () => {
  const [first, { optionDef, clientClass: full }] = [clientClass('phones', 1024), FULL[4]];
  const fragment = preflightFragment(DHCPV4, {
    networks: [],
    subnets: [],
    classes: [full, { ...first, body: { ...first.body, 'depend-on-known': true } }],
    optionDefs: [optionDef],
  });
  const { 'user-context': _, 'order-index': __, ...keywords } = full.body;
  expect(fragment).toEqual({
    Dhcp4: {
      'option-def': [{ ...optionDef.body, 'user-context': { 'kea-operator': optionDef.marker } }],
      'client-classes': [
        { name: 'phones', 'user-context': { 'kea-operator': first.marker } },
        { ...keywords, 'user-context': { ...full.body['user-context'], 'kea-operator': full.marker } },
      ],
      subnet4: [],
      'shared-networks': [],
    },
  });
});

describe('what no Kea would say that it runs', () => {
  it.each([
    ['subnets without ids', { subnet4: [{ subnet: '10.0.0.0/24' }] }, /cannot be read/],
    ['no list of networks', { 'shared-networks': { name: 'campus' } }, /cannot be read/],
    ['nothing', undefined, /cannot be read/],
    ['classes without names', { 'client-classes': [{}] }, /cannot be read/],
    ['a definition of no type', { 'option-def': [{ space: 'a', code: 1, name: 'b', type: 'c' }] }, /cannot be read/],
    [
      'more subnets than there are anywhere',
      { subnet4: Array.from({ length: 200_001 }, (_, id) => ({ id })) },
      /it has 200001 subnets, networks, classes and definitions: more than 200000/,
    ],
  ])('is refused, and ends no pass: %s', (_, dhcp4, says) => {
    expect(() => runningOf(DHCPV4, dhcp4)).toThrow(KeaRefused);
    expect(() => runningOf(DHCPV4, dhcp4)).toThrow(says);
  });
});
