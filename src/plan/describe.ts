/** Plans for people: a line for each change, and a sentence for all. */
import { KINDS, nameOfRow, ROW_KINDS } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import { legible } from '../kea/text.ts';
import { type Change, rowBefore, rowMadeBy } from './plan.ts';

/** For `status.plan`: `update Subnet prod/office (10.20.0.0/24, id 17): pools, valid-lifetime`. Legible, whatever names rows have. */
export const describeChange = (change: Change): string => legible(describe(change));

const describe = (change: Change): string => {
  const what = `${subjectOf(change)} (${keyOf(change)})`;
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
  for (const { kind, op } of changes) counts.set(`${kind} ${op}`, (counts.get(`${kind} ${op}`) ?? 0) + 1);
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
