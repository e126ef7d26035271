/** Applies manifests, and knows what it applied. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../kea/canonical.ts';
import type { KubeClient } from '../runtime/client.ts';
import { KnownError, unlessNotFound } from '../runtime/errors.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { belongsWith, PAIR_LABEL, SERVER_LABEL } from './labels.ts';

/** What the workload needs of the API server. */
export type WorkloadClient = Pick<KubeClient, 'get' | 'list' | 'apply' | 'delete'>;

/** A name that the workload needs is taken by an object that is not the pair's. */
export class NameTaken extends KnownError {
  override readonly name = 'NameTaken';
  readonly reason = 'NameTaken';
}

/** Applies manifests, and only those that differ from what was applied before or that somebody else has changed since. */
export interface ObjectStore {
  /**
   * @param present The object as it is now, where it is known.
   * @throws NameTaken
   */
  put<T extends KubeObject>(
    resource: Resource<T>,
    manifest: T,
    present: T | undefined,
    signal?: AbortSignal,
  ): Promise<T>;
}

export const FIELD_MANAGER = 'kea-operator';

/** A spec has its generation; a Secret only its resourceVersion. */
const versionOf = (object: KubeObject): string =>
  object.metadata.generation === undefined
    ? `version ${object.metadata.resourceVersion ?? ''}`
    : `generation ${object.metadata.generation}`;

export const createObjectStore = (client: WorkloadClient): ObjectStore => {
  /** By uid, so that an object that was made again is applied again. */
  const applied = new Map<string, { hash: string; version: string }>();

  return {
    put: async (resource, manifest, present, signal) => {
      const existing = present ?? (await unlessNotFound(client.get(resource, manifest.metadata, { signal })));
      if (existing !== undefined) refuseForeign(resource, manifest, existing);
      const hash = createHash('sha256').update(canonicalJson(manifest)).digest('hex');
      const known = applied.get(existing?.metadata.uid ?? '');
      if (existing !== undefined && known?.hash === hash && known.version === versionOf(existing)) return existing;
      const result = await client.apply(resource, manifest, { fieldManager: FIELD_MANAGER, signal });
      applied.set(result.metadata.uid ?? '', { hash, version: versionOf(result) });
      return result;
    },
  };
};

/** Server-side apply would take over whatever has the name: another pair's object, or a Secret that a user made. */
const refuseForeign = (resource: Resource, manifest: KubeObject, existing: KubeObject): void => {
  if (belongsWith(manifest, existing)) return;
  const { name } = manifest.metadata;
  const ours = holderOf(manifest) ?? 'this HAPair';
  const theirs = holderOf(existing);
  throw new NameTaken(
    theirs === undefined
      ? `the ${resource.kind} "${name}" is there already and does not carry the labels of ${ours}: delete it, or give the HAPair or its server another name`
      : `the ${resource.kind} "${name}" is that of ${theirs}, and that of ${ours} would have the same name: give one of the HAPairs, or one of the servers, another name`,
  );
};

/** Whose an object is by its labels: two pairs can come to one name, as lab with its server a-b and lab-a with its server b. */
const holderOf = ({ metadata: { labels } }: KubeObject): string | undefined => {
  const pair = labels?.[PAIR_LABEL];
  const server = labels?.[SERVER_LABEL];
  if (pair === undefined) return undefined;
  return server === undefined ? `the HAPair ${pair}` : `the server ${server} of the HAPair ${pair}`;
};
