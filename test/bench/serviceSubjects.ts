/** The pairs that the part `service` compares: one that the operator configures, and one that is configured by hand. */
import type { HostReservation, Subnet } from '../../src/api/index.ts';
import { createNamespace } from '../../src/compile/namespace.ts';
import { takeSnapshot } from '../../src/compile/snapshot.ts';
import type { Snapshot } from '../../src/compile/types.ts';
import type { KeaStatus } from '../../src/kea/commands.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { haStateOf } from '../../src/kea/ha.ts';
import { LINGER_MS } from '../../src/operator/operator.ts';
import { isAborted, systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { applyRows, tryRows } from '../../src/sync/apply.ts';
import { createConnections } from '../../src/sync/connections.ts';
import { followRows } from '../../src/sync/followServers.ts';
import { createMemory } from '../../src/sync/memory.ts';
import { planRows } from '../../src/sync/planRows.ts';
import { reachOf } from '../../src/sync/reach.ts';
import type { ServerConfig } from '../../src/workload/bootstrap/digest.ts';
import { ensureAuthority, issueLeaf } from '../../src/workload/certificates.ts';
import { DEFINITIONS, pair as haPair } from '../support/objects.ts';
import { sleep, until } from '../support/run.ts';
import { type RunningPair, startPair } from '../support/runningPair.ts';
import type { PodLike } from '../support/workloadLab.ts';
import { type Ground, openGround } from './ground.ts';
import {
  byHand,
  HAND_SOCKET,
  otherSubnet,
  reservationsOf,
  type Service,
  subnetsOf,
  writingLeases,
} from './serviceConfigs.ts';

/** A pair that serves. */
export interface Subject {
  /** Network namespace of its clients. */
  readonly netns: string;
  /** Waits until both servers work together. */
  settle(): Promise<void>;
  /** Hardware address of who has a lease of the address, as the primary knows it. */
  leaseOf(address: string): Promise<string | undefined>;
  /** Has the database learn what is in it, as autovacuum does within a minute. */
  analyze(): Promise<void>;
}

/** One that the operator looks after. */
export interface OperatedSubject extends Subject {
  /** Changes one of the other Subnets after another until the work is done; how many it were. */
  changing(work: () => Promise<void>): Promise<number>;
}

const STATES = { HotStandby: 'hot-standby', LoadBalancing: 'load-balancing' } as const;

const settled = (mode: Service['mode'], statuses: () => Promise<readonly KeaStatus[]>): Promise<unknown> =>
  until(`both servers in ${STATES[mode]}`, 90, async () =>
    (await statuses()).every((status) => haStateOf(status) === STATES[mode]),
  );

const analyze = async ({ database }: Ground): Promise<void> => {
  await database.query('ANALYZE');
};

/** @param adjust What is done to the operator's configuration of a server. */
export const startOperated = async (
  service: Service,
  stop: (() => Promise<void>)[],
  adjust: (config: ServerConfig) => ServerConfig = writingLeases,
): Promise<OperatedSubject> => {
  const ground = await openGround(stop);
  const { mode, leaseStorage } = service;
  const pair = await startPair(ground, { mode, leaseStorage, ha: {} });
  const clients = [...pair.servers.values()].map(({ client }) => client);
  const settle = async (): Promise<void> => {
    await settled(mode, () => Promise.all(clients.map((client) => client.call('status-get', undefined))));
  };
  await settle();
  const pass = openOperator(ground, service, pair);
  const reservations = reservationsOf(service);
  let subnets = subnetsOf(service, ground.client.address);
  await pass(subnets, reservations);
  for (const { client, made } of pair.servers.values()) await client.call('config-set', adjust(made.wanted.config));
  await settle();

  let changed = 0;
  const changeOne = async (): Promise<void> => {
    const next = otherSubnet(changed % CHANGING, 2 + (Math.floor(changed / CHANGING) % 50));
    subnets = subnets.map((subnet) => (subnet.metadata.name === next.metadata.name ? next : subnet));
    await sleep(LINGER_MS);
    await pass(subnets, reservations);
    changed++;
  };
  return {
    netns: ground.client.namespace,
    settle,
    analyze: () => analyze(ground),
    leaseOf: async (address) => (await pair.client('a').call('lease4-get', { 'ip-address': address }))?.['hw-address'],
    changing: async (work) => {
      const before = changed;
      const done = new AbortController();
      const changes = (async () => {
        while (!isAborted(done.signal)) await changeOne();
      })();
      await work().finally(() => {
        done.abort();
      });
      await changes;
      return changed - before;
    },
  };
};

/** So many of the other Subnets change. */
const CHANGING = 100;
const PASSES = 20;

/** Passes of the operator on this pair, as src/sync/converge.ts puts them together, without an API server. */
const openOperator = (
  ground: Ground,
  { mode, leaseStorage }: Service,
  pair: RunningPair,
): ((subnets: readonly Subnet[], reservations: readonly HostReservation[]) => Promise<void>) => {
  const connections = createConnections(systemClock, createLogger({ level: 'warn' }));
  ground.stop.push(() => connections.close());
  const object = haPair({ mode, leaseStorage });
  const servers = [...pair.servers.values()].map(({ made: { endpoint } }) => ({ endpoint }));
  const reach = reachOf(object, DHCPV4, ground.target, { servers });
  const memory = createMemory();
  const context = { clock: systemClock, signal: new AbortController().signal, memory, mustLead: () => undefined };
  const wanted = { serverTag: pair.topology.serverTag, definitions: DEFINITIONS, dropsLookups: true };
  /** Whether both servers run what the objects say. */
  const once = async (snapshot: Snapshot): Promise<boolean> => {
    const connected = connections.connect(reach);
    await Promise.all(connected.servers.map((server) => server.look(context.signal)));
    const planned = await planRows(context, { ...wanted, snapshot }, connected);
    const tried = await tryRows(context, planned, connected.servers, new Map());
    const applied = await applyRows(context, planned, tried, connected);
    const followed = [...(await followRows(context, connected.servers, applied.after)).values()];
    if (planned.compiled.rejected > 0) {
      const [ref, verdict] = [...planned.compiled.verdicts].find(([, { accepted }]) => !accepted) ?? [];
      throw new Error(`${ref}: ${JSON.stringify(verdict)}`);
    }
    for (const [ref, { text }] of applied.refusals) throw new Error(`${ref}: ${text}`);
    return applied.untried.size === 0 && followed.length === servers.length && followed.every((it) => it.synchronized);
  };
  const namespace = createNamespace();
  let known: ReadonlySet<unknown> = new Set();
  return async (subnets, reservations) => {
    const objects = [...subnets, ...reservations];
    // As the operator hears of them: of those that did not change nothing.
    for (const one of objects) if (!known.has(one)) namespace.put(one);
    known = new Set(objects);
    const snapshot = takeSnapshot(object, DHCPV4, namespace);
    for (let passes = 1; !(await once(snapshot)); passes++) {
      if (passes === PASSES) throw new Error(`the servers do not run what is desired after ${PASSES} passes`);
    }
  };
};

const CONFIG = '/etc/kea/kea-dhcp4.conf';
/** Kea insists on this mode of the directory. */
const START = ['sh', '-c', `install -d -m 0750 /run/kea && exec kea-dhcp4 -c ${CONFIG}`];

/** It may not have settled yet. */
export const startByHand = async (service: Service, stop: (() => Promise<void>)[]): Promise<Subject> => {
  const ground = await openGround(stop);
  const { network, lab, target, client } = ground;
  const { host, port, name: database, user, password } = target;
  const members = ['server1', 'server2'].map((name) => ({ name, member: network.reserve() }));
  const authority = await ensureAuthority('by hand', undefined, Date.now());
  const servers = members.map(({ name, member: { address } }) => ({ name, address }));
  const pods: PodLike[] = [];
  for (const { name, member } of members) {
    await member.join();
    const pod = await lab.pod(name, member, {}, START);
    const self = { name, address: member.address };
    const config = byHand(self, servers, service, client.address, { host, port, name: database, user, password });
    const leaf = { commonName: name, addresses: [member.address], use: 'server' } as const;
    const { cert, key } = await issueLeaf(authority, leaf, Date.now());
    await pod.mount({
      'kea-dhcp4.conf': JSON.stringify(config),
      'ca.pem': authority.current.cert,
      'cert.pem': cert,
      'key.pem': key,
    });
    await pod.start();
    stop.push(async () => {
      await pod.end();
      await member.leave();
    });
    pods.push(pod);
  }
  const ask = async (pod: PodLike, command: string, args?: object): Promise<unknown> => {
    const socat = `printf %s "$1" | socat -t 10 - UNIX-CONNECT:${HAND_SOCKET}`;
    const ran = await pod.exec('sh', '-c', socat, 'sh', JSON.stringify({ command, arguments: args }));
    if (ran.code !== 0) throw new Error(`${command}: ${ran.stderr}\n${(await pod.log()).slice(-2000)}`);
    return (JSON.parse(ran.stdout) as { arguments?: unknown }).arguments;
  };
  const settle = async (): Promise<void> => {
    await settled(service.mode, () =>
      Promise.all(pods.map(async (pod) => (await ask(pod, 'status-get')) as KeaStatus)),
    );
  };
  const [primary] = pods;
  return {
    netns: client.namespace,
    settle,
    analyze: () => analyze(ground),
    leaseOf: async (address) => {
      const lease = primary && (await ask(primary, 'lease4-get', { 'ip-address': address }));
      return (lease as { 'hw-address'?: string } | undefined)?.['hw-address'];
    },
  };
};
