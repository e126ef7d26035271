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

export const TAKEN: Readonly<Record<string, readonly (readonly [what: string, spec: object])[]>> = {
  HAPair: [
    [
      'addresses of interfaces',
      { servers: [{ ...one, interfaces: ['eth1/192.0.2.1', 'eth1/192.0.2.2', 'eth2'] }, two] },
    ],
    ['timers that are not less than the lease time', { dhcp4: { rebindTimer: 2700, validLifetime: 900 } }],
    ['empty texts', { dhcp4: { nextServer: '', serverHostname: '', bootFileName: '' } }],
  ],
  SharedNetwork: ofNetworks,
  Subnet: [
    ...ofNetworks,
    ['blanks around a range', { pools: [{ pool: ' 192.0.2.10  -\t192.0.2.20 ' }] }],
    ['blanks around a prefix', { pools: [{ pool: ' 192.0.2.64 / 26 ' }] }],
  ],
  HostReservation: [
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
