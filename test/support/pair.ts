import { haPairKind } from '../../src/api/haPair.ts';
import type { HAPair } from '../../src/api/index.ts';
import { API_VERSION } from '../../src/api/kind.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { Family } from '../../src/kea/family.ts';
import { resolveTopology, type Topology } from '../../src/workload/topology.ts';

/** The pair `net/office` with its defaults, two servers a and b on 192.0.2.1 and 192.0.2.2 unless the overrides say otherwise. */
export const makePair = (overrides: Readonly<Record<string, unknown>> = {}): HAPair => ({
  apiVersion: API_VERSION,
  kind: 'HAPair',
  metadata: { namespace: 'net', name: 'office', uid: '11111111-2222-3333-4444-555555555555', generation: 1 },
  spec: haPairKind.spec.parse({
    servers: [
      { name: 'a', node: 'node1', interfaces: ['lan0'], address: '192.0.2.1' },
      { name: 'b', node: 'node2', interfaces: ['lan0'], address: '192.0.2.2' },
    ],
    ...overrides,
  }),
});

/** The topology of a pair whose servers all have an address of their own. */
export const topologyOf = (pair: HAPair, family: Family = DHCPV4): Topology => {
  const nodes = new Map(pair.spec.servers.map(({ node }) => [node, { internalIPs: [] }]));
  const { topology } = resolveTopology(pair, family, nodes);
  if (topology === undefined) throw new Error('the servers of this pair have no addresses');
  return topology;
};
