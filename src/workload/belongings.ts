/** Everything that the operator made for a pair but the claims of its leases: found by name and label, never by owner. */
import type { HAPair } from '../api/index.ts';
import { GROUP } from '../api/kind.ts';
import { serversIn } from '../api/stored.ts';
import { FAMILIES } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import { type JsonPatchOperation, type KubeClient, pointerTo } from '../runtime/client.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import { type KubeObject, selectorOf } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { belongsTo, INSTANCE_LABEL, isOfServer, pairSelector, SERVER_LABEL } from './labels.ts';
import { pairNames, secretNames } from './names.ts';
import { DISRUPTION_BUDGETS, JOBS, SECRETS, STATEFUL_SETS } from './objects.ts';

type Client = Pick<KubeClient, 'get' | 'list' | 'patch' | 'delete'>;

interface Belonging {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** In the order in which they are removed: what runs before what it runs with. */
const belongingsOf = async (
  client: Client,
  { metadata: { name: pair, namespace = '' }, spec }: HAPair,
  families: readonly Family[],
  signal?: AbortSignal,
): Promise<readonly Belonging[]> => {
  const labelSelector = selectorOf(pairSelector({ pair }));
  const list = async (resource: Resource): Promise<readonly Belonging[]> =>
    (await client.list(resource, { namespace, labelSelector, signal })).items.map((object) => ({ resource, object }));
  const get = async (resource: Resource, name: string): Promise<readonly Belonging[]> => {
    const object = await unlessNotFound(client.get(resource, { namespace, name }, { signal }));
    return object === undefined ? [] : [{ resource, object }];
  };
  const areAll = families.length === FAMILIES.length;
  const sets = (await list(STATEFUL_SETS)).filter(({ object }) =>
    families.some((family) => isOfServer(family, object)),
  );
  // Servers that the specification has no more have their sets still.
  const former = sets.flatMap(({ object }) => object.metadata.labels?.[SERVER_LABEL] ?? []);
  const servers = new Set([...serversIn(spec).map((server) => server.name), ...former]);
  const others = await Promise.all([
    areAll ? list(JOBS) : [],
    ...families.map((family) => get(DISRUPTION_BUDGETS, pairNames(pair, family).disruptionBudget)),
    ...secretNames(pair, servers, families).map((name) => get(SECRETS, name)),
  ]);
  return [...sets, ...others.flat()].filter(({ object }) => belongsTo(pair, object));
};

/**
 * Ends the servers of these families of a pair, and removes what they ran with; with all of them what they have in common. The pods go with their sets, in
 * the background.
 */
export const removeBelongings = async (
  client: Client,
  pair: HAPair,
  families: readonly Family[],
  signal?: AbortSignal,
): Promise<void> => {
  for (const { resource, object } of await belongingsOf(client, pair, families, signal)) {
    const { uid, ...at } = object.metadata;
    await unlessNotFound(client.delete(resource, at, { uid, propagationPolicy: 'Background', signal }));
  }
};

/**
 * Takes from a pair's objects the references to a HAPair as their owner, which version 0.1 gave them, and the label by which Argo CD would then take them
 * for an application's own. Both in one write: neither is there without the other.
 */
export const disown = async (client: Client, pair: HAPair, signal?: AbortSignal): Promise<void> => {
  for (const { resource, object } of await belongingsOf(client, pair, FAMILIES, signal)) {
    const operations = disowning(object);
    if (operations.length === 0) continue;
    await unlessNotFound(client.patch(resource, object.metadata, operations, { idempotent: true, signal }));
  }
};

const disowning = ({ metadata: { uid, labels, ownerReferences = [] } }: KubeObject): readonly JsonPatchOperation[] => {
  const others = ownerReferences.filter(
    ({ kind, apiVersion }) => kind !== 'HAPair' || !apiVersion.startsWith(`${GROUP}/`),
  );
  if (others.length === ownerReferences.length) return [];
  const path = '/metadata/ownerReferences';
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path, value: ownerReferences },
    others.length === 0 ? { op: 'remove', path } : { op: 'replace', path, value: others },
    ...(labels?.[INSTANCE_LABEL] === undefined
      ? []
      : [{ op: 'remove' as const, path: pointerTo('metadata', 'labels', INSTANCE_LABEL) }]),
  ];
};
