import type { Observed, Scope } from '../backend/backend.ts';
import { compile } from '../compile/compile.ts';
import { assignSubnetIds, prefixesInDoubt, prefixesWithoutWish } from '../compile/subnetIds.ts';
import type { ActiveLeases, Compiled, IdWitnesses, LeaseWitness, Snapshot, SubnetIds } from '../compile/types.ts';
import { refOf } from '../compile/objects.ts';
import { subnetsOf } from '../compile/attach.ts';
import { formatAddress, parsePrefix } from '../kea/address.ts';
import type { ObjectRef } from '../kea/state.ts';
import { firstLeaseIn, LeasesUnavailable, type LeaseSource } from '../leases/source.ts';
import { calculatePlan } from '../plan/calculate.ts';
import type { Plan } from '../plan/plan.ts';
import { ANNOTATIONS } from '../api/kind.ts';
import type { Connections } from './connections.ts';

/** What was found in the database and made of it. */
export interface Planned {
  readonly scope: Scope;
  readonly observed: Observed;
  readonly compiled: Compiled;
  readonly plan: Plan;
}

/** observe → compile → plan, with the leases as a witness where one is needed. Nothing is written. */
export const planRows = async (
  snapshot: Snapshot,
  serverTag: string,
  { backend, leases }: Pick<Connections, 'backend' | 'leases'>,
  signal: AbortSignal,
): Promise<Planned> => {
  const scope: Scope = { serverTag, prefixes: prefixesWithoutWish(snapshot) };
  const observed = await backend.observe(scope, signal);
  const ids = await chooseIds(snapshot, observed, leases, signal);
  const activeLeases = await countLeases(snapshot, ids, leases, signal);
  const compiled = compile(snapshot, { serverTag, rows: observed, ids, activeLeases });
  const plan = calculatePlan(compiled, observed, policyOf(snapshot, serverTag));
  return { scope, observed, compiled, plan };
};

const policyOf = ({ pair }: Snapshot, serverTag: string) => {
  const allowed = Number(pair.metadata.annotations?.[ANNOTATIONS.allowMassDeletion] ?? Number.NaN);
  return {
    serverTag,
    changePolicy: pair.spec.changePolicy,
    paused: pair.spec.paused,
    allowMassDeletion: Number.isInteger(allowed) ? allowed : undefined,
    pairDeleting: pair.metadata.deletionTimestamp !== undefined,
  };
};

/** Servers with memfile leases are asked only about prefixes that no other witness knows: a question a prefix. */
const chooseIds = async (
  snapshot: Snapshot,
  observed: Observed,
  leases: LeaseSource,
  signal: AbortSignal,
): Promise<SubnetIds> => {
  const witnesses: Omit<IdWitnesses, 'leases'> = observed;
  if (snapshot.pair.spec.leaseStorage === 'PostgreSQL') {
    return assignSubnetIds(snapshot, { ...witnesses, leases: { subnetIds: observed.leaseSubnetIds, greatest: 0 } });
  }
  const doubtful = prefixesInDoubt(snapshot, witnesses);
  return assignSubnetIds(snapshot, { ...witnesses, leases: await askLeases(doubtful, leases, signal) });
};

const askLeases = async (
  prefixes: readonly string[],
  leases: LeaseSource,
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

/**
 * Active leases of the Subnets that are being deleted and protect them. Once nobody answers the others are not asked for:
 * each question may take until the time-outs of all servers.
 */
const countLeases = async (
  snapshot: Snapshot,
  { ids }: SubnetIds,
  leases: LeaseSource,
  signal: AbortSignal,
): Promise<ReadonlyMap<ObjectRef, ActiveLeases>> => {
  const counts = new Map<ObjectRef, ActiveLeases>();
  let answers = true;
  for (const subnet of subnetsOf(snapshot.pair.metadata.name, snapshot)) {
    if (subnet.metadata.deletionTimestamp === undefined || subnet.spec.deletionPolicy !== 'Protect') continue;
    const ref = refOf('Subnet', subnet);
    const id = ids.get(ref);
    const count = id === undefined || !answers ? 'unknown' : await countOf(leases, id, signal);
    if (id !== undefined && count === 'unknown') answers = false;
    counts.set(ref, count);
  }
  return counts;
};

const countOf = async (leases: LeaseSource, id: number, signal: AbortSignal): Promise<ActiveLeases> => {
  try {
    return await leases.countActive(id, signal);
  } catch (error) {
    if (error instanceof LeasesUnavailable) return 'unknown';
    throw error;
  }
};
