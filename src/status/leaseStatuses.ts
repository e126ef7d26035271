/** What the statuses of a pair's objects say of its leases: how full pools are, how near to their end, and who has what is reserved. */
import { familyStatus, familyStatusIn, utilizationIn } from '../api/families.ts';
import type { HAPairStatus, SharedNetwork, Subnet } from '../api/index.ts';
import { servesFamily } from '../api/stored.ts';
import { at, textAt } from '../compile/objects.ts';
import { reservationsIn } from '../compile/snapshot.ts';
import type { Snapshot } from '../compile/types.ts';
import { FAMILIES } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import { conditionsOf, renderConditions, saysAlready } from './conditions.ts';
import { poolParts, PRESSURE, type Pressure, pressureOf, subnetParts } from './pressure.ts';
import { type LeaseFacts, writeUse } from './reservationUse.ts';
import type { EventWrite, StatusWrite } from './types.ts';
import { type SummedUtilization, sumOf, type Usage, type Utilization, utilizationOf } from './utilization.ts';

/** A status to be written, and what is to be told once it is. */
export interface LeaseStatus extends StatusWrite {
  readonly event?: Omit<EventWrite, 'object'>;
  /** What people wait for comes first: 0 before 1 before 2. */
  readonly urgency: 0 | 1 | 2;
}

/** A Subnet, and how full it is. */
export interface SubnetFigures extends Utilization {
  readonly cidr: string;
  readonly subnetId: number;
  /** Name of its SharedNetwork. */
  readonly sharedNetwork?: string;
}

/** The Subnets whose leases are counted, by Kea's id. Of one that was not read in full the pools may be what was not read. */
export const countedIn = ({ subnets }: Pick<Snapshot, 'subnets'>): ReadonlyMap<number, Subnet> =>
  new Map(
    subnets.flatMap(({ object }) => {
      const id = object.unread === undefined ? object.status?.subnetId : undefined;
      return id === undefined ? [] : [[id, object] as const];
    }),
  );

/** By name, all Subnets that are counted. */
export const figuresOf = (
  counted: ReadonlyMap<number, Subnet>,
  usages: ReadonlyMap<number, Usage>,
): ReadonlyMap<string, SubnetFigures> =>
  new Map(
    [...counted].map(([subnetId, subnet]) => {
      const { metadata, spec } = subnet;
      const sharedNetwork = textAt(spec, 'sharedNetworkRef', 'name');
      const cidr = textAt(spec, 'cidr') ?? '';
      const figures = { ...utilizationOf(subnet, usages.get(subnetId)), cidr, subnetId };
      return [metadata.name, { ...figures, ...(sharedNetwork === undefined ? {} : { sharedNetwork }) }] as const;
    }),
  );

/** What a pair has of a family as a whole, as it was counted last. */
export type TotalOf = (family: Family) => SummedUtilization | undefined;

/** What the statuses do not say yet. */
export function* leaseStatuses(
  snapshot: Snapshot,
  figures: ReadonlyMap<string, SubnetFigures>,
  totalOf: TotalOf,
  leases: ReadonlyMap<string, LeaseFacts>,
  now: number,
): Generator<LeaseStatus> {
  const members = new Map<string, Map<string, SummedUtilization>>();
  for (const { object, name } of snapshot.subnets) {
    const found = figures.get(name);
    if (found === undefined) continue;
    const { cidr: _cidr, subnetId: _id, sharedNetwork, ...utilization } = found;
    if (sharedNetwork !== undefined) {
      const others = members.get(sharedNetwork) ?? new Map<string, SummedUtilization>();
      members.set(sharedNetwork, others.set(name, utilization));
    }
    yield* writeFigures(object, utilization, pressureOf(object, utilization, poolParts(utilization)), now);
  }
  for (const { object, name } of snapshot.networks) {
    if (object.unread !== undefined) continue;
    const subnets = members.get(name) ?? new Map<string, SummedUtilization>();
    const utilization = sumOf([...subnets.values()]);
    yield* writeFigures(object, utilization, pressureOf(object, utilization, subnetParts(subnets)), now);
  }
  yield* writeTotals(snapshot, totalOf);
  for (const { object } of reservationsIn(snapshot)) {
    const write = writeUse(object, leases, Math.floor(now / 1000));
    if (write !== undefined) yield { ...write, urgency: at(write.status, 'use') === 'Unused' ? 2 : 1 };
  }
}

function* writeFigures(
  object: Subnet | SharedNetwork,
  utilization: SummedUtilization,
  pressure: Pressure | undefined,
  now: number,
): Generator<LeaseStatus> {
  const before = conditionsOf(object.status);
  const { generation = 0 } = object.metadata;
  const conditions = pressure && renderConditions({ [PRESSURE]: pressure.finding }, before, generation, now);
  const status = { utilization, ...(conditions === undefined ? {} : { conditions }) };
  const isOver = pressure === undefined && before.has(PRESSURE);
  if (!isOver && saysAlready(object.status, status, ['utilization', 'conditions'])) return;
  const event = pressure?.event;
  yield { object, status, urgency: event === undefined ? 1 : 0, ...(event === undefined ? {} : { event }) };
}

/** Those of both families are in one object: whoever writes it writes both, as it is written seldom. */
function* writeTotals({ pair, family, subnets }: Snapshot, totalOf: TotalOf): Generator<LeaseStatus> {
  const known = familyStatusIn(pair.status, family);
  if (subnets.length === 0 && at(known, 'utilization') === undefined) return;
  if (saysAlready(known, { utilization: totalOf(family) }, ['utilization'])) return;
  const served = FAMILIES.filter((one) => servesFamily(pair.spec, one));
  const parts = served.map((one) => {
    const utilization = totalOf(one) ?? utilizationIn(pair.status, one);
    return utilization === undefined ? {} : familyStatus(one, { utilization });
  });
  yield { object: pair, status: Object.assign({}, ...parts) as HAPairStatus, urgency: 1 };
}
