/** Wrong inputs in the servers of a HAPair. */
import { type Refusal, RIGHT } from './refusal.ts';

const [one, two] = RIGHT.HAPair.servers;
const roles = (...names: readonly (string | undefined)[]) => ({
  servers: names.map((role, index) => ({
    name: `s${String(index)}`,
    node: `node${String(index)}`,
    interfaces: ['eth1'],
    ...(role === undefined ? {} : { role }),
  })),
});

const interfaces =
  'must be one network interface, as eth0, or one of its addresses, as eth0/192.0.2.1 or eth0/2001:db8::1; not *, as that would be the interfaces of the pods of the node too';

export const serverRefusals: Refusal[] = [
  {
    because: 'a pair without servers serves nobody',
    spec: { servers: [] },
    field: 'spec.servers',
    says: 'should have at least 1 items',
    also: ['spec.servers'],
  },
  {
    because: 'HotStandby needs a standby',
    spec: { servers: [one] },
    field: 'spec.servers',
    says: 'modes HotStandby and LoadBalancing take at least two servers: add one, or choose Standalone',
  },
  {
    because: 'Standalone has no partner',
    spec: { mode: 'Standalone' },
    field: 'spec.servers',
    says: 'mode Standalone takes exactly one server: remove servers, or choose HotStandby or LoadBalancing',
  },
  {
    because: 'the mode is not one that there is',
    spec: { mode: 'PassiveBackup' },
    field: 'spec.mode',
    says: 'Unsupported value: "PassiveBackup": supported values: "Standalone", "HotStandby", "LoadBalancing"',
  },
  {
    because: 'two servers on one node would fall together and fight for port 67',
    spec: { servers: [one, { ...two, node: 'node1' }] },
    field: 'spec.servers',
    says: 'servers must run on different nodes: give each its own node',
  },
  {
    because: 'two servers have one address',
    spec: { servers: [one, two].map((server) => ({ ...server, address: '192.0.2.1' })) },
    field: 'spec.servers',
    says: 'servers must have different addresses: give each that of its own node, or leave address out',
  },
  {
    because: 'two servers have one name',
    spec: { servers: [one, { ...two, name: 'one' }] },
    field: 'spec.servers[1]',
    says: 'Duplicate value: {"name":"one"}',
  },
  {
    because: 'one server has a role and the other none',
    spec: roles('Primary', undefined),
    field: 'spec.servers',
    says: 'give a role to every server or to none',
    also: ['spec.servers'],
  },
  {
    because: 'no server is primary',
    spec: roles('Standby', 'Backup'),
    field: 'spec.servers',
    says: 'exactly one server must have role Primary',
  },
  {
    because: 'two servers are primary',
    spec: roles('Primary', 'Primary', 'Standby'),
    field: 'spec.servers',
    says: 'exactly one server must have role Primary',
  },
  {
    because: 'a hot standby pair has no secondary',
    spec: roles('Primary', 'Secondary'),
    field: 'spec.servers',
    says: 'mode HotStandby takes one Primary and one Standby; further servers are Backup',
  },
  {
    because: 'a load balancing pair has no standby',
    spec: { mode: 'LoadBalancing', ...roles('Primary', 'Standby') },
    field: 'spec.servers',
    says: 'mode LoadBalancing takes one Primary and one Secondary; further servers are Backup',
  },
  {
    because: 'a server that is alone is primary',
    spec: { mode: 'Standalone', ...roles('Backup') },
    field: 'spec.servers',
    says: 'the server of mode Standalone can have role Primary only: leave role out',
    also: ['spec.servers'],
  },
  {
    because: 'a role is not one that Kea has',
    spec: roles('Leader', 'Standby'),
    field: 'spec.servers[0].role',
    says: 'supported values: "Primary", "Secondary", "Standby", "Backup"',
  },
  {
    because: "a server's name becomes a part of its pod's",
    spec: { servers: [{ ...one, name: 'Server_1' }, two] },
    field: 'spec.servers[0].name',
    says: 'must be a DNS label: lower-case letters, digits and -, such as server-1',
  },
  {
    because: 'a server has no node',
    spec: { servers: [{ name: 'one', interfaces: ['eth1'] }, two] },
    field: 'spec.servers[0].node',
    says: 'Required value',
  },
  {
    because: 'Kea says ready with no interface and serves nobody',
    spec: { servers: [{ ...one, interfaces: [] }, two] },
    field: 'spec.servers[0].interfaces',
    says: 'should have at least 1 items',
  },
  {
    because: 'all interfaces would be those of the pods too',
    spec: { servers: [{ ...one, interfaces: ['*'] }, two] },
    field: 'spec.servers[0].interfaces[0]',
    says: interfaces,
  },
  {
    because: 'an address of an interface has no zone, as the interface is named before it',
    spec: { servers: [{ ...one, interfaces: ['eth1/fe80::1%eth1'] }, two] },
    field: 'spec.servers[0].interfaces[0]',
    says: interfaces,
  },
  {
    because: 'an address has zeros left out in one place',
    spec: { servers: [{ ...one, interfaces: ['eth1/2001:db8::1::2'] }, two] },
    field: 'spec.servers[0].interfaces[0]',
    says: interfaces,
  },
  {
    because: 'an interface is there as a whole, whichever family the address is of',
    spec: { servers: [{ ...one, interfaces: ['eth1', 'eth1/2001:db8::1'] }, two] },
    field: 'spec.servers[0].interfaces',
    says: 'an interface is named both alone and with an address: leave one of them out. Alone it is all its IPv4 addresses, and of IPv6 the link-local one',
  },
  {
    because: 'Kea refuses an address of an interface that is there as a whole',
    spec: { servers: [{ ...one, interfaces: ['eth1', 'eth1/192.0.2.1'] }, two] },
    field: 'spec.servers[0].interfaces',
    says: 'an interface is named both alone and with an address: leave one of them out. Alone it is all its IPv4 addresses, and of IPv6 the link-local one',
  },
  {
    because: 'Linux has no interface names of 16 characters',
    spec: { servers: [{ ...one, interfaces: ['interface-number'] }, two] },
    field: 'spec.servers[0].interfaces[0]',
    says: interfaces,
  },
  {
    because: 'an interface is named twice',
    spec: { servers: [{ ...one, interfaces: ['eth1', 'eth1'] }, two] },
    field: 'spec.servers[0].interfaces[1]',
    says: 'Duplicate value: "eth1"',
  },
  {
    because: 'Kea reaches a partner by address',
    spec: { servers: [{ ...one, address: 'node1.example.org' }, two] },
    field: 'spec.servers[0].address',
    says: 'must be an IP address, such as 192.0.2.10 or 2001:db8::10',
  },
  {
    because: 'an IPv6 address has eight groups or two colons in a row',
    spec: { servers: [{ ...one, address: '2001:db8' }, two] },
    field: 'spec.servers[0].address',
    says: 'must be an IP address, such as 192.0.2.10 or 2001:db8::10',
  },
  {
    because: 'two servers have one address, however it is spelled',
    spec: {
      servers: [
        { ...one, address: '2001:db8::1' },
        { ...two, address: '2001:DB8:0::1' },
      ],
    },
    field: 'spec.servers',
    says: 'servers must have different addresses: give each that of its own node, or leave address out',
  },
  {
    because: 'the partner cannot reach a link-local address',
    spec: { servers: [{ ...one, address: 'fe80::1' }, two] },
    field: 'spec.servers[0].address',
    says: 'must be an address that the partner can reach: not a loopback, link-local or multicast one',
  },
  {
    because: 'the DHCPv6 daemon of server one has the workload office-one-v6',
    spec: { ipFamilies: ['IPv4', 'IPv6'], servers: [one, { ...two, name: 'one-v6' }] },
    field: 'spec.servers',
    says: 'with IPv6 among ipFamilies no name of a server may end in -v6, as those of the workloads of DHCPv6 do: choose another name',
  },
  {
    because: 'the partner cannot reach a loopback address',
    spec: { servers: [{ ...one, address: '127.0.0.1' }, two] },
    field: 'spec.servers[0].address',
    says: 'must be an address that the partner can reach: not a loopback, link-local or multicast one',
  },
];
