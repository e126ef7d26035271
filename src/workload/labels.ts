import type { ObjectMeta, OwnerReference } from '../runtime/object.ts';
import { API_VERSION, GROUP } from '../api/kind.ts';
import { dnsLabel } from './names.ts';
import type { PairServer, Topology } from './topology.ts';

/** On every object of a pair: its value finds them all. A pair's name can be longer than a label's value may be. */
export const PAIR_LABEL = `${GROUP}/pair`;
export const SERVER_LABEL = `${GROUP}/server`;

export const pairSelector = (topology: Topology): Record<string, string> => ({
  [PAIR_LABEL]: dnsLabel(topology.pair),
});

export const serverSelector = (topology: Topology, server: PairServer): Record<string, string> => ({
  ...pairSelector(topology),
  [SERVER_LABEL]: server.name,
});

const common = (topology: Topology, name: string, component: string): Record<string, string> => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/instance': dnsLabel(topology.pair),
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/part-of': 'kea-operator',
  'app.kubernetes.io/managed-by': 'kea-operator',
  ...pairSelector(topology),
});

/** Of what belongs to the pair as a whole. */
export const pairLabels = (topology: Topology, component: string): Record<string, string> =>
  common(topology, 'kea-pair', component);

/** Of a server's StatefulSet and pod, and what belongs to it alone. */
export const serverLabels = (topology: Topology, server: PairServer): Record<string, string> => ({
  ...common(topology, 'kea-dhcp4', 'dhcp-server'),
  [SERVER_LABEL]: server.name,
});

/** The pair owns what is made for it: it goes with it. */
export const ownerOf = (topology: Topology): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: 'HAPair',
  name: topology.pair,
  uid: topology.uid,
  controller: true,
  blockOwnerDeletion: true,
});

export const metadata = (topology: Topology, name: string, labels: Record<string, string>): ObjectMeta => ({
  name,
  namespace: topology.namespace,
  labels,
  ownerReferences: [ownerOf(topology)],
});
