/** What there is of a pair in Kubernetes. */
import { unlessNotFound } from '../runtime/errors.ts';
import { type KubeObject, selectorOf } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { isOfServer, pairSelector, SERVER_LABEL } from './labels.ts';
import { SCHEMA } from './manifests.ts';
import { type Job, JOBS, type Pod, PODS, type Secret, SECRETS, STATEFUL_SETS, type StatefulSet } from './objects.ts';
import type { WorkloadClient } from './store.ts';
import type { PairServer, Topology } from './topology.ts';

/** The objects of a pair as the API server has them, by name; sets, pods and their Secrets those of one family. */
export interface Present {
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly sets: ReadonlyMap<string, StatefulSet>;
  readonly schemaJobs: ReadonlyMap<string, Job>;
  readonly pods: ReadonlyMap<string, Pod>;
  /** Pods of the schema Job, the newest last. */
  readonly schemaPods: readonly Pod[];
}

/** The one pod of a server's StatefulSet. */
export const podName = (server: PairServer): string => `${server.names.workload}-0`;

export const readServerPods = async (
  client: WorkloadClient,
  topology: Topology,
  signal?: AbortSignal,
): Promise<readonly Pod[]> => {
  const labelSelector = `${selectorOf(pairSelector(topology))},${SERVER_LABEL}`;
  const { items } = await client.list(PODS, { namespace: topology.namespace, labelSelector, signal });
  return items.filter((pod) => isOfServer(topology.family, pod));
};

/** Secrets are read one by one: the operator may not list those of a namespace, as most of them are none of its business. */
export const readPresent = async (
  client: WorkloadClient,
  topology: Topology,
  signal?: AbortSignal,
): Promise<Present> => {
  const { namespace, names, servers, family } = topology;
  const labelSelector = selectorOf(pairSelector(topology));
  const list = async <T extends KubeObject>(resource: Resource<T>): Promise<readonly T[]> =>
    (await client.list(resource, { namespace, labelSelector, signal })).items;
  const get = (name: string): Promise<Secret | undefined> =>
    unlessNotFound(client.get(SECRETS, { namespace, name }, { signal }));
  const secretNames = [names.authority, names.control, ...servers.map((server) => server.names.bootstrap)];
  const [sets, jobs, pods, secrets] = await Promise.all([
    list(STATEFUL_SETS),
    list(JOBS),
    list(PODS),
    Promise.all(secretNames.map(get)),
  ]);
  const age = ({ metadata }: Pod): string => metadata.creationTimestamp ?? '';
  return {
    secrets: byName(secrets.filter((secret) => secret !== undefined)),
    sets: byName(sets.filter((set) => isOfServer(family, set))),
    schemaJobs: byName(jobs.filter((job) => componentOf(job) === SCHEMA)),
    pods: byName(pods.filter((pod) => isOfServer(family, pod))),
    schemaPods: pods.filter((pod) => componentOf(pod) === SCHEMA).toSorted((a, b) => age(a).localeCompare(age(b))),
  };
};

const componentOf = ({ metadata }: KubeObject): string | undefined => metadata.labels?.['app.kubernetes.io/component'];

const byName = <T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> =>
  new Map(objects.map((object) => [object.metadata.name, object]));
