import type { Host4, ObjectRef } from '../kea/state.ts';
import { legible } from '../kea/text.ts';
import type { Change } from './plan.ts';

/** For `status.plan`: `update Subnet prod/office (10.20.0.0/24, id 17): pools, valid-lifetime`. Legible, whatever names rows have. */
export const describeChange = (change: Change): string => legible(describe(change));

function describe(change: Change): string {
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
}

/** The object that the change is for, or the row where nobody owns it. */
function subjectOf(change: Change): string {
  const owner = ownerOf(change);
  return owner === undefined ? `foreign ${change.kind}` : owner.replace('/', ' ');
}

/** The object that a change is made for: the one that wishes for the row, else the one that had it. */
export const ownerOf = (change: Change): ObjectRef | undefined =>
  change.op === 'create' || change.op === 'update' ? change.item.marker?.object : change.was.marker?.object;

function keyOf(change: Change): string {
  const { body } = change.op === 'remove' ? change.was : change.item;
  if ('name' in body) return body.name;
  return 'subnet' in body ? `${body.subnet}, id ${body.id}` : hostName(body);
}

function hostName(body: Host4): string {
  const where = body['subnet-id'] === 0 ? 'global' : `subnet id ${body['subnet-id']}`;
  const address = body['ip-address'] === undefined ? '' : `${body['ip-address']}, `;
  return `${address}${body['identifier-type']} ${body.identifier}, ${where}`;
}

/** `2 subnets created, 1 reservation removed`: for one event or log line. */
export function summarize(changes: readonly Change[]): string {
  const counts = new Map<string, number>();
  for (const { kind, op } of changes) counts.set(`${kind} ${op}`, (counts.get(`${kind} ${op}`) ?? 0) + 1);
  const parts = KINDS.flatMap(([kind, one, many]) =>
    OPS.flatMap(([op, done]) => {
      const count = counts.get(`${kind} ${op}`) ?? 0;
      return count === 0 ? [] : [`${count} ${count === 1 ? one : many} ${done}`];
    }),
  );
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

const KINDS = [
  ['network', 'shared network', 'shared networks'],
  ['subnet', 'subnet', 'subnets'],
  ['host', 'reservation', 'reservations'],
] as const;
const OPS = [
  ['create', 'created'],
  ['update', 'updated'],
  ['release', 'released'],
  ['remove', 'removed'],
] as const;
