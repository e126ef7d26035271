import { kinds } from '../api/index.ts';
import { GROUP } from '../api/kind.ts';
import type { KubeClient } from '../runtime/client.ts';
import { isForbidden, unlessNotFound } from '../runtime/errors.ts';
import type { ObjectMeta } from '../runtime/object.ts';
import { DEFINITIONS, objectPath } from '../runtime/resource.ts';
import type { Definitions } from '../status/types.ts';

/** Without the schema, which is most of a definition. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/**
 * How the definitions of our kinds stand at this moment, from the API server itself. A definition is marked as deleted before the first of its objects goes, so
 * one that is whole after objects were seen to be missing, and is the one that was there before, did not take them along.
 *
 * @param unserved Kinds whose objects were not all seen, as the API server did not serve them: as good as missing.
 */
export const lookAtDefinitions = async (
  client: Pick<KubeClient, 'raw'>,
  unserved: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Definitions> => {
  const found = await Promise.all(
    kinds.map(async ({ kind, plural }) => {
      const path = objectPath(DEFINITIONS, { name: `${plural}.${GROUP}` });
      try {
        const answer = client.raw({ method: 'GET', path, accept: METADATA_ONLY, signal });
        const definition = (await unlessNotFound(answer)) as { readonly metadata: ObjectMeta } | undefined;
        return { kind, metadata: definition?.metadata };
      } catch (error) {
        if (!isForbidden(error)) throw error;
        return { kind, forbidden: true };
      }
    }),
  );
  return {
    uids: new Map(found.flatMap(({ kind, metadata }) => (metadata?.uid === undefined ? [] : [[kind, metadata.uid]]))),
    leaving: new Set(found.flatMap(({ kind, metadata }) => (metadata?.deletionTimestamp === undefined ? [] : [kind]))),
    missing: new Set(
      found.flatMap(({ kind, metadata, forbidden }) =>
        (metadata === undefined && forbidden !== true) || unserved.has(kind) ? [kind] : [],
      ),
    ),
    forbidden: new Set(found.flatMap(({ kind, forbidden }) => (forbidden === true ? [kind] : []))),
  };
};
