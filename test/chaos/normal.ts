/** Whether all is as it is meant to be, asked of everybody: the status, the servers, the pods, the nodes. */
import type { Subnet } from '../../src/api/index.ts';
import { SUBNETS } from '../../src/api/resources.ts';
import { PODS } from '../../src/workload/objects.ts';
import { NAMESPACE, SYSTEM } from '../support/install.ts';
import { sleep } from '../support/run.ts';
import type { Condition } from './judge.ts';
import { DEPLOYMENTS, isReady, NODES, STATEFULSETS } from './kube.ts';
import { type Lab, serverPods } from './lab.ts';
import { PAIR, type PairSpec, RESERVED, type Server } from './pair.ts';

const SHORT = { timeoutMs: 3000 };

/** The HA state that a server has when all is well; undefined: it has no HA. */
const stateOf = ({ mode, servers }: PairSpec, server: Server): string | undefined => {
  if (mode === 'Standalone') return undefined;
  const backup = server.role === undefined ? servers.indexOf(server) > 1 : server.role === 'Backup';
  if (backup) return 'backup';
  return mode === 'HotStandby' ? 'hot-standby' : 'load-balancing';
};

const pairComplaints = async (lab: Lab): Promise<readonly string[]> => {
  const pair = await lab.getPair();
  const ready = (pair.status?.conditions as readonly Condition[] | undefined)?.find(({ type }) => type === 'Ready');
  if (pair.metadata.deletionTimestamp !== undefined) return ['the pair is being deleted'];
  if (pair.status?.observedGeneration !== pair.metadata.generation)
    return ['the pair has a generation that nobody has seen'];
  return ready?.status === 'True' ? [] : [`the pair is not Ready: ${ready?.reason ?? ''} ${ready?.message ?? ''}`];
};

interface Status {
  readonly sockets?: { readonly status?: string };
  readonly 'dhcp-state'?: { readonly 'globally-disabled'?: boolean };
  readonly 'high-availability'?: readonly { readonly 'ha-servers': { readonly local: { readonly state: string } } }[];
}

const serverComplaints = async (lab: Lab, server: Server, subnets: number): Promise<readonly string[]> => {
  const status = (await lab.ask(server.name, 'status-get')).arguments as Status | undefined;
  const listed = (await lab.ask(server.name, 'subnet4-list')).arguments as
    { readonly subnets?: readonly unknown[] } | undefined;
  const wanted = stateOf(lab.present.spec, server);
  const state = status?.['high-availability']?.[0]?.['ha-servers'].local.state;
  const held = listed?.subnets?.length ?? 0;
  return [
    ...(state === wanted ? [] : [`${server.name} is ${state ?? 'without HA'}, not ${wanted ?? 'without HA'}`]),
    ...(status?.sockets?.status === 'ready'
      ? []
      : [`the sockets of ${server.name} are ${status?.sockets?.status ?? 'unknown'}`]),
    ...(held === subnets ? [] : [`${server.name} holds ${held} subnets of ${subnets}`]),
  ];
};

const podComplaints = async (lab: Lab, server: Server): Promise<readonly string[]> => {
  const name = `${PAIR}-${server.name}`;
  const set = await lab.client.get(STATEFULSETS, { namespace: NAMESPACE, name }, SHORT);
  const pod = await lab.client.get(PODS, { namespace: NAMESPACE, name: `${name}-0` }, SHORT);
  return [
    ...(isReady(pod) ? [] : [`pod ${name}-0 is not ready`]),
    ...(set.status?.observedGeneration === set.metadata.generation &&
    pod.metadata.labels?.['controller-revision-hash'] === set.status?.updateRevision
      ? []
      : [`pod ${name}-0 is of an earlier template`]),
  ];
};

const strangers = async (lab: Lab): Promise<readonly string[]> => {
  const { selector } = serverPods('');
  const [pairLabel = ''] = selector.split(',');
  const { items } = await lab.client.list(STATEFULSETS, { namespace: NAMESPACE, labelSelector: pairLabel, ...SHORT });
  const wanted = new Set(lab.present.spec.servers.map(({ name }) => `${PAIR}-${name}`));
  return items
    .filter(({ metadata }) => !wanted.has(metadata.name))
    .map(({ metadata }) => `there is still ${metadata.name}`);
};

const clusterComplaints = async (lab: Lab): Promise<readonly string[]> => {
  const [nodes, deployments, sets] = await Promise.all([
    lab.client.list(NODES, SHORT),
    lab.client.list(DEPLOYMENTS, { namespace: SYSTEM, ...SHORT }),
    lab.client.list(STATEFULSETS, { namespace: SYSTEM, ...SHORT }),
  ]);
  return [
    ...nodes.items.filter((node) => !isReady(node)).map(({ metadata }) => `${metadata.name} is not Ready`),
    ...deployments.items
      .filter(({ spec, status }) => (status?.availableReplicas ?? 0) < Math.max(1, spec?.replicas ?? 1))
      .map(({ metadata }) => `${metadata.name} is not available`),
    ...sets.items
      .filter(({ spec, status }) => (status?.readyReplicas ?? 0) < (spec?.replicas ?? 1))
      .map(({ metadata }) => `${metadata.name} is not ready`),
  ];
};

/** What is not as it is meant to be; empty: all is well. What cannot be asked is a complaint too. */
const complaints = async (lab: Lab, subnets: number): Promise<readonly string[]> => {
  const asked = [
    clusterComplaints(lab),
    pairComplaints(lab),
    strangers(lab),
    ...lab.present.spec.servers.flatMap((server) => [
      podComplaints(lab, server),
      serverComplaints(lab, server, subnets),
    ]),
  ];
  const said = await Promise.allSettled(asked);
  return said.flatMap((one) =>
    one.status === 'fulfilled'
      ? one.value
      : [one.reason instanceof Error ? (one.reason.message.split('\n')[0] ?? '') : String(one.reason)],
  );
};

/** All of them are accepted: each gets its id, and is told it a moment after the servers have it. */
const subnetComplaints = (subnets: readonly Subnet[]): readonly string[] => {
  const waiting = subnets.filter(({ status }) => status?.subnetId === undefined).length;
  return waiting === 0 ? [] : [`${waiting} Subnets have no id`];
};

/** After so many restarts the next pauses of a kubelet, twenty seconds and twice as long each time, are more than a case allows. */
const RESTARTS = 2;

/** Whether earlier cases left something that a later one would be judged by: kubelets that wait, or clients that were moved from their reservations. */
export const isWorn = async (lab: Lab): Promise<boolean> => {
  const servers = await Promise.all(
    lab.present.spec.servers.map(async ({ name }) => {
      const pod = await lab.client.get(PODS, { namespace: NAMESPACE, name: `${PAIR}-${name}-0` }, SHORT);
      const restarts = pod.status?.containerStatuses?.reduce((sum, one) => sum + one.restartCount, 0) ?? 0;
      return restarts >= RESTARTS || (await hasMoved(lab, name));
    }),
  );
  return servers.some(Boolean);
};

const hasMoved = async (lab: Lab, server: string): Promise<boolean> => {
  for (const { mac, address } of RESERVED) {
    const { arguments: found } = await lab.ask(server, 'lease4-get-by-hw-address', { 'hw-address': mac });
    const leases = (found?.leases ?? []) as readonly { readonly 'ip-address': string }[];
    if (leases.some((lease) => lease['ip-address'] !== address)) return true;
  }
  return false;
};

/** Waits until all is well, for so many seconds; gives what is not. */
export const becomesNormal = async (lab: Lab, seconds: number): Promise<readonly string[]> => {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const left = await lab.client
      .list(SUBNETS, { namespace: NAMESPACE, ...SHORT })
      .then(async ({ items }) => [...subnetComplaints(items), ...(await complaints(lab, items.length))])
      .catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(500);
  }
};
