/** Rows and plans of the pair prod/hq, without custom resources. */
import { makeMarker } from '../../src/kea/digest.ts';
import type { KeaState, RowKind } from '../../src/kea/kinds.ts';
import {
  type HostBody,
  hostKey,
  type Item,
  type NetworkBody,
  type ObjectRef,
  type SubnetBody,
} from '../../src/kea/state.ts';
import { calculatePlan, type ObservedRows } from '../../src/plan/calculate.ts';
import { describeChange } from '../../src/plan/describe.ts';
import type { Change, Plan, Withholding } from '../../src/plan/plan.ts';
import type { Policy } from '../../src/plan/policy.ts';

export const SYNC: Policy = { serverTag: 'prod.hq', changePolicy: 'Sync', pairDeleting: false };

export const item = <Body extends object>(object: ObjectRef, body: Body, generation = 1): Item<Body> => ({
  body,
  marker: makeMarker({ object, uid: 'u', generation }, body),
});
export const network = (name: string, more: Partial<NetworkBody> = {}) =>
  item<NetworkBody>(`SharedNetwork/prod/${name}`, { name, ...more });
export const subnet = (id: number, prefix: string, more: Partial<SubnetBody> = {}, generation = 1) =>
  item<SubnetBody>(`Subnet/prod/s${id}`, { id, subnet: prefix, ...more }, generation);
export const host = (n: number, more: Partial<HostBody> = {}, subnetId = 1) =>
  item<HostBody>(`HostReservation/prod/h${n}`, {
    'subnet-id': subnetId,
    'identifier-type': 'hw-address',
    identifier: n.toString(16).padStart(12, '0'),
    ...more,
  });

export const state = (...items: Item<NetworkBody | SubnetBody | HostBody>[]): KeaState => {
  const networks = new Map<string, Item<NetworkBody>>();
  const subnets = new Map<number, Item<SubnetBody>>();
  const hosts = new Map<string, Item<HostBody>>();
  for (const { body, marker } of items) {
    const owner = marker ? { marker } : {};
    if ('identifier' in body) hosts.set(hostKey(body), { body, ...owner });
    else if ('subnet' in body) subnets.set(body.id, { body, ...owner });
    else networks.set(body.name, { body, ...owner });
  }
  return { networks, subnets, hosts } as KeaState;
};

export const EMPTY = { foreign: [], ledger: new Map<number, object>(), definitions: new Map<RowKind, string>() };
export const plan = (
  desired: KeaState,
  owned: KeaState,
  policy: Partial<Policy> = {},
  more: Partial<ObservedRows> = {},
) => calculatePlan({ desired, orphans: new Set() }, { ...EMPTY, owned, ...more }, { ...SYNC, ...policy });
export const lines = (changes: readonly Change[]) => changes.map(({ kind, op, key }) => `${op} ${kind} ${key}`);

const WHY: Record<Withholding, string> = {
  DryRun: 'changePolicy is DryRun',
  MassDeletionWithheld: 'mass deletion',
};

/** One line for each change, and what keeps it back. */
export const describePlan = ({ changes, withheld }: Plan): readonly string[] => [
  ...changes.map(describeChange),
  ...withheld.map(({ change, why }) => `${describeChange(change)} (withheld: ${WHY[why]})`),
];
