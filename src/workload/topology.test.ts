import { describe, expect, it } from 'vitest';
import { makePair } from '../../test/support/pair.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import type { Family } from '../kea/family.ts';
import { resolveTopology } from './topology.ts';

const NODES = new Map([
  ['node1', { internalIPs: ['2001:db8::1', '10.0.0.1'] }],
  ['node2', { internalIPs: ['10.0.0.2'] }],
  ['node3', { internalIPs: ['10.0.0.3'] }],
]);
const servers = (...names: readonly string[]) =>
  names.map((name, index) => ({ name, node: `node${index + 1}`, interfaces: ['lan0'] }));

describe('resolveTopology', () => {
  it.each([
    ['HotStandby', ['primary', 'standby', 'backup']],
    ['LoadBalancing', ['primary', 'secondary', 'backup']],
  ])('gives the servers of %s the roles of their order', (mode, roles) => {
    const { topology } = resolveTopology(makePair({ mode, servers: servers('a', 'b', 'c') }), DHCPV4, NODES);
    expect(topology?.servers.map(({ role }) => role)).toEqual(roles);
  });

  it('takes roles as they are given', () => {
    const given = servers('a', 'b').map((server, index) => ({ ...server, role: index === 0 ? 'Standby' : 'Primary' }));
    const { topology } = resolveTopology(makePair({ servers: given }), DHCPV4, NODES);
    expect(topology?.servers.map(({ role }) => role)).toEqual(['standby', 'primary']);
  });

  it('takes the first IPv4 InternalIP of the node', () => {
    const { topology, problems } = resolveTopology(makePair({ servers: servers('a', 'b') }), DHCPV4, NODES);
    expect(topology?.servers.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(problems).toEqual([]);
  });

  it('prefers the address of the specification', () => {
    const { topology } = resolveTopology(makePair(), DHCPV4, NODES);
    expect(topology?.servers[0]?.address).toBe('192.0.2.1');
  });

  it('knows no topology while an address is not known: every server has to be told of every peer', () => {
    const { topology, problems } = resolveTopology(
      makePair({ servers: servers('a', 'b') }),
      DHCPV4,
      new Map([...NODES].slice(0, 1)),
    );
    expect(topology).toBeUndefined();
    expect(problems).toEqual([
      {
        server: 'b',
        reason: 'NodeNotFound',
        message:
          'spec.servers[1].node: there is no node "node2" for server b: correct it (kubectl get nodes), or let the node join the cluster',
      },
    ]);
  });

  it('goes on with the last known address of a server whose node was removed', () => {
    const { topology, problems } = resolveTopology(
      makePair({ servers: servers('a', 'b') }),
      DHCPV4,
      new Map([...NODES].slice(0, 1)),
      new Map([['b', '10.0.0.2']]),
    );
    expect(topology?.servers[1]?.address).toBe('10.0.0.2');
    expect(problems).toHaveLength(1);
  });

  it('takes an IPv6 InternalIP where the node has no other', () => {
    const nodes = new Map([...NODES, ['node2', { internalIPs: ['2001:db8::2'] }]]);
    const { topology, problems } = resolveTopology(makePair({ servers: servers('a', 'b') }), DHCPV4, nodes);
    expect(topology?.servers.map(({ address }) => address)).toEqual(['10.0.0.1', '2001:db8::2']);
    expect(problems).toEqual([]);
  });

  it('writes an address of IPv6 in its one spelling, however it was given', () => {
    const given = [{ name: 'a', node: 'node1', interfaces: ['lan0'], address: '2001:DB8:0:0::1' }];
    const { topology } = resolveTopology(makePair({ mode: 'Standalone', servers: given }), DHCPV6, NODES);
    expect(topology?.servers[0]?.address).toBe('2001:db8::1');
  });

  it('says so when a node has no address', () => {
    const nodes = new Map([...NODES, ['node2', { internalIPs: [] }]]);
    const { problems } = resolveTopology(makePair({ servers: servers('a', 'b') }), DHCPV4, nodes);
    expect(problems[0]?.message).toContain('no InternalIP: give an address of the node here');
  });

  it.each([
    ['an interface as it is', ['lan0'], ['lan0'], ['lan0']],
    ['an address to its own family', ['lan0/192.0.2.1'], ['lan0/192.0.2.1'], ['lan0']],
    ['an IPv6 address to DHCPv6', ['lan0/2001:db8::1'], ['lan0'], ['lan0/2001:db8::1']],
    [
      'each its own of both, in the order of names',
      ['wan0', 'lan0/2001:db8::1', 'lan0/192.0.2.1'],
      ['lan0/192.0.2.1', 'wan0'],
      ['lan0/2001:db8::1', 'wan0'],
    ],
  ])('gives %s', (_, interfaces, ipv4, ipv6) => {
    const given = servers('a', 'b').map((server) => ({ ...server, interfaces }));
    const of = (family: Family) => resolveTopology(makePair({ servers: given }), family, NODES).topology?.servers[0];
    expect(of(DHCPV4)?.interfaces).toEqual(ipv4);
    expect(of(DHCPV6)?.interfaces).toEqual(ipv6);
  });

  it('tells the servers of DHCPv6 from those of DHCPv4 by names and ports', () => {
    const { topology } = resolveTopology(makePair({ servers: servers('a', 'b') }), DHCPV6, NODES);
    expect(topology).toMatchObject({ controlPort: 8002, haPort: 8003 });
    expect(topology?.servers[0]?.names.workload).toBe('office-a-v6');
    expect(topology?.names).toMatchObject({ rows: 'office-kea-rows-v6', control: 'office-kea-control' });
  });
});
