/** The objects of a pair in Kubernetes, brought to what is desired. */
import { isDeepStrictEqual } from 'node:util';
import type { HAPair } from '../api/index.ts';
import { ANNOTATIONS } from '../api/kind.ts';
import type { DatabaseTarget } from '../database/target.ts';
import type { KeaEndpoint } from '../kea/client.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import type { PairReferable } from './bootstrap/config.ts';
import type { Bootstrap, SecretData } from './bootstrap/files.ts';
import { changesPeering } from './bootstrap/ha.ts';
import { bootstrapServer, keptManifest } from './bootstrap/server.ts';
import type { StoredBootstrap } from './bootstrap/stored.ts';
import { type CarriedRows, packRows, type ProvenRows, readRows, rowsSecret } from './carriedRows.ts';
import { authorityData, controlData, ensureControlSecret, ensurePairAuthority } from './credentials.ts';
import { createDatabaseChecker, type DatabaseCheck } from './database/check.ts';
import { expiriesOf } from './expiries.ts';
import { SERVER_LABEL } from './labels.ts';
import { disruptionBudget, leaseClaim, pairSecret, schemaJob, statefulSet } from './manifests.ts';
import { serverNames } from './names.ts';
import {
  CLAIMS,
  CORE_EVENTS,
  decoded,
  DISRUPTION_BUDGETS,
  JOBS,
  type Pod,
  PODS,
  type Secret,
  SECRETS,
  STATEFUL_SETS,
  type StatefulSet,
} from './objects.ts';
import {
  creationProblem,
  fitsSchemaJob,
  forbidden,
  type PodState,
  podState,
  probeProblem,
  schemaProblems,
  type SchemaState,
  schemaState,
} from './podState.ts';
import type { PodContext, PodDefaults } from './podTemplate.ts';
import { podName, type Present, readPresent, readServerPods } from './present.ts';
import type { ObjectStore, WorkloadClient } from './store.ts';
import type { PairServer, Topology } from './topology.ts';

/** What is desired of the workload of one pair in one pass. */
export interface DesiredWorkload {
  readonly pair: HAPair;
  readonly topology: Topology;
  readonly database: DatabaseTarget;
  /** Names of the servers that answered on their control channel a moment ago. */
  readonly answering: ReadonlySet<string>;
  /** Digests of the configurations with which servers were last seen to serve what the rows say, by server. */
  readonly proven: ReadonlyMap<string, string>;
  /** What the options of the pair may refer to. */
  readonly referable?: PairReferable;
  /** Another pair has what the servers would need: none is started, and those that run are left as they are. */
  readonly held?: boolean;
  /** Why the installation lets no server be started; those that run go on as any other. */
  readonly notAllowed?: string | undefined;
}

/** One server after its objects were looked after. */
export interface WorkloadServer {
  readonly server: PairServer;
  readonly pod: PodState;
  /** Where the running server listens: a change of its address takes a restart. */
  readonly endpoint: KeaEndpoint;
  /** What it should run. */
  readonly wanted: Bootstrap;
  /** What it starts with. */
  readonly stored: StoredBootstrap | undefined;
}

export interface WorkloadProblem {
  readonly reason: 'InvalidOption' | 'InvalidSpec' | 'WorkloadForbidden' | 'SchemaNotReady' | 'NotAllowed';
  readonly message: string;
  readonly stuck?: boolean;
}

export interface WorkloadState {
  /** In the order of the specification; empty where no configuration can be made for one that has none yet (InvalidOption). */
  readonly servers: readonly WorkloadServer[];
  /** Names of servers that the specification no longer has, and that still run: they serve until the others can do without them. */
  readonly formers: readonly string[];
  readonly schema: SchemaState;
  /** The servers are to be left as they are. */
  readonly held?: boolean;
  /** Each server keeps leases of its own. */
  readonly ownLeases: boolean;
  /** When certificates end, ms since 1970: `ca`, `control`, and of each server the one that it shows, `server/a`. */
  readonly certificates: ReadonlyMap<string, number>;
  readonly problems: readonly WorkloadProblem[];
}

export interface WorkloadOptions {
  readonly client: WorkloadClient;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly defaults: PodDefaults;
}

/** Looks after the Kubernetes objects of a pair: Secrets, schema Job, StatefulSets, disruption budget. */
export interface Workload {
  /**
   * Brings the objects to the desired state. Restarts no pod that serves, and configures no running server (settle.ts does).
   * @throws NameTaken, ApiError, ConnectionError
   */
  ensure(desired: DesiredWorkload, signal?: AbortSignal): Promise<WorkloadState>;
  /** Makes the wanted configuration the one that a server starts with; `proven`: also where it cannot read the database. */
  keep(topology: Topology, server: WorkloadServer, proven: boolean, signal?: AbortSignal): Promise<void>;
  /** Whether the server's node can read the database of the wanted configuration; asked for again until it is known. */
  checkDatabase(
    desired: DesiredWorkload,
    server: WorkloadServer,
    revision: number,
    signal?: AbortSignal,
  ): Promise<DatabaseCheck>;
  /** Keeps the rows that servers were seen to run, for their starts without the database. */
  keepRows(topology: Topology, rows: ProvenRows, signal?: AbortSignal): Promise<void>;
  /** The rows that are kept; undefined: none are. */
  readRows(topology: Topology, signal?: AbortSignal): Promise<CarriedRows | undefined>;
  /** Deletes a server's pod, which its StatefulSet then makes anew; fails where it is another pod already. */
  deletePod(topology: Topology, server: WorkloadServer, signal?: AbortSignal): Promise<void>;
  /** Takes away the servers that the specification no longer has, and waits a moment until they are gone: those of a lost node never are. */
  removeFormer(topology: Topology, signal?: AbortSignal): Promise<void>;
  /** Lets the schema be made again in a database that has lost it: the Job that made it goes, and the next pass makes another. */
  remakeSchema(topology: Topology, signal?: AbortSignal): Promise<void>;
}

/** While its pods are refused, a StatefulSet is touched this often: its controller by itself waits up to 16 minutes. */
const NUDGE_MS = 30_000;
/** A probe fails every few seconds: what one said longer ago is over. */
const RECENT_MS = 60_000;
/** A server ends within a second of its pod's deletion. */
const FORMER_GONE_MS = 3000;
const FORMER_EVERY_MS = 100;
const NUDGE_ANNOTATION = 'kea-operator.io/tried-again';

export const createWorkload = (options: WorkloadOptions): Workload => {
  const { client, store, clock, defaults } = options;
  const checker = createDatabaseChecker(client, store, clock);

  const podsOf = ({ pair, topology, database: { sslMode, ca } }: DesiredWorkload): PodContext => ({
    spec: pair.spec,
    topology,
    defaults,
    tls: { sslMode, hasCa: ca !== undefined },
    restartedAt: pair.metadata.annotations?.[ANNOTATIONS.restartedAt],
  });

  const ensureControl = async ({ pair, topology }: DesiredWorkload, present: Present, signal?: AbortSignal) => {
    const { names } = topology;
    const [before, controlBefore] = [present.secrets.get(names.authority), present.secrets.get(names.control)];
    const now = clock.now();
    const authority = await ensurePairAuthority(pair, before && decoded(before), now);
    const control = await ensureControlSecret(authority, controlBefore && decoded(controlBefore), now);
    const put = (name: string, component: string, data: SecretData, known: Secret | undefined) =>
      store.put(SECRETS, pairSecret(topology, name, component, data), known, signal);
    // The authority first: certificates whose authority is lost would all have to be made again.
    await put(names.authority, 'authority', authorityData(authority), before);
    await put(names.control, 'control', controlData(control), controlBefore);
    return { authority, control };
  };

  const ensureSchema = async (
    desired: DesiredWorkload,
    present: Present,
    signal?: AbortSignal,
  ): Promise<SchemaState> => {
    const { database } = desired;
    const target = `${database.host}:${database.port}/${database.name}`;
    const wanted = schemaJob(podsOf(desired), target);
    // A Job's template cannot be changed.
    const known = [...present.schemaJobs.values()].find((job) => fitsSchemaJob(job, wanted));
    for (const { metadata } of present.schemaJobs.values()) {
      if (metadata.uid !== known?.metadata.uid) await remove(JOBS, metadata, signal);
    }
    const job = known ?? (await store.put(JOBS, wanted, undefined, signal));
    return schemaState(job, present.schemaPods);
  };

  const remove = async (
    resource: Resource,
    { namespace, name, uid }: KubeObject['metadata'],
    signal?: AbortSignal,
  ): Promise<void> => {
    const options = { uid, propagationPolicy: 'Background', signal } as const;
    await unlessNotFound(client.delete(resource, { namespace, name }, options));
  };

  const ensureSet = async (
    desired: DesiredWorkload,
    server: PairServer,
    present: StatefulSet | undefined,
    refused: boolean,
    signal?: AbortSignal,
  ): Promise<StatefulSet> => {
    const { pair, topology } = desired;
    const { spec } = pair;
    if (spec.leaseStorage === 'Memfile' && spec.storage.type === 'PersistentVolumeClaim') {
      await store.put(CLAIMS, leaseClaim(spec, topology, server), undefined, signal);
    }
    const manifest = statefulSet(podsOf(desired), server);
    const nudge = new Date(Math.floor(clock.now() / NUDGE_MS) * NUDGE_MS).toISOString();
    if (refused) manifest.metadata.annotations = { [NUDGE_ANNOTATION]: nudge };
    return store.put(STATEFUL_SETS, manifest, present, signal);
  };

  /** What a pod that runs and whose server does not answer waits for. */
  const waitOf = async (
    { namespace }: Topology,
    { uid = '' }: PodState,
    signal?: AbortSignal,
  ): Promise<string | undefined> => {
    const fieldSelector = `involvedObject.uid=${uid},reason=Unhealthy`;
    const { items } = await client.list(CORE_EVENTS, { namespace, fieldSelector, signal });
    return probeProblem(items, clock.now() - RECENT_MS);
  };

  /** Why a set without a pod has none. */
  const refusalOf = async (topology: Topology, server: PairServer, present: Present, signal?: AbortSignal) => {
    const uid = present.sets.get(server.names.workload)?.metadata.uid;
    if (uid === undefined || present.pods.has(podName(server))) return undefined;
    const fieldSelector = `involvedObject.uid=${uid},reason=FailedCreate`;
    return creationProblem(
      (await client.list(CORE_EVENTS, { namespace: topology.namespace, fieldSelector, signal })).items,
    );
  };

  const removeFormer = async (topology: Topology, present: Present, signal?: AbortSignal): Promise<void> => {
    const formers = new Set(formersOf(topology, present));
    for (const { metadata } of present.sets.values()) {
      const server = metadata.labels?.[SERVER_LABEL] ?? '';
      if (!formers.has(server)) continue;
      const secret = serverNames(topology.pair, server, topology.family).bootstrap;
      await remove(SECRETS, { namespace: topology.namespace, name: secret }, signal);
      // Of the rest the set last, as it is by the set that they are found; the pod after it, which would be made again.
      await remove(STATEFUL_SETS, metadata, signal);
    }
    const pods = async (): Promise<readonly Pod[]> =>
      (await readServerPods(client, topology, signal)).filter(({ metadata }) =>
        formers.has(metadata.labels?.[SERVER_LABEL] ?? ''),
      );
    for (const { metadata } of await pods()) await remove(PODS, metadata, signal);
    const end = clock.monotonic() + FORMER_GONE_MS;
    while (clock.monotonic() < end && (await pods()).length > 0) await sleep(clock, FORMER_EVERY_MS, signal);
  };

  /** One server has no budget: it would only forbid every drain. */
  const ensureBudget = async (topology: Topology, signal?: AbortSignal): Promise<void> => {
    const { namespace, names } = topology;
    const budget = disruptionBudget(topology);
    if (budget !== undefined) await store.put(DISRUPTION_BUDGETS, budget, undefined, signal);
    else await remove(DISRUPTION_BUDGETS, { namespace, name: names.disruptionBudget }, signal);
  };

  interface Ensuring {
    readonly desired: DesiredWorkload;
    readonly present: Present;
    readonly trust: Awaited<ReturnType<typeof ensureControl>>;
  }

  const ensureServer = async (
    { desired, present, trust }: Ensuring,
    server: PairServer,
    mayStart: boolean,
    signal?: AbortSignal,
  ): Promise<{ readonly server?: WorkloadServer; readonly problem?: WorkloadProblem }> => {
    const { topology } = desired;
    const set = present.sets.get(server.names.workload);
    const secret = present.secrets.get(server.names.bootstrap);
    const pod = podState(present.pods.get(podName(server)), set);
    const answers = desired.answering.has(server.name);
    const made = await bootstrapServer({
      ...desired,
      ...trust,
      server,
      pod,
      answers,
      secret,
      proven: desired.proven.get(server.name),
      now: clock.now(),
    });
    if (!made.ok) return { problem: made.problem };
    const { manifest, ...bootstrap } = made.bootstrap;
    await store.put(SECRETS, manifest, secret, signal);
    // What it crashed of may be mended: a new pod tries at once.
    if (pod.crashing === true && secret !== undefined && !isDeepStrictEqual(secret.data, manifest.data)) {
      await remove(
        PODS,
        { namespace: topology.namespace, name: podName(server), ...(pod.uid && { uid: pod.uid }) },
        signal,
      );
    }
    // A server that finds no schema makes it itself, as does its partner at the same time: the Job comes before their first start.
    const wrong = made.problem && { problem: made.problem };
    if (set === undefined && !mayStart) return { server: { server, pod, ...bootstrap }, ...wrong };
    const refusal = await refusalOf(topology, server, present, signal);
    const stays = desired.held === true && set !== undefined;
    const after = stays ? set : await ensureSet(desired, server, set, refusal !== undefined, signal);
    const seen = podState(present.pods.get(podName(server)), after);
    const silent = seen.exists && !seen.ready && !answers && seen.message === undefined;
    const message = refusal?.message ?? (silent ? await waitOf(topology, seen, signal) : undefined);
    return {
      server: { server, pod: message === undefined ? seen : { ...seen, message }, ...bootstrap },
      ...(refusal?.forbidden === true ? { problem: forbidden(topology.namespace, refusal.message) } : wrong),
    };
  };

  return {
    ensure: async (desired, signal) => {
      const { topology } = desired;
      const present = await readPresent(client, topology, signal);
      const trust = await ensureControl(desired, present, signal);
      const schema = await ensureSchema(desired, present, signal);
      const problems: WorkloadProblem[] = [...schemaProblems(schema)];
      const held = desired.held === true;
      const ownLeases = desired.pair.spec.leaseStorage === 'Memfile';
      const servers: WorkloadServer[] = [];
      // Those that run first: a new one joins those that expect it already, and would answer the clients of the others otherwise.
      const isNew = ({ names }: PairServer): boolean => !present.sets.has(names.workload);
      const refusal = topology.servers.some(isNew) ? desired.notAllowed : undefined;
      if (refusal !== undefined) problems.push({ reason: 'NotAllowed', message: refusal });
      let mayStart = schema.complete && !held && refusal === undefined;
      for (const server of topology.servers.toSorted((a, b) => Number(isNew(a)) - Number(isNew(b)))) {
        const ensured = await ensureServer({ desired, present, trust }, server, mayStart, signal);
        if (ensured.problem !== undefined) problems.push(ensured.problem);
        if (ensured.server === undefined) {
          return { servers: [], formers: [], schema, held, ownLeases, certificates: expiriesOf(trust, []), problems };
        }
        servers.push(ensured.server);
        mayStart &&= isNew(server) || !awaitsPeering(ensured.server);
      }
      const order = topology.servers.map(({ name }) => name);
      servers.sort((a, b) => order.indexOf(a.server.name) - order.indexOf(b.server.name));
      await ensureBudget(topology, signal);
      const certificates = expiriesOf(trust, servers);
      return { servers, formers: formersOf(topology, present), schema, held, ownLeases, certificates, problems };
    },

    keep: async (topology, { server, wanted, stored }, proven, signal) => {
      await store.put(SECRETS, keptManifest(topology, server, wanted, stored?.data, proven), undefined, signal);
    },

    checkDatabase: (desired, { server, wanted }, revision, signal) =>
      checker.check({ pods: podsOf(desired), server, digest: wanted.digest, revision }, signal),

    keepRows: async (topology, rows, signal) => {
      const packed = await packRows(topology.family, rows, clock, signal);
      if (packed !== undefined) await store.put(SECRETS, rowsSecret(topology, packed), undefined, signal);
    },

    readRows: async ({ family, namespace, names }, signal) =>
      readRows(family, await unlessNotFound(client.get(SECRETS, { namespace, name: names.rows }, { signal }))),

    removeFormer: async (topology, signal) => {
      await removeFormer(topology, await readPresent(client, topology, signal), signal);
    },

    remakeSchema: async (topology, signal) => {
      const { schemaJobs } = await readPresent(client, topology, signal);
      for (const { metadata } of schemaJobs.values()) await remove(JOBS, metadata, signal);
    },

    deletePod: async (topology, { server, pod }, signal) => {
      if (pod.uid === undefined) return;
      await client.delete(PODS, { namespace: topology.namespace, name: podName(server) }, { uid: pod.uid, signal });
    },
  };
};

/** It runs with another mode or other partners than it is to have. */
const awaitsPeering = ({ pod, stored, wanted }: WorkloadServer): boolean =>
  pod.exists && stored !== undefined && changesPeering(wanted.family, stored.config, wanted.config);

/** Servers that run and that the specification no longer has. */
const formersOf = ({ servers }: Topology, { sets }: Present): readonly string[] => {
  const names = new Set(servers.map(({ name }) => name));
  const running = [...sets.values()].flatMap(({ metadata }) => metadata.labels?.[SERVER_LABEL] ?? []);
  return running.filter((name) => !names.has(name));
};
