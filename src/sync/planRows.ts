/** From rows and objects to a plan. */
import type { Observed, Scope } from '../backend/backend.ts';
import { compile } from '../compile/compile.ts';
import { assignSubnetIds, prefixesInDoubt, prefixesWithoutWish } from '../compile/subnetIds.ts';
import type { Compiled, LeaseWitness, Snapshot, SubnetIds } from '../compile/types.ts';
import { at } from '../compile/objects.ts';
import { rowsInDoubt } from '../compile/vanished.ts';
import { formatAddress, parsePrefix } from '../kea/address.ts';
import { KINDS, ROW_KINDS, type RowKind } from '../kea/kinds.ts';
import { firstLeaseIn, LeasesUnavailable, type LeaseSource } from '../leases/source.ts';
import type { Context } from '../runtime/context.ts';
import { calculatePlan } from '../plan/calculate.ts';
import type { Plan } from '../plan/plan.ts';
import type { Definitions } from '../status/types.ts';
import { ANNOTATIONS } from '../api/kind.ts';
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
}

/** observe → compile → plan, with the leases as a witness where one is needed. Nothing is written. */
export const planRows = async (
  { signal }: Pick<Context, 'signal'>,
  { snapshot, serverTag, definitions, dropsLookups }: Wanted,
  { backend, leases: source }: Pick<Connections, 'backend' | 'leases'>,
): Promise<Planned> => {
  const leases = untilAway(source);
  const scope: Scope = { serverTag, prefixes: prefixesWithoutWish(snapshot) };
  const observed = await backend.observe(scope, signal);
  const greatestSubnetId = Math.max(observed.greatestSubnetId, greatestGiven(snapshot.pair));
  const ids = await chooseIds(snapshot, { ...observed, greatestSubnetId }, leases, signal);
  const activeLeases = await countLeases(rowsInDoubt(snapshot, observed, ids), leases, signal);
  const { ledger } = observed;
  const compiled = compile(snapshot, { serverTag, rows: observed, ids, ledger, activeLeases, dropsLookups });
  const plan = calculatePlan(compiled, observed, {
    ...policyOf(snapshot, serverTag),
    definitions: rowDefinitions(definitions),
    activeLeases: await leasesThatEnd(observed, compiled, activeLeases, leases, signal),
    allowedRemovals: compiled.allowed,
  });
  const given = [...compiled.subnetIds.values()];
  return {
    scope,
    observed,
    compiled,
    plan,
    greatestSubnetId: given.reduce((greatest, id) => Math.max(greatest, id), greatestSubnetId),
  };
};

const policyOf = ({ pair }: Snapshot, serverTag: string) => {
  const allowed = Number(pair.metadata.annotations?.[ANNOTATIONS.allowMassDeletion] ?? Number.NaN);
  return {
    serverTag,
    changePolicy: pair.spec.changePolicy,
    allowMassDeletion: Number.isInteger(allowed) ? allowed : undefined,
    pairDeleting: pair.metadata.deletionTimestamp !== undefined,
  };
};

/** The greatest subnet id of the pair, as its status remembers it: a database that was restored from an older dump does not know of later ones. */
const greatestGiven = (pair: Snapshot['pair']): number => {
  const given = at(pair.status, 'greatestSubnetId');
  return typeof given === 'number' ? given : 0;
};

const rowDefinitions = ({ uids }: Definitions): ReadonlyMap<RowKind, string> =>
  new Map(
    ROW_KINDS.flatMap((kind) => {
      const uid = uids.get(KINDS[kind].object);
      return uid === undefined ? [] : [[kind, uid] as const];
    }),
  );

type Witness = Pick<LeaseSource, 'page' | 'countActive'>;

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
  };
};

/** Servers with memfile leases are asked only about prefixes that no other witness knows: a question a prefix. */
const chooseIds = async (
  snapshot: Snapshot,
  witnesses: Observed,
  leases: Witness,
  signal: AbortSignal,
): Promise<SubnetIds> => {
  if (snapshot.pair.spec.leaseStorage === 'PostgreSQL') {
    return assignSubnetIds(snapshot, { ...witnesses, leases: { subnetIds: witnesses.leaseSubnetIds, greatest: 0 } });
  }
  const doubtful = prefixesInDoubt(snapshot, witnesses);
  return assignSubnetIds(snapshot, { ...witnesses, leases: await askLeases(doubtful, leases, signal) });
};

const askLeases = async (
  prefixes: readonly string[],
  leases: Witness,
  signal: AbortSignal,
): Promise<LeaseWitness | 'unreadable'> => {
  const subnetIds = new Map<string, readonly number[]>();
  try {
    for (const text of prefixes) {
      const prefix = parsePrefix(text);
      if (prefix === undefined) continue;
      const lease = await firstLeaseIn(leases, formatAddress(prefix.first), formatAddress(prefix.last), signal);
      if (lease !== undefined) subnetIds.set(text, [lease.subnetId]);
    }
    return { subnetIds, greatest: 0 };
  } catch (error) {
    if (error instanceof LeasesUnavailable) return 'unreadable';
    throw error;
  }
};

/** Active leases of subnets; none where nobody can say. */
const countLeases = async (
  ids: readonly number[],
  leases: Witness,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> => {
  try {
    return await leases.countActive(ids, signal);
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
  const going = [...owned.subnets].flatMap(([id, { marker }]) =>
    desired.subnets.has(id) || known.has(id) || (marker && orphans.has(marker.object)) ? [] : [id],
  );
  return new Map([...known, ...(await countLeases(going, leases, signal))]);
};
