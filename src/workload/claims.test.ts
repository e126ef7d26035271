import { describe, expect, it } from 'vitest';
import { makePair } from '../../test/support/pair.ts';
import type { HAPair } from '../api/index.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import { claimProblem } from './claims.ts';

const NODES = new Map([
  ['n1', { internalIPs: ['10.0.0.1'] }],
  ['n2', { internalIPs: ['10.0.0.2'] }],
  ['n3', { internalIPs: ['10.0.0.3'] }],
]);

const server = (name: string, node: string, interfaces: readonly string[], address?: string) => ({
  name,
  node,
  interfaces,
  ...(address === undefined ? {} : { address }),
});

/** The pair `<namespace>/<name>`, which was made at that minute. */
const pairAt = (minute: number, fullName: string, spec: Readonly<Record<string, unknown>>): HAPair => {
  const [namespace = '', name = ''] = fullName.split('/');
  const pair = makePair(spec);
  const creationTimestamp = `2026-01-01T00:0${minute}:00Z`;
  return { ...pair, metadata: { ...pair.metadata, namespace, name, uid: fullName, creationTimestamp } };
};

const servers = (...interfaces: readonly string[]) => [server('a', 'n1', interfaces), server('b', 'n2', interfaces)];
const OTHER_PORTS = { controlPort: 9000, haPort: 9001 };
const first = pairAt(1, 'dhcp/first', { servers: servers('eth1') });

const allowed = (): boolean => true;

describe('claimProblem', () => {
  it.each<[string, HAPair, readonly HAPair[]]>([
    ['a pair that is alone', first, [first]],
    [
      'another interface and other ports',
      pairAt(2, 'dhcp/second', { servers: servers('eth2'), ...OTHER_PORTS }),
      [first],
    ],
    ['the same interface of other nodes', pairAt(2, 'x/y', { servers: [server('a', 'n3', ['eth1'])] }), [first]],
    ['what a later pair claims', first, [pairAt(2, 'dhcp/second', { servers: servers('eth1') })]],
    [
      'the same ports of another address',
      pairAt(2, 'dhcp/second', {
        servers: [server('a', 'n1', ['eth2'], '10.9.0.1'), server('b', 'n2', ['eth2'], '10.9.0.2')],
      }),
      [first],
    ],
    [
      'the haPort of a pair that has no partner',
      pairAt(2, 'dhcp/second', { servers: servers('eth2'), controlPort: 8001, haPort: 8002 }),
      [pairAt(1, 'dhcp/alone', { mode: 'Standalone', servers: [server('a', 'n1', ['eth1'])] })],
    ],
    [
      'the haPort of a pair whose partners meet on controlPort',
      pairAt(2, 'dhcp/second', { servers: servers('eth2'), controlPort: 8001, haPort: 8002 }),
      [pairAt(1, 'dhcp/queued', { servers: servers('eth1'), packetQueue: {} })],
    ],
    [
      'a VLAN of the interface',
      pairAt(2, 'dhcp/vlan', { servers: servers('eth1.20'), controlPort: 8002, haPort: 8003 }),
      [first],
    ],
  ])('has nothing against %s', (_, pair, others) => {
    expect(claimProblem(pair, DHCPV4, others, NODES, allowed)).toBeUndefined();
  });

  it('names server, interface, node, the other pair and the remedy, whatever their namespaces', () => {
    const pair = pairAt(2, 'lab/second', { servers: [server('x', 'n2', ['eth0', 'eth1'])], ...OTHER_PORTS });
    expect(claimProblem(pair, DHCPV4, [pair, first], NODES, allowed)).toEqual({
      reason: 'InterfaceTaken',
      message:
        'server x cannot serve interface eth1 of node n2, as server b of the earlier HAPair dhcp/first does: ' +
        'give each pair interfaces or nodes of its own (spec.servers), or delete one of the pairs',
    });
  });

  it.each([
    ['an address of it', 'eth1/10.1.0.1', 'eth1'],
    ['the whole of it', 'eth1', 'eth1/10.1.0.1'],
    ['another of its addresses', 'eth1/10.1.0.1', 'eth1/10.1.0.2'],
  ])('takes %s for the interface that another pair serves', (_, ours, theirs) => {
    const other = pairAt(1, 'dhcp/first', { servers: servers(theirs) });
    const pair = pairAt(2, 'lab/second', { servers: servers(ours, `${ours.slice(0, 4)}/10.1.0.9`), ...OTHER_PORTS });
    const { reason, message } = claimProblem(pair, DHCPV4, [pair, other], NODES, allowed) ?? {};
    expect(reason).toBe('InterfaceTaken');
    expect(message).toContain('server a cannot serve interface eth1 of node n1,');
  });

  it('names ports that are free on the nodes of the pair', () => {
    const third = pairAt(3, 'dhcp/third', { servers: servers('eth3'), controlPort: 8002, haPort: 8003 });
    const pair = pairAt(2, 'dhcp/second', { servers: [server('x', 'n1', ['eth2'])] });
    expect(claimProblem(pair, DHCPV4, [first, pair, third], NODES, allowed)).toEqual({
      reason: 'PortTaken',
      message:
        'server x cannot listen on TCP ports 8000 and 8001 of 10.0.0.1 (node n1), as server a of the earlier HAPair dhcp/first does: ' +
        'set ports that are free, such as spec.controlPort 8004 and spec.haPort 8005, or delete one of the pairs',
    });
  });

  it.each([
    ['controlPort against haPort', { controlPort: 8001, haPort: 9001 }, 'TCP port 8001 of 10.0.0.1'],
    ['haPort against controlPort', { controlPort: 9000, haPort: 8000 }, 'TCP port 8000 of 10.0.0.1'],
  ])('compares %s, as both are ports of one address', (_, ports, says) => {
    const pair = pairAt(2, 'dhcp/second', { servers: servers('eth2'), ...ports });
    expect(claimProblem(pair, DHCPV4, [first], NODES, allowed)?.message).toContain(says);
  });

  it('knows an address that is given from the InternalIP of the node', () => {
    const pair = pairAt(2, 'dhcp/second', {
      mode: 'Standalone',
      servers: [server('x', 'n1', ['eth2'], '10.0.0.1')],
    });
    expect(claimProblem(pair, DHCPV4, [first], NODES, allowed)?.reason).toBe('PortTaken');
  });

  it('knows an address of IPv6 in another spelling', () => {
    const pairOf = (age: number, name: string, link: string, address: string) =>
      pairAt(age, name, { mode: 'Standalone', servers: [server('x', 'n1', [link], address)] });
    const [one, other] = [pairOf(1, 'dhcp/one', 'eth1', '2001:db8::1'), pairOf(2, 'dhcp/two', 'eth2', '2001:DB8:0::1')];
    expect(claimProblem(other, DHCPV4, [one, other], NODES, allowed)?.message).toContain('of 2001:db8::1 (node n1)');
  });

  it('says all that is in the way at once', () => {
    const pair = pairAt(2, 'dhcp/second', { servers: servers('eth1') });
    const { reason, message } = claimProblem(pair, DHCPV4, [first], NODES, allowed) ?? {};
    expect(reason).toBe('InterfaceTaken');
    for (const part of ['eth1 of node n1', 'eth1 of node n2', '10.0.0.1 (node n1)', '10.0.0.2 (node n2)', '8004']) {
      expect(message).toContain(part);
    }
  });

  it.each([
    ['dhcp/alpha', 'dhcp/beta'],
    ['a/zeta', 'b/alpha'],
  ])('takes %s before %s when both are of the same second', (winner, loser) => {
    const pairs = [loser, winner].map((name) => pairAt(1, name, { servers: servers('eth1') }));
    expect(pairs.map((pair) => claimProblem(pair, DHCPV4, pairs, NODES, allowed)?.reason)).toEqual([
      'InterfaceTaken',
      undefined,
    ]);
  });

  it('lets a pair that the installation does not allow claim nothing of those that it allows, however early it came', () => {
    const squatter = pairAt(0, 'evil/squatter', { servers: servers('eth1'), paused: true });
    const isAllowed = (pair: HAPair): boolean => pair !== squatter;
    expect(claimProblem(first, DHCPV4, [squatter, first], NODES, isAllowed)).toBeUndefined();
    expect(claimProblem(squatter, DHCPV4, [squatter, first], NODES, isAllowed)?.message).toContain(
      'as server a of the HAPair dhcp/first does, which the installation allows',
    );
  });

  it('leaves its place to a pair that is not allowed any more where a server of it answered once', () => {
    const answered = { servers: [{ name: 'a', ipFamily: 'IPv4' as const, lastHeartbeat: '2026-01-01T00:00:00Z' }] };
    const running = { ...pairAt(0, 'old/running', { servers: servers('eth1') }), status: answered };
    const isAllowed = (pair: HAPair): boolean => pair !== running;
    expect(claimProblem(running, DHCPV4, [running, first], NODES, isAllowed)).toBeUndefined();
    expect(claimProblem(first, DHCPV4, [running, first], NODES, isAllowed)?.reason).toBe('InterfaceTaken');
  });

  it('keeps a family out of what another pair serves of that family, and lets it in beside the other', () => {
    const six = pairAt(2, 'dhcp/six', { servers: servers('eth1'), ipFamilies: ['IPv6'] });
    const both = pairAt(1, 'dhcp/both', { servers: servers('eth1'), ipFamilies: ['IPv4', 'IPv6'] });
    const one = pairAt(1, 'dhcp/both', { servers: servers('eth1'), ipFamilies: ['IPv4'] });
    const leaving = { ...one, status: { servers: [{ name: 'a', ipFamily: 'IPv6' as const }] } };
    const reasonBeside = (other: HAPair) => claimProblem(six, DHCPV6, [other], NODES, allowed)?.reason;
    expect([both, leaving, one].map(reasonBeside)).toEqual(['InterfaceTaken', 'InterfaceTaken', undefined]);
  });

  it('keeps the order among those that it does not allow', () => {
    const second = pairAt(2, 'evil/second', { servers: servers('eth1') });
    const pairs = [second, first];
    expect(pairs.map((pair) => claimProblem(pair, DHCPV4, pairs, NODES, () => false)?.reason)).toEqual([
      'InterfaceTaken',
      undefined,
    ]);
  });

  it('lets an earlier pair have what it claims although it is itself in the way of a still earlier one', () => {
    const second = pairAt(2, 'dhcp/second', { servers: servers('eth1', 'eth2'), ...OTHER_PORTS });
    const third = pairAt(3, 'dhcp/third', { servers: servers('eth2'), controlPort: 9002, haPort: 9003 });
    expect(claimProblem(third, DHCPV4, [first, second, third], NODES, allowed)?.message).toContain('dhcp/second');
  });
});
