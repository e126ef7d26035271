/** The workload on a real API server. Without controllers the test plays those that it needs: pods and finished Jobs are written by it. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { HAPair } from '../../src/api/index.ts';
import { HAPAIRS } from '../../src/api/resources.ts';
import type { DatabaseTarget } from '../../src/database/target.ts';
import type { Family } from '../../src/kea/family.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { decoded, JOBS, PODS, SECRETS, STATEFUL_SETS } from '../../src/workload/objects.ts';
import { createObjectStore, type WorkloadClient } from '../../src/workload/store.ts';
import {
  createWorkload,
  type DesiredWorkload,
  type Workload,
  type WorkloadState,
} from '../../src/workload/workload.ts';
import { startApiServer, type TestApiServer } from './apiserver.ts';
import { installCrds } from './crds.ts';
import { createFakeClock, type FakeClock } from './fakeClock.ts';
import { createNamespace, finishJob } from './kubernetes.ts';
import { makePair, topologyOf } from './pair.ts';

const DATABASE: DatabaseTarget = {
  host: 'db.example.org',
  port: 5432,
  name: 'kea',
  user: 'kea',
  password: 'secret',
  sslMode: 'verify-full',
  ca: 'PEM',
};

export interface WorkloadBench {
  readonly server: TestApiServer;
  readonly clock: FakeClock;
  readonly workload: Workload;
  /** Of the present test alone. */
  readonly namespace: string;
  /** What was applied, as `Kind/name`; may be emptied. */
  writes: string[];
  readonly createPair: (
    overrides?: Readonly<Record<string, unknown>>,
    name?: string,
    finalizers?: readonly string[],
  ) => Promise<HAPair>;
  readonly ensure: (
    pair: HAPair,
    answering?: readonly string[],
    limits?: Pick<DesiredWorkload, 'held' | 'notAllowed'> & { readonly family?: Family },
  ) => Promise<WorkloadState>;
  /** As the Job controller does when the pod of a Job has ended well. */
  readonly finishJobs: () => Promise<void>;
  /** Ensures until everything is there. */
  readonly settle: (pair: HAPair) => Promise<WorkloadState>;
  /** As the StatefulSet controller and the kubelet do: a pod of the set's template, ready or not. */
  readonly startPod: (name: string, ready: boolean) => Promise<void>;
  /** What the Secret of a server's StatefulSet holds. */
  readonly bootstrapOf: (name: string) => Promise<Record<string, string>>;
}

/** One API server for all tests of a file; a namespace and an operator's memory for each. */
export const useWorkloadBench = (): WorkloadBench => {
  let server: TestApiServer;
  let clock: FakeClock;
  let workload: Workload;
  let namespaces = 0;
  let namespace: string;
  let writes: string[] = [];

  beforeAll(async () => {
    server = await startApiServer();
    await installCrds(server.client);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    namespace = `work-${++namespaces}`;
    await createNamespace(server.client, namespace);
    clock = createFakeClock(Date.parse('2026-01-01T00:00:00Z'));
    writes = [];
    const client: WorkloadClient = {
      get: (...args) => server.client.get(...args),
      list: (...args) => server.client.list(...args),
      delete: (...args) => server.client.delete(...args),
      apply: (resource, object, options) => {
        writes.push(`${resource.kind}/${object.metadata.name}`);
        return server.client.apply(resource, object, options);
      },
    };
    const defaults = { image: 'docker.io/kea-operator/kea-server:3.0.4' };
    workload = createWorkload({ client, store: createObjectStore(client), clock, defaults });
  });

  const ensure: WorkloadBench['ensure'] = (pair, answering = [], { family, ...limits } = {}) =>
    workload.ensure({
      pair,
      topology: topologyOf(pair, family),
      database: DATABASE,
      answering: new Set(answering),
      proven: new Map(),
      ...limits,
    });

  const finishJobs = async (): Promise<void> => {
    const { items } = await server.client.list(JOBS, { namespace });
    for (const job of items) await finishJob(server.client, job);
  };

  return {
    get server() {
      return server;
    },
    get clock() {
      return clock;
    },
    get workload() {
      return workload;
    },
    get namespace() {
      return namespace;
    },
    get writes() {
      return writes;
    },
    set writes(value) {
      writes = value;
    },
    createPair: (overrides = {}, name = 'office', finalizers = []) =>
      server.client.create(HAPAIRS, {
        ...makePair(overrides),
        metadata: { name, namespace, finalizers: [...finalizers] },
      }),
    ensure,
    finishJobs,
    settle: async (pair) => {
      await ensure(pair);
      await finishJobs();
      return ensure(pair);
    },
    startPod: async (name, ready) => {
      const set = await server.client.get(STATEFUL_SETS, { namespace, name });
      const { template } = set.spec as { template: { metadata: { labels: Record<string, string> }; spec: object } };
      const pod: KubeObject = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${name}-0`, namespace, labels: template.metadata.labels },
        spec: template.spec,
      };
      await server.client.create(PODS, pod as never);
      const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
      await server.client.patch(
        PODS,
        { namespace, name: `${name}-0` },
        { status: { conditions } },
        { subresource: 'status' },
      );
    },
    bootstrapOf: async (name) => decoded(await server.client.get(SECRETS, { namespace, name: `${name}-bootstrap` })),
  };
};
