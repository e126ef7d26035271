/** The condition PoolPressure: how near pools are to their end. */
import type { SharedNetwork, Subnet } from '../api/index.ts';
import type { pressureReasons } from '../api/pressureReasons.ts';
import { conditionsOf, type Finding, type KnownCondition } from './conditions.ts';
import type { EventWrite } from './types.ts';
import type { SummedUtilization, Utilization } from './utilization.ts';

export const PRESSURE = 'PoolPressure';

type Level = keyof typeof pressureReasons;

/** In percent of what there is: from when on a level is reached. The highest first. */
const LEVELS = [
  ['AlmostExhausted', 95],
  ['NearlyFull', 80],
] as const satisfies readonly (readonly [Level, number])[];

/** A level that was reached is left so many points lower, and not before this many addresses are free again: in a small pool one is many points. */
const HYSTERESIS = 5;
const FEW = 2;

/** What is given of what there is. */
interface Given {
  readonly given: number;
  readonly total: number;
}

const reaches = ({ given, total }: Given, threshold: number, isReached: boolean): boolean => {
  if (given * 100 >= threshold * total) return true;
  if (!isReached) return false;
  const lowest = Math.ceil((threshold * total) / 100);
  const isLeft = given * 100 < (threshold - HYSTERESIS) * total && given <= Math.max(0, lowest - FEW);
  return !isLeft;
};

const levelOf = (all: readonly Given[], before: string | undefined): Level => {
  const reached = LEVELS.findIndex(([level]) => level === before);
  const found = LEVELS.find(([, threshold], index) =>
    all.some((given) => reaches(given, threshold, reached >= 0 && index >= reached)),
  );
  return found?.[0] ?? 'EnoughFree';
};

/** A part that may be full while the whole is not: a pool, or a Subnet. */
export interface PressurePart extends Given {
  /** `pool 192.0.2.10-192.0.2.99`. */
  readonly name: string;
}

/** What there is to say of an object that has pools. */
export interface Pressure {
  readonly finding: Finding;
  /** What happened: a step up, or the end of it. */
  readonly event?: Omit<EventWrite, 'object'>;
}

/** @returns Undefined of one that has no pools. */
export const pressureOf = (
  { status }: Subnet | SharedNetwork,
  utilization: SummedUtilization,
  parts: readonly PressurePart[],
): Pressure | undefined => {
  const { total, assigned, prefixes = 0, delegated = 0 } = utilization;
  const kinds = [
    { given: assigned, total, what: 'addresses', remedy: 'pools' },
    { given: delegated, total: prefixes, what: 'prefixes', remedy: 'pdPools' },
  ].filter((kind) => kind.total > 0);
  if (kinds.length === 0) return undefined;
  const before = conditionsOf(status).get(PRESSURE);
  const reason = levelOf(kinds, before?.reason);
  const figures = kinds.map(
    ({ given, total: all, what }) => `${given} of ${all} ${what} are given (${percentOf({ given, total: all })} %)`,
  );
  const short = kinds.filter((given) => levelOf([given], before?.reason) !== 'EnoughFree').map((kind) => kind.remedy);
  const remedy = short.length === 0 ? '' : `: add ${short.join(' and ')}, or lower validLifetime`;
  const message = `${[...figures, ...fullestOf(parts, reason)].join('; ')}${remedy}`;
  const finding: Finding = { status: reason === 'EnoughFree' ? 'False' : 'True', reason, message };
  const event = eventOf(finding, before);
  return { finding, ...(event === undefined ? {} : { event }) };
};

const percentOf = ({ given, total }: Given): number => Math.floor((given * 100) / total);

/** The fullest part, where it is nearer to its end than the whole is. */
const fullestOf = (parts: readonly PressurePart[], whole: Level): readonly string[] => {
  const [fullest, ...others] = parts
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.given / b.total - a.given / a.total);
  if (fullest === undefined || others.length === 0) return [];
  if (rankOf(levelOf([fullest], undefined)) >= rankOf(whole)) return [];
  const { name, given, total } = fullest;
  const left = given >= total ? 'is full' : `has ${total - given} left`;
  return [`${name} ${left} (${given} of ${total})`];
};

/** The less, the nearer to the end. */
const rankOf = (reason: string | undefined): number => {
  const index = LEVELS.findIndex(([level]) => level === reason);
  return index < 0 ? LEVELS.length : index;
};

const eventOf = (
  { reason, message }: Finding,
  before: KnownCondition | undefined,
): Omit<EventWrite, 'object'> | undefined => {
  const [was, is] = [rankOf(before?.reason), rankOf(reason)];
  if (is < was) return { type: 'Warning', reason, action: 'Check', note: message };
  return was < LEVELS.length && is === LEVELS.length
    ? { type: 'Normal', reason, action: 'Check', note: message }
    : undefined;
};

/** The pools of a Subnet. */
export const poolParts = ({ pools = [], pdPools = [] }: Utilization): readonly PressurePart[] => [
  ...pools.map(({ pool, assigned, total }) => ({ name: `pool ${pool}`, given: assigned, total })),
  ...pdPools.map(({ prefix, delegated, total }) => ({ name: `pdPool ${prefix}`, given: delegated, total })),
];

/** The Subnets of a SharedNetwork, by name. */
export const subnetParts = (subnets: ReadonlyMap<string, SummedUtilization>): readonly PressurePart[] =>
  [...subnets].flatMap(([name, { total, assigned, prefixes = 0, delegated = 0 }]) => [
    { name: `Subnet ${name}`, given: assigned, total },
    { name: `Subnet ${name}, of its prefixes,`, given: delegated, total: prefixes },
  ]);
