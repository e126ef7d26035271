import type { HAPair } from '../api/index.ts';
import { ANNOTATIONS } from '../api/kind.ts';
import { HAPAIRS } from '../api/resources.ts';
import { nameIn } from '../compile/objects.ts';
import { type JsonPatchOperation, type KubeClient, pointerTo } from '../runtime/client.ts';
import { isConflict, isInvalid, isNotFound } from '../runtime/errors.ts';
import type { Applied } from './apply.ts';
import type { Planned } from './planRows.ts';

/**
 * Takes from a pair's annotations what let removals through that are made: each was meant for these. What stays behind would let the next ones through
 * unasked, which nobody may have desired.
 */
export const spendPermissions = async (
  client: Pick<KubeClient, 'patch'>,
  pair: HAPair,
  { plan, compiled }: Pick<Planned, 'plan' | 'compiled'>,
  { changes }: Pick<Applied, 'changes'>,
  signal: AbortSignal,
): Promise<void> => {
  const removed = changes.flatMap((change) =>
    change.kind === 'subnet' && change.op === 'remove' && compiled.allowed.has(change.key)
      ? [String(change.key), change.was.marker === undefined ? '' : nameIn(change.was.marker.object)]
      : [],
  );
  const letThrough = plan.guard !== undefined && plan.withheld.length === 0 && changes.length > 0;
  const operations = [
    ...withoutNames(pair, new Set(removed)),
    ...(letThrough ? removal(pair, ANNOTATIONS.allowMassDeletion) : []),
  ];
  if (operations.length === 0) return;
  try {
    await client.patch(HAPAIRS, pair.metadata, operations, { signal });
  } catch (error) {
    // Somebody wrote it anew meanwhile, for whatever it is meant.
    if (!isInvalid(error) && !isConflict(error) && !isNotFound(error)) throw error;
  }
};

const pathOf = (annotation: string): string => pointerTo('metadata', 'annotations', annotation);

const removal = ({ metadata }: HAPair, annotation: string): readonly JsonPatchOperation[] => {
  const value = metadata.annotations?.[annotation];
  const path = pathOf(annotation);
  return value === undefined
    ? []
    : [
        { op: 'test', path, value },
        { op: 'remove', path },
      ];
};

const withoutNames = (pair: HAPair, names: ReadonlySet<string>): readonly JsonPatchOperation[] => {
  const annotation = ANNOTATIONS.allowRemoval;
  const value = pair.metadata.annotations?.[annotation] ?? '';
  const left = value.split(',').filter((name) => !names.has(name.trim()));
  if (left.length === value.split(',').length) return [];
  if (left.length === 0) return removal(pair, annotation);
  const path = pathOf(annotation);
  return [
    { op: 'test', path, value },
    { op: 'replace', path, value: left.join(',') },
  ];
};
