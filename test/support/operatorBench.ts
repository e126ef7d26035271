/**
 * The whole operator on a real API server, with the rights that the chart gives it, with the garbage collector beside it, and a real database for each pair. No kubelet runs
 * servers, so that the operator may remove rows and write none: tests write them, and leases into the tables of the database.
 */
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { HAPair } from '../../src/api/index.ts';
import { HAPAIRS, HOST_RESERVATIONS, SUBNETS } from '../../src/api/resources.ts';
import type { ConfigBackend } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import { canonicalHost, canonicalSubnet } from '../../src/kea/canonical.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { makeMarker } from '../../src/kea/digest.ts';
import type { HostBody, Item, SubnetBody } from '../../src/kea/state.ts';
import { createOperatorMetrics } from '../../src/metrics/metrics.ts';
import { KeaOperator } from '../../src/operator/operator.ts';
import { createOwnSecrets } from '../../src/operator/ownSecrets.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createEventRecorder } from '../../src/runtime/events.ts';
import { createLeaderElector } from '../../src/runtime/leader.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createRuntimeMetrics } from '../../src/runtime/metrics.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { conditionsOf, type KnownCondition } from '../../src/status/conditions.ts';
import type { Allowed } from '../../src/workload/allowed.ts';
import { serverTagOf } from '../../src/workload/names.ts';
import { encoded, JOBS, NODES, SECRETS, STATEFUL_SETS } from '../../src/workload/objects.ts';
import { startApiServer, type TestApiServer } from './apiserver.ts';
import { clientOf, installRights, renderChart } from './chart.ts';
import { installCrds } from './crds.ts';
import { eventually } from './eventually.ts';
import { createNamespace, finishJob } from './kubernetes.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from './postgres.ts';
import { become, type Desired } from './rows.ts';

export const SYSTEM = 'kea-system';
export const SOURCES = 'kea-system-leases';
const PAIR = 'office';

/** The HAPair `office` in a namespace of its own. */
export interface Lab {
  readonly namespace: string;
  readonly database: TestDatabase;
  /** Creates the HAPair, again where it was deleted. */
  createPair(more?: Readonly<Record<string, unknown>>): Promise<HAPair>;
  /** Creates another pair on the same database, by way of that port, with an interface and a control port of its own. */
  createPairBeside(name: string, databasePort: number): Promise<HAPair>;
  /** In the pair `office`, or another. */
  createSubnet(name: string, cidr: string, deletionPolicy?: string, haPair?: string): Promise<KubeObject>;
  /** In the Subnet of that name. */
  createHost(name: string, subnet: string, mac: string): Promise<KubeObject>;
  /** Creates a Subnet and waits for its verdict: how long that took, ms. */
  timeToVerdict(name: string, cidr: string): Promise<number>;
  subnetRow(name: string, id: number, prefix: string): Item<SubnetBody>;
  hostRow(name: string, subnetId: number, mac: string): Item<HostBody>;
  /** Makes the rows be these. */
  write(desired: Desired): Promise<void>;
  /** `10.0.0.0/24 (1)` of every subnet and `02005e100001` of every reservation that has the operator's mark. */
  rows(): Promise<readonly string[]>;
  lease(address: string, subnetId: number): Promise<void>;
  endLeases(): Promise<void>;
  condition(resource: Resource, name: string, type: string): Promise<KnownCondition | undefined>;
  pairCondition(type: string): Promise<KnownCondition | undefined>;
  /** Lets the operator look at the pair at once. */
  poke(): Promise<void>;
  /** Ends the schema Job well, as its controller does, and waits for the set of the pair's server. */
  startServer(): Promise<void>;
  /** What was made for the pair, with uids and generations: equal before and after means that nothing was made or changed again. */
  made(): Promise<readonly string[]>;
}

export interface OperatorBench {
  readonly server: TestApiServer;
  /** A namespace with a database for its pair. */
  lab(): Promise<Lab>;
  /** Ends the operator and starts another. */
  restart(): Promise<void>;
  stopOperator(): Promise<void>;
  startOperator(): Promise<void>;
  /** What the operators logged so far, for failures. */
  log(): string;
}

export interface BenchOptions {
  /** As in the chart's values. */
  readonly watchNamespaces?: readonly string[];
  /** What the operator is told; kube-apiserver, which would refuse all else, is not. */
  readonly allowed?: Allowed;
  /** There is a lease API, which asks for releases at this port of 127.0.0.1. */
  readonly releasesPort?: number;
}

export const LEASE_API = { service: 'kea-operator-leases', secret: 'kea-operator-leases-tls' };
export const INTERNAL_SERVICE = 'kea-operator-internal';

interface Running {
  stop(): Promise<void>;
}

const startOperator = async (
  server: TestApiServer,
  lines: string[],
  { watchNamespaces = [], allowed, releasesPort }: BenchOptions,
): Promise<Running> => {
  const releases = releasesPort === undefined ? undefined : { host: '127.0.0.1', port: releasesPort };
  const leaseApi = releases && { ...LEASE_API, internalService: INTERNAL_SERVICE, releases, claimShortName: false };
  const client = await clientOf(server, 'kea-operator');
  const clock = systemClock;
  const log = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const registry = new Registry();
  const metrics = createRuntimeMetrics(registry);
  const elector = createLeaderElector({
    client,
    namespace: SYSTEM,
    name: 'kea-operator',
    identity: `test-${lines.length}`,
    log,
  });
  const events = createEventRecorder({ client, controller: 'kea-operator.io/operator', instance: 'test', log });
  const operator = new KeaOperator({
    client,
    log,
    clock,
    fieldManager: 'kea-operator',
    metrics,
    operatorMetrics: createOperatorMetrics(registry),
    namespace: SYSTEM,
    watchNamespaces,
    ...(allowed === undefined ? {} : { allowed }),
    podDefaults: { image: 'docker.io/kea-operator/kea-server:3.0.4' },
    elector,
    events,
    leaseSources: SOURCES,
    ownSecrets: createOwnSecrets({ client, clock, namespace: SYSTEM, ...(leaseApi && { leaseApi }) }),
    ...(leaseApi && { leaseApi }),
  });
  await operator.start();
  return {
    stop: async () => {
      operator.stop();
      await operator.stopped();
      await operator.resign();
      await events.close(1000);
      await client.close();
    },
  };
};

/** Where nobody listens, and says so at once. */
const createNode = async ({ client }: TestApiServer): Promise<void> => {
  await client.create(NODES, { metadata: { name: 'node1' } });
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] };
  await client.patch(NODES, { name: 'node1' }, { status }, { subresource: 'status' });
};

/** One operator for all tests of a file, unless they restart it. */
export const useOperatorBench = (options: BenchOptions = {}): OperatorBench => {
  const { watchNamespaces = [] } = options;
  let server: TestApiServer;
  let postgres: TestPostgres;
  let operator: Running | undefined;
  let labs = 0;
  let open: (() => Promise<void>)[] = [];
  const lines: string[] = [];

  beforeAll(async () => {
    [server, postgres] = await Promise.all([startApiServer(), startPostgres()]);
    await installCrds(server.client);
    await createNamespace(server.client, SYSTEM);
    for (const namespace of watchNamespaces) await createNamespace(server.client, namespace);
    await installRights(server.client, await renderChart({ watchNamespaces }));
    await createNode(server);
    await server.startControllers('garbage-collector-controller');
    operator = await startOperator(server, lines, options);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(lines.slice(-60).join(''));
    for (const close of open) await close();
    open = [];
  });
  afterAll(async () => {
    await operator?.stop();
    await server.stop();
    await postgres.stop();
  });

  const stop = async (): Promise<void> => {
    await operator?.stop();
    operator = undefined;
  };
  const start = async (): Promise<void> => {
    operator = await startOperator(server, lines, options);
  };

  return {
    get server() {
      return server;
    },
    stopOperator: stop,
    startOperator: start,
    restart: async () => {
      await stop();
      await start();
    },
    log: () => lines.join(''),
    lab: async () => {
      const namespace = `lab-${++labs}`;
      if (!watchNamespaces.includes(namespace)) await createNamespace(server.client, namespace);
      const database = await postgres.database();
      const backend = openBackend(database.target, DHCPV4);
      open.push(async () => {
        await backend.close();
        await database.drop();
      });
      return labOf({ server, namespace, database, backend, port: 20_000 + labs });
    },
  };
};

interface LabParts {
  readonly server: TestApiServer;
  readonly namespace: string;
  readonly database: TestDatabase;
  readonly backend: ConfigBackend;
  /** Where its server would listen, and nobody does; no other pair's. */
  readonly port: number;
}

const labOf = ({ server: { client }, namespace, database, backend, port }: LabParts): Lab => {
  const scope = { serverTag: serverTagOf(namespace, PAIR), prefixes: [] };
  const { user, password, ...at } = database.target;
  const marked = <Body extends object>(kind: string, name: string, body: Body): Item<Body> => ({
    body,
    marker: makeMarker({ object: `${kind}/${namespace}/${name}`, uid: 'of old', generation: 1 }, body),
  });
  const condition: Lab['condition'] = async (resource, name, type) =>
    conditionsOf((await client.get<KubeObject>(resource, { namespace, name })).status).get(type);
  let pokes = 0;
  const poke = async (): Promise<void> => {
    const annotations = { poke: String(++pokes) };
    await client.patch<KubeObject>(HAPAIRS, { namespace, name: PAIR }, { metadata: { annotations } });
  };
  const made = async (): Promise<readonly string[]> => {
    const selection = { namespace, labelSelector: 'kea-operator.io/pair' };
    const lists = await Promise.all(
      [STATEFUL_SETS, JOBS, SECRETS].map((kind) => client.list<KubeObject>(kind, selection)),
    );
    return lists
      .flatMap(({ items }) => items)
      .map(({ kind, metadata: { name, uid = '', generation = 0 } }) => `${kind}/${name} ${uid} ${generation}`)
      .sort();
  };
  const create = async (
    name: string,
    [controlPort, databasePort]: readonly [number, number],
    more: Readonly<Record<string, unknown>>,
  ): Promise<HAPair> => {
    await client.apply(
      SECRETS,
      { metadata: { namespace, name: 'login' }, data: encoded({ username: user, password }) },
      { fieldManager: 'test' },
    );
    const spec = {
      mode: 'Standalone',
      servers: [{ name: 'a', node: 'node1', interfaces: [`lan${controlPort}`] }],
      controlPort,
      leaseStorage: 'PostgreSQL',
      database: { host: at.host, port: databasePort, name: at.name, credentialsSecretRef: { name: 'login' } },
      ...more,
    };
    return client.create(HAPAIRS, { metadata: { namespace, name }, spec: spec as never });
  };
  const createSubnet: Lab['createSubnet'] = (name, cidr, deletionPolicy, haPair = PAIR) =>
    client.create<KubeObject>(SUBNETS, {
      metadata: { namespace, name },
      spec: { haPairRef: { name: haPair }, cidr, ...(deletionPolicy === undefined ? {} : { deletionPolicy }) },
    });
  let beside = 0;
  return {
    namespace,
    database,
    createPair: (more = {}) => create(PAIR, [port, at.port], more),
    createPairBeside: (name, databasePort) => create(name, [port + 1000 * ++beside, databasePort], {}),
    createSubnet,
    timeToVerdict: async (name, cidr) => {
      const begin = performance.now();
      await createSubnet(name, cidr);
      await eventually(async () => {
        expect(await condition(SUBNETS, name, 'Accepted')).toMatchObject({ status: 'True' });
      }, 60_000);
      return performance.now() - begin;
    },
    createHost: (name, subnet, mac) =>
      client.create<KubeObject>(HOST_RESERVATIONS, {
        metadata: { namespace, name },
        spec: { subnetRef: { name: subnet }, identifier: { hwAddress: mac } },
      }),
    subnetRow: (name, id, prefix) => marked('Subnet', name, canonicalSubnet({ id, subnet: prefix })),
    hostRow: (name, subnetId, mac) => {
      const identifier = mac.replaceAll(':', '');
      const body = canonicalHost({ 'subnet-id': subnetId, 'identifier-type': 'hw-address', identifier });
      return marked('HostReservation', name, body);
    },
    write: async (desired) => {
      await become(backend, desired, scope);
    },
    rows: async () => {
      const { owned } = await backend.observe(scope);
      return [
        ...[...owned.subnets.values()].map(({ body }) => `${body.subnet} (${body.id})`),
        ...[...owned.hosts.values()].map(({ body }) => body.identifier),
      ].sort();
    },
    lease: async (address, subnetId) => {
      await database.query(
        `INSERT INTO lease4 (address, subnet_id, valid_lifetime, expire, state)
         VALUES ($1::inet - '0.0.0.0'::inet, $2, 3600, now() + interval '1 hour', 0)`,
        [address, subnetId],
      );
    },
    endLeases: async () => {
      await database.query("UPDATE lease4 SET expire = now() - interval '1 minute'");
    },
    condition,
    pairCondition: (type) => condition(HAPAIRS, PAIR, type),
    poke,
    startServer: async () => {
      const [job] = await eventually(async () => {
        const { items } = await client.list(JOBS, { namespace });
        expect(items).toHaveLength(1);
        return items;
      });
      if (job !== undefined) await finishJob(client, job);
      await poke();
      await eventually(async () => {
        expect((await made()).join()).toContain(`StatefulSet/${PAIR}-a`);
      });
    },
    made,
  };
};
