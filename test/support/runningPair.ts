import type { HAPair } from '../../src/api/index.ts';
import type { DatabaseTarget } from '../../src/database/target.ts';
import type { KeaClient } from '../../src/kea/client.ts';
import { connectKea } from '../../src/kea/connect.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { ipFamilyOf } from '../../src/kea/families.ts';
import type { Family } from '../../src/kea/family.ts';
import { haStateOf } from '../../src/kea/ha.ts';
import { bootstrapServer, type ServerBootstrap } from '../../src/workload/bootstrap/server.ts';
import { type Authority, ensureAuthority } from '../../src/workload/certificates.ts';
import { type Control, endpointOf, ensureControlSecret } from '../../src/workload/credentials.ts';
import { decoded, type Secret } from '../../src/workload/objects.ts';
import { daemonVariable, libpqEnvironment } from '../../src/workload/podTemplate.ts';
import type { PairServer, Topology } from '../../src/workload/topology.ts';
import type { NetworkMember, TestNetwork } from './network.ts';
import { makePair, topologyOf } from './pair.ts';
import { until } from './run.ts';
import type { PodLab, PodLike } from './workloadLab.ts';

/** What a pair stands on; `stop` collects what is to be ended, the last first. */
export interface PairGround {
  readonly network: TestNetwork;
  readonly lab: PodLab;
  readonly target: DatabaseTarget;
  readonly stop: (() => Promise<void>)[];
  /** Of the servers; left out: DHCPv4. One of DHCPv6 has all that it is reached by over IPv6. */
  readonly family?: Family;
}

const QUICK = { heartbeatDelay: 500, maxResponseDelay: 3000, maxAckDelay: 1000, maxUnackedClients: 0 };

/** A server of a pair, as a pod. */
export interface RunningServer {
  readonly pod: PodLike;
  readonly netns: string;
  secret: Secret;
  made: ServerBootstrap;
  client: KeaClient;
}

/** The servers of a pair as pods; `desired state` makes another specification the wanted one. */
export interface RunningPair {
  readonly servers: ReadonlyMap<string, RunningServer>;
  readonly topology: Topology;
  readonly authority: Authority;
  readonly control: Control;
  desired(overrides: Readonly<Record<string, unknown>>, now?: number): Promise<void>;
  /** @throws Error where there is no such server */
  server(name: string): RunningServer;
  client(name: string): KeaClient;
  states(): Promise<readonly string[]>;
}

export const startPair = async (
  { network, lab, target, stop, family = DHCPV4 }: PairGround,
  overrides: Readonly<Record<string, unknown>> = {},
  names: readonly string[] = ['a', 'b'],
  since = Date.now(),
): Promise<RunningPair> => {
  const members = new Map<string, NetworkMember>(names.map((name) => [name, network.reserve()]));
  const servers = [...members].map(([name, { address, address6 }], index) => ({
    name,
    node: `node${index}`,
    interfaces: ['eth0'],
    address: family.version === 6 ? address6 : address,
  }));
  const pairOf = (more: Readonly<Record<string, unknown>>): HAPair =>
    makePair({ servers, ha: QUICK, ipFamilies: [ipFamilyOf(family)], ...overrides, ...more });
  const topology = topologyOf(pairOf({}), family);
  const authority = await ensureAuthority('office', undefined, since);
  const control = await ensureControlSecret(authority, undefined, since);
  const make = async (
    pair: HAPair,
    server: PairServer,
    secret: Secret | undefined,
    now = Date.now(),
    proven?: string,
  ): Promise<ServerBootstrap> => {
    const pod = { exists: secret !== undefined, ready: secret !== undefined, templateCurrent: true };
    const input = { pair, topology, server, database: target, authority, control, pod, proven };
    const result = await bootstrapServer({ ...input, answers: true, secret, now });
    if (!result.ok) throw new Error(result.problem.message);
    return result.bootstrap;
  };
  const running = new Map<string, RunningServer>();
  for (const server of topology.servers) {
    const member = members.get(server.name);
    if (member === undefined) throw new Error('no member');
    await member.join(family.version);
    const variables = [
      ...daemonVariable(family),
      ...libpqEnvironment({ sslMode: target.sslMode, hasCa: true }, `kea ${server.name}`),
    ];
    const environment = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
    const pod = await lab.pod(member.namespace, member, environment);
    const made = await make(pairOf({}), server, undefined, since);
    await pod.mount(decoded(made.manifest));
    await pod.start();
    const client = connectKea(
      endpointOf(server.name, { address: server.address, port: topology.controlPort }, control),
      family,
    );
    stop.push(async () => {
      await client.close();
      await pod.end();
      await member.leave();
    });
    running.set(server.name, {
      pod,
      netns: member.namespace,
      secret: made.manifest,
      made,
      client,
    });
  }
  const pair: RunningPair = {
    servers: running,
    topology,
    authority,
    control,
    desired: async (more, now) => {
      for (const server of topology.servers) {
        const one = running.get(server.name);
        if (one === undefined) continue;
        one.made = await make(pairOf(more), server, one.secret, now, one.made.wanted.digest);
        one.secret = one.made.manifest;
        await one.pod.mount(decoded(one.secret));
      }
    },
    server: (name) => {
      const found = running.get(name);
      if (found === undefined) throw new Error(`no server ${name}`);
      return found;
    },
    client: (name) => pair.server(name).client,
    states: async () =>
      Promise.all(
        [...running.values()].map(async ({ client }) => haStateOf(await client.call('status-get', undefined))),
      ),
  };
  for (const { pod, client } of running.values()) {
    await until(family.daemon, 20, () => client.call('status-get', undefined), 50).catch(async (error: unknown) => {
      throw new Error(await pod.log(), { cause: error });
    });
  }
  return pair;
};
