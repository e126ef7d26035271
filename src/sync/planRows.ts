/** From rows and objects to a plan. */
import { ANNOTATIONS } from '../api/kind.ts';
import type { Observed, Scope } from '../backend/backend.ts';
import type { SubnetChild } from '../compile/child.ts';
import { compileSteps } from '../compile/compile.ts';
import { drainingRows } from '../compile/draining.ts';
import { type CompileMemory, createCompileMemory } from '../compile/memory.ts';
import { assignSteps, type IdMemory, prefixesOf, prefixesUndesired } from '../compile/subnetIds.ts';
import type { Compiled, IdWitnesses, LeaseWitness, Snapshot, SubnetIds } from '../compile/types.ts';
import { uncertainRows } from '../compile/vanished.ts';
import { prefixIn } from '../kea/address.ts';
import { KINDS, ROW_KINDS, type RowKind, type RowRef } from '../kea/kinds.ts';
import type { Steps } from '../kea/steps.ts';
import type { Remaining } from '../leases/remaining.ts';
import { firstLeaseIn, type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import { createPlanMemory, type PlanMemory, planSteps } from '../plan/calculate.ts';
import type { Plan } from '../plan/plan.ts';
import type { Context } from '../runtime/context.ts';
import { inSlices } from '../runtime/steps.ts';
import { greatestSubnetIdOf } from '../status/pairFields.ts';
import type { Definitions } from '../status/types.ts';
import type { Connections } from './connections.ts';

/** What was found in the database and made of it. */
export interface Planned {
  readonly scope: Scope;
  readonly observed: Observed;
  readonly compiled: Compiled;
  readonly plan: Plan;
  /** Greatest subnet id that was ever given, those of this plan among them. */
  readonly greatestSubnetId: number;
}

/** What the rows are to come of. */
export interface Wanted {
  readonly snapshot: Snapshot;
  readonly serverTag: string;
  readonly definitions: Definitions;
  /** Lookups that no reservation asks for any more are given up. */
  readonly dropsLookups: boolean;
  /** What the servers' own configurations refer to. */
  readonly configured?: readonly RowRef[];
}

/** What is remembered of a pair's rows from one pass to the next. All of it may be lost: see src/compile/memory.ts. */
export interface RowsMemory {
  readonly ids: IdMemory;
  readonly compile: CompileMemory;
  readonly plan: PlanMemory;
}

export const createRowsMemory = (): RowsMemory => ({
  ids: {},
  compile: createCompileMemory(),
  plan: createPlanMemory(),
});

interface PlanContext extends Context {
  readonly memory: { readonly rows: RowsMemory };
}

/** observe → compile → plan, with the leases as a witness where one is needed. Nothing is written. Others are not kept waiting meanwhile. */
export const planRows = async (
  { clock, memory: { rows: memory }, signal }: PlanContext,
  { snapshot, serverTag, definitions, dropsLookups, configured = [] }: Wanted,
  { backend, leases: source }: Pick<Connections, 'backend' | 'leases'>,
): Promise<Planned> => {
  const leases = untilAway(source);
  const inTime = <T>(steps: Steps<T>): Promise<T> => inSlices(steps, clock, signal);
  const scope: Scope = { serverTag, prefixes: prefixesUndesired(snapshot, memory.ids) };
  const observed = await backend.observe(scope, signal);
  // A database that was restored from an older dump does not know of later ones.
  const greatestSubnetId = Math.max(observed.greatestSubnetId, greatestSubnetIdOf(snapshot.pair, snapshot.family));
  const witnesses = { ...observed, greatestSubnetId };
  const choose = (known: IdWitnesses['leases']): Promise<SubnetIds & { readonly open: readonly SubnetChild[] }> =>
    inTime(assignSteps(snapshot, { ...witnesses, leases: known }, memory.ids));
  const ids = await chooseIds(snapshot, observed, choose, leases, signal);
  const uncertain = uncertainRows(snapshot, observed, ids, memory.compile);
  const activeLeases = await orNone(leases.countActive(uncertain, signal));
  const remaining = await orNone(leases.remaining(drainingRows(snapshot, observed), signal));
  const { ledger } = observed;
  const surroundings = { serverTag, rows: observed, ids, ledger, activeLeases, remaining, dropsLookups, configured };
  const compiled = await inTime(compileSteps(snapshot, surroundings, memory.compile));
  const policy = {
    ...policyOf(snapshot, serverTag),
    definitions: rowDefinitions(definitions),
    activeLeases: await leasesThatEnd(observed, compiled, counted(activeLeases, remaining), leases, signal),
    allowedRemovals: compiled.allowed,
  };
  const plan = await inTime(planSteps(compiled, observed, policy, memory.plan));
  let greatest = greatestSubnetId;
  for (const id of compiled.subnetIds.values()) greatest = Math.max(greatest, id);
  return { scope, observed, compiled, plan, greatestSubnetId: greatest };
};

const policyOf = ({ pair, spec }: Snapshot, serverTag: string) => {
  const allowed = Number(pair.metadata.annotations?.[ANNOTATIONS.allowMassDeletion] ?? Number.NaN);
  return {
    serverTag,
    changePolicy: 'spec' in spec ? spec.spec.changePolicy : ('DryRun' as const),
    allowMassDeletion: Number.isInteger(allowed) ? allowed : undefined,
    pairDeleting: pair.metadata.deletionTimestamp !== undefined,
  };
};

const rowDefinitions = ({ uids }: Definitions): ReadonlyMap<RowKind, string> =>
  new Map(
    ROW_KINDS.flatMap((kind) => {
      const uid = uids.get(KINDS[kind].object);
      return uid === undefined ? [] : [[kind, uid] as const];
    }),
  );

type Witness = Pick<LeaseSource, 'page' | 'countActive' | 'remaining'>;

/** The source, until it does not answer: it is not asked again then, as each question would be waited for as long as the first. */
const untilAway = (source: Witness): Witness => {
  let away: LeasesUnavailable | undefined;
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    if (away !== undefined) throw away;
    try {
      return await question();
    } catch (error) {
      if (error instanceof LeasesUnavailable) away = error;
      throw error;
    }
  };
  return {
    page: (...asked) => ask(() => source.page(...asked)),
    countActive: (...asked) => ask(() => source.countActive(...asked)),
    remaining: (...asked) => ask(() => source.remaining(...asked)),
  };
};

/** Servers with memfile leases are asked only about prefixes that no other witness knows: a question a prefix. */
const chooseIds = async (
  { spec }: Snapshot,
  { leaseSubnetIds }: Observed,
  choose: (leases: IdWitnesses['leases']) => Promise<SubnetIds & { readonly open: readonly SubnetChild[] }>,
  leases: Witness,
  signal: AbortSignal,
): Promise<SubnetIds> => {
  if ('spec' in spec && spec.spec.leaseStorage === 'PostgreSQL') {
    return choose({ subnetIds: leaseSubnetIds, greatest: 0 });
  }
  const known = await choose('unreadable');
  return known.open.length === 0 ? known : choose(await askLeases(prefixesOf(known.open), leases, signal));
};

const askLeases = async (
  prefixes: readonly string[],
  leases: Witness,
  signal: AbortSignal,
): Promise<LeaseWitness | 'unreadable'> => {
  const subnetIds = new Map<string, readonly number[]>();
  try {
    for (const text of prefixes) {
      const prefix = prefixIn(text);
      if (prefix === undefined) continue;
      const lease = await firstLeaseIn(leases, prefix.of, prefix, signal);
      if (lease !== undefined) subnetIds.set(text, [lease.subnetId]);
    }
    return { subnetIds, greatest: 0 };
  } catch (error) {
    if (error instanceof LeasesUnavailable) return 'unreadable';
    throw error;
  }
};

/** What is known of the leases of subnets; nothing where nobody can say. */
const orNone = async <T>(asked: Promise<ReadonlyMap<number, T>>): Promise<ReadonlyMap<number, T>> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LeasesUnavailable) return new Map();
    throw error;
  }
};

/** Active leases of the subnets that are to go, for the guard over removals. What was counted before is not asked again. */
const leasesThatEnd = async (
  { owned }: Observed,
  { desired, orphans }: Compiled,
  known: ReadonlyMap<number, number>,
  leases: Witness,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> => {
  const going: number[] = [];
  for (const [id, { marker }] of owned.subnets) {
    if (!desired.subnets.has(id) && !known.has(id) && !(marker && orphans.has(marker.object))) going.push(id);
  }
  return new Map([...known, ...(await orNone(leases.countActive(going, signal)))]);
};

/** For the guard over removals those count as well that a drain does not wait for. */
const counted = (
  active: ReadonlyMap<number, number>,
  remaining: ReadonlyMap<number, Remaining>,
): ReadonlyMap<number, number> =>
  new Map([...active, ...[...remaining].map(([id, { leases, endless }]) => [id, leases + endless] as const)]);
