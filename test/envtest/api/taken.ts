/** Values that real configurations have and Kea takes, in the spellings that it takes; by kind, fields that differ from a right object. */
const one = { name: 'one', node: 'node1' };
const two = { name: 'two', node: 'node2', interfaces: ['eth1'] };
const ofNetworks: readonly (readonly [string, object])[] = [
  ['an option by name and code', { optionData: [{ name: 'routers', code: 3, data: '192.0.2.1' }] }],
  [
    'empty texts and lists',
    { interface: '', nextServer: '', serverHostname: '', bootFileName: '', relay: { ipAddresses: [] } },
  ],
  ['timers that are not less than the lease time', { renewTimer: 1800, rebindTimer: 2700, validLifetime: 900 }],
  ['a T1 that is not less than T2', { renewTimer: 900, rebindTimer: 600 }],
];

/** What networks of IPv6 can have. */
const ofIPv6: readonly (readonly [string, object])[] = [
  ['a preferred lifetime as long as the lease', { preferredLifetime: 900, validLifetime: 900 }],
  ['relay agents', { relay: { ipAddresses: ['2001:db8::1', '2001:DB8:0:0::2', 'fe80::1'] } }],
  ['an interface id', { interfaceId: 'lan7/0:1', rapidCommit: false, pdAllocator: 'flq' }],
  ['an option of a code above 255', { optionData: [{ code: 255, data: '01', csvFormat: false }, { code: 1000 }] }],
  ['an option of a vendor', { optionData: [{ code: 65_535, space: 'vendor-4491' }] }],
];
const delegated = { prefix: '2001:db8:8000::/48', delegatedLen: 56 };
const six = { cidr: '2001:db8:1::/64' };

export const TAKEN: Readonly<Record<string, readonly (readonly [what: string, spec: object])[]>> = {
  HAPair: [
    [
      'addresses of interfaces',
      { servers: [{ ...one, interfaces: ['eth1/192.0.2.1', 'eth1/192.0.2.2', 'eth2'] }, two] },
    ],
    ['timers that are not less than the lease time', { dhcp4: { rebindTimer: 2700, validLifetime: 900 } }],
    [
      'addresses of interfaces in IPv6',
      { servers: [{ ...one, interfaces: ['eth1/2001:db8::1', 'eth1/192.0.2.1', 'eth2/fe80::1'] }, two] },
    ],
    [
      'IPv6 addresses of nodes',
      {
        servers: [
          { ...one, interfaces: ['eth1'], address: '2001:db8::1' },
          { ...two, address: '192.0.2.2' },
        ],
      },
    ],
    ['IPv6', { ipFamilies: ['IPv6'] }],
    ['both families, in any order', { ipFamilies: ['IPv6', 'IPv4'] }],
    ['the ports of IPv4 for IPv6 alone', { ipFamilies: ['IPv6'], dhcp6: { controlPort: 8000, haPort: 8001 } }],
    [
      'a name of a server that ends in -v6 where there is no IPv6',
      {
        servers: [
          { ...one, interfaces: ['eth1'] },
          { ...two, name: 'one-v6' },
        ],
      },
    ],
    [
      'globals of IPv6',
      {
        ipFamilies: ['IPv4', 'IPv6'],
        dhcp6: {
          preferredLifetime: 1800,
          validLifetime: 3600,
          pdAllocator: 'random',
          hostReservationIdentifiers: ['duid', 'hw-address'],
          optionData: [{ name: 'dns-servers', data: '2001:db8::53' }, { code: 300 }],
        },
      },
    ],
    ['empty texts', { dhcp4: { nextServer: '', serverHostname: '', bootFileName: '' } }],
  ],
  SharedNetwork: [
    ...ofNetworks,
    ...ofIPv6.map(([what, spec]) => [`${what}, of IPv6`, { ...spec, ipFamily: 'IPv6' }] as const),
  ],
  Subnet: [
    ...ofNetworks,
    ...ofIPv6.map(([what, spec]) => [`${what}, of IPv6`, { ...spec, ...six }] as const),
    ['an IPv6 prefix in any spelling', { cidr: '2001:DB8:0:1::/64' }],
    ['an IPv6 prefix of 128 bits', { cidr: '2001:db8::1/128' }],
    ['a range of IPv6', { ...six, pools: [{ pool: ' 2001:db8:1::10 -\t2001:DB8:1:0::99 ' }] }],
    [
      'an IPv6 prefix as a pool',
      { ...six, pools: [{ pool: '2001:db8:1:0:1:: / 80', optionData: [{ code: 300 }], clientClasses: ['phones'] }] },
    ],
    ['prefixes to delegate', { ...six, pdPools: [delegated, { prefix: 'fd00::/32', delegatedLen: 128 }] }],
    [
      'prefixes to delegate with all that they can have',
      {
        ...six,
        pdPools: [
          {
            ...delegated,
            excludedPrefix: '2001:db8:8000:ff::/64',
            optionData: [{ code: 23, data: '2001:db8::53' }],
            clientClasses: ['routers'],
            userContext: { customers: [1, { b: 'ü' }] },
          },
        ],
      },
    ],
    ['free data of a pool', { pools: [{ pool: '192.0.2.0/25', userContext: { floor: 3, tags: [1.5, 'ü'] } }] }],
    ['blanks around a range', { pools: [{ pool: ' 192.0.2.10  -\t192.0.2.20 ' }] }],
    ['blanks around a prefix', { pools: [{ pool: ' 192.0.2.64 / 26 ' }] }],
  ],
  ClientClass: [['a name with blanks and dots', { name: 'VENDOR_CLASS_docsis 3.0' }]],
  HostReservation: [
    ['IPv6 addresses and prefixes', { ipAddresses: ['2001:db8:1::9', '2001:DB8:1::A'], prefixes: ['2001:db8:8::/56'] }],
    [
      'an IPv6 reservation of the whole pair',
      {
        subnetRef: undefined,
        haPairRef: { name: 'office' },
        ipFamily: 'IPv6',
        identifier: { duid: '00:03:00:01:02:00:5e:10:00:01' },
        prefixes: ['2001:db8:8::/56'],
        optionData: [{ code: 300 }],
      },
    ],
    ['an option of a code above 255 where a Subnet tells the family', { optionData: [{ code: 300 }] }],
    ['free data', { userContext: { asset: 'A-17', owner: { name: 'Müller', rooms: [1, 2.5] } } }],
    ['an octet of one digit', { identifier: { hwAddress: '02:00:5e:10:00:2' } }],
    ['a hardware address without separators', { identifier: { hwAddress: '0x02005e100002' } }],
    ['a hardware address with blanks', { identifier: { hwAddress: '02 00 5e 10 00 02' } }],
    ['a client identifier with blanks', { identifier: { clientId: '01 aa bb' } }],
    ['a client identifier with 0x', { identifier: { clientId: '0x01aabb' } }],
    ['text with blanks around it', { identifier: { circuitId: "' port-7 '" } }],
    ['empty texts', { hostname: '', nextServer: '', serverHostname: '', bootFileName: '' }],
    ['a name with a label of 63 characters', { hostname: `${'x'.repeat(63)}.example.org.` }],
  ],
};
