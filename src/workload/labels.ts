/** Labels of everything that a pair has, and whose an object is by them. */
import { GROUP } from '../api/kind.ts';
import type { Family } from '../kea/family.ts';
import type { KubeObject, ObjectMeta } from '../runtime/object.ts';
import { dnsLabel } from './names.ts';
import type { PairServer, Topology } from './topology.ts';

const MANAGER = 'kea-operator';
const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
/**
 * Of pods alone. Argo CD takes whatever carries it, and has no owner, for a part of the application of that name, and prunes it: a pair that is named as its
 * application would lose its servers.
 */
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';
/** On every object of a pair: its value finds them all. A pair's name can be longer than a label's value may be. */
export const PAIR_LABEL = `${GROUP}/pair`;
export const SERVER_LABEL = `${GROUP}/server`;

export const pairSelector = (topology: Pick<Topology, 'pair'>): Record<string, string> => ({
  [PAIR_LABEL]: dnsLabel(topology.pair),
});

export const DAEMON_LABEL = 'app.kubernetes.io/name';

/** Of the pods of a server's StatefulSet, of which the selector cannot change: that of DHCPv4 was there before the label told families apart. */
export const serverSelector = ({ pair, family }: Topology, server: PairServer): Record<string, string> => ({
  ...pairSelector({ pair }),
  [SERVER_LABEL]: server.name,
  ...(family.version === 4 ? {} : { [DAEMON_LABEL]: family.daemon }),
});

/** Whether an object is of a server of the family. */
export const isOfServer = ({ daemon }: Pick<Family, 'daemon'>, { metadata: { labels } }: KubeObject): boolean =>
  labels?.[SERVER_LABEL] !== undefined && labels[DAEMON_LABEL] === daemon;

const common = (topology: Topology, name: string, component: string): Record<string, string> => ({
  [DAEMON_LABEL]: name,
  [INSTANCE_LABEL]: dnsLabel(topology.pair),
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/part-of': MANAGER,
  [MANAGED_BY_LABEL]: MANAGER,
  ...pairSelector(topology),
});

/** Of what belongs to the pair as a whole. */
export const pairLabels = (topology: Topology, component: string): Record<string, string> =>
  common(topology, 'kea-pair', component);

/** Of a server's StatefulSet and pod, and what belongs to it alone. */
export const serverLabels = (topology: Topology, server: PairServer): Record<string, string> => ({
  ...common(topology, topology.family.daemon, 'dhcp-server'),
  [SERVER_LABEL]: server.name,
});

/**
 * What is made for a pair carries its labels and no owner reference: the garbage collector takes what an owner refers to the moment that a
 * deletion in the foreground begins, whatever finalizers the owner has. Only the operator ends a server (docs/adr/0010).
 */
export const metadata = (topology: Topology, name: string, labels: Record<string, string>): ObjectMeta => {
  const { [INSTANCE_LABEL]: _, ...own } = labels;
  return { name, namespace: topology.namespace, labels: own };
};

/** Labels that say whose an object is. */
const IDENTITY = [MANAGED_BY_LABEL, PAIR_LABEL] as const;

/** Whether an object carries the labels by which a desired one is known to be its pair's; which HAPair of the name made it does not matter. */
export const belongsWith = (desired: KubeObject, existing: KubeObject): boolean =>
  IDENTITY.every((label) => {
    const value = desired.metadata.labels?.[label];
    return value === undefined || existing.metadata.labels?.[label] === value;
  });

/** Whether an object was made for the pair of that name, in its namespace. */
export const belongsTo = (pair: string, { metadata: { labels } }: KubeObject): boolean =>
  labels?.[MANAGED_BY_LABEL] === MANAGER && labels[PAIR_LABEL] === dnsLabel(pair);
