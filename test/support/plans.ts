/** Rows and plans of the pair prod/hq, without custom resources. */
import { makeMarker } from '../../src/kea/digest.ts';
import { emptyState, type KeaState, type RowKind } from '../../src/kea/kinds.ts';
import {
  type ClassBody,
  type HostBody,
  hostKey,
  type Item,
  type NetworkBody,
  type ObjectRef,
  type OptionDefBody,
  optionDefKey,
  type SubnetBody,
} from '../../src/kea/state.ts';
import { calculatePlan, type ObservedRows } from '../../src/plan/calculate.ts';
import { describeChanges } from '../../src/plan/describe.ts';
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

export const clientClass = (name: string, place: number, more: Partial<ClassBody> = {}) =>
  item<ClassBody>(`ClientClass/prod/${name}`, { name, 'order-index': place, ...more });
export const optionDef = (name: string, code: number, more: Partial<OptionDefBody> = {}) =>
  item<OptionDefBody>(`OptionDefinition/prod/${name}`, { space: 'dhcp4', code, name, type: 'string', ...more });

export const state = (...items: Item<OptionDefBody | ClassBody | NetworkBody | SubnetBody | HostBody>[]): KeaState => {
  const { optionDefs, classes, networks, subnets, hosts } = emptyState();
  for (const { body, marker } of items) {
    const owner = marker ? { marker } : {};
    if ('identifier' in body) hosts.set(hostKey(body), { body, ...owner });
    else if ('subnet' in body) subnets.set(body.id, { body, ...owner });
    else if ('type' in body) optionDefs.set(optionDefKey(body), { body, ...owner });
    else if ('order-index' in body) classes.set(body.name, { body, ...owner });
    else networks.set(body.name, { body, ...owner });
  }
  return { optionDefs, classes, networks, subnets, hosts };
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
  ...describeChanges(changes),
  ...[...Map.groupBy(withheld, ({ why }) => why)].flatMap(([why, kept]) =>
    describeChanges(kept.map(({ change }) => change)).map((line) => `${line} (withheld: ${WHY[why]})`),
  ),
];
