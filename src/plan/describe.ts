/** Plans for people: a line for each change, and a sentence for all. */
import { changedFields } from '../kea/canonical.ts';
import { KINDS, nameOfRow, ROW_KINDS } from '../kea/kinds.ts';
import type { HostBody, ObjectRef } from '../kea/state.ts';
import { legible } from '../kea/text.ts';
import { type Change, formerHosts, gainerOf, loserOf, rowBefore, rowMadeBy } from './plan.ts';

/**
 * For `status.plan`, a line for each: `update Subnet prod/office (10.20.0.0/24, id 17): pools, valid-lifetime`. Legible, whatever names rows have.
 * @param most So many lines; the last says how many changes it stands for.
 */
export const describeChanges = (changes: readonly Change[], most = changes.length): readonly string[] => {
  const before = formerHosts(changes);
  const told = changes.filter((change) => !isToldWithAnother(change, before));
  const shown = told.length <= most ? told : told.slice(0, most - 1);
  const lines = shown.map((change) => legible(describe(change, before)));
  return shown === told ? lines : [...lines, `… and ${told.length - shown.length} more`];
};

/** By its object, the row that a reservation had under another key. */
type FormerHosts = ReadonlyMap<ObjectRef, HostBody>;

/** What a reservation that is for another client from now on loses and gets is one change of it. */
const isToldWithAnother = (change: Change, before: FormerHosts): boolean => {
  const loser = change.kind === 'host' && change.op === 'remove' ? loserOf(change) : undefined;
  return loser !== undefined && before.has(loser);
};

const describe = (change: Change, before: FormerHosts): string => {
  const what = isOperatorsOwn(change)
    ? `${KINDS[change.kind].words[0]} ${keyOf(change)} (for divided pools of ${subjectOf(change)})`
    : `${subjectOf(change)} (${keyOf(change)})`;
  const edit = editOfHost(change, before);
  if (edit !== undefined) return `update ${what}: ${edit}`;
  switch (change.op) {
    case 'create':
      return `create ${what}`;
    case 'update': {
      const fields = change.fields.length > 0 ? change.fields.join(', ') : 'the marker only';
      return `${change.was.marker === undefined ? 'adopt' : 'update'} ${what}: ${fields}`;
    }
    case 'release':
      return `release ${what}: its row stays without the marker`;
    case 'remove':
      return `remove ${what}`;
  }
};

/** The row that the object of a change had under another key. */
const formerOf = (change: Change, before: FormerHosts): HostBody | undefined => {
  const gainer = change.kind === 'host' ? gainerOf(change) : undefined;
  return gainer === undefined ? undefined : before.get(gainer);
};

/** In what a reservation differs from its former row, where it has another one from now on. */
const editOfHost = (change: Change, before: FormerHosts): string | undefined => {
  const was = formerOf(change, before);
  const row = rowMadeBy(change);
  if (was === undefined || row?.kind !== 'host') return undefined;
  const { 'identifier-type': type, identifier, ...others } = was;
  const { 'identifier-type': typeNow, identifier: identifierNow, ...othersNow } = row.item.body;
  const isSame = type === typeNow && identifier === identifierNow;
  const fields = changedFields(others, othersNow);
  return [...(isSame ? [] : [`identifier (${type} ${identifier} before)`]), ...fields].join(', ');
};

/** Classes of divided pools are made for the pair, and no object says them. */
const isOperatorsOwn = (change: Change): boolean =>
  change.kind === 'class' && ownerOf(change)?.startsWith('HAPair/') === true;

/** The object that the change is for, or the row where nobody owns it. */
const subjectOf = (change: Change): string => {
  const owner = ownerOf(change);
  return owner === undefined ? `foreign ${change.kind}` : owner.replace('/', ' ');
};

/** The object that a change is made for: the one that asks for the row, else the one that had it. */
export const ownerOf = (change: Change): ObjectRef | undefined =>
  change.op === 'create' || change.op === 'update' ? change.item.marker?.object : change.was.marker?.object;

const keyOf = (change: Change): string => {
  const row = rowMadeBy(change) ?? rowBefore(change);
  return row === undefined ? String(change.key) : nameOfRow(row);
};

/** `2 subnets created, 1 reservation removed`: for one event or log line. */
export const summarize = (changes: readonly Change[]): string => {
  const counts = new Map<string, number>();
  const before = formerHosts(changes);
  for (const change of changes) {
    if (isToldWithAnother(change, before)) continue;
    const name = `${change.kind} ${formerOf(change, before) ? 'update' : change.op}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const parts = ROW_KINDS.flatMap((kind) =>
    OPS.flatMap(([op, done]) => {
      const count = counts.get(`${kind} ${op}`) ?? 0;
      const [one, several] = KINDS[kind].words;
      return count === 0 ? [] : [`${count} ${count === 1 ? one : several} ${done}`];
    }),
  );
  return parts.length === 0 ? 'nothing' : parts.join(', ');
};

const OPS = [
  ['create', 'created'],
  ['update', 'updated'],
  ['release', 'released'],
  ['remove', 'removed'],
] as const;
