/** What is remembered of a pass changes nothing but how long the next one takes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Edit, edits, emptyWorld, type World, write } from '../../test/support/histories.ts';
import { SERVER_TAG } from '../../test/support/objects.ts';
import { compareText } from '../kea/canonical.ts';
import { HostMap } from '../kea/partedMap.ts';
import { calculatePlan, createPlanMemory } from '../plan/calculate.ts';
import type { Change } from '../plan/plan.ts';
import { compile } from './compile.ts';
import { createCompileMemory } from './memory.ts';
import { createNamespace, type Namespace, takeSnapshot } from './namespace.ts';
import { assignSubnetIds, type IdMemory, prefixesWithoutWish } from './subnetIds.ts';
import type { Compiled } from './types.ts';
import { rowsInDoubt } from './vanished.ts';

const createMemory = () => ({ ids: {} as IdMemory, compile: createCompileMemory(), plan: createPlanMemory() });

/** A pass from ids to plan. */
const pass = (world: World, namespace: Namespace, memory = createMemory()) => {
  const snapshot = takeSnapshot(world.pair, namespace);
  const { foreign, ledger, activeLeases, dropsLookups } = world;
  const rows = { owned: { ...world.owned, hosts: HostMap.of(world.owned.hosts) }, foreign };
  const greatestSubnetId = Math.max(0, ...ledger.keys(), ...rows.owned.subnets.keys());
  const leases = world.leases === 'none' ? { subnetIds: new Map<string, number[]>(), greatest: 0 } : world.leases;
  const ids = assignSubnetIds(snapshot, { ...rows, ledger, greatestSubnetId, leases }, memory.ids);
  const inDoubt = rowsInDoubt(snapshot, { ...rows, ledger }, ids, memory.compile);
  const asked = prefixesWithoutWish(snapshot, memory.ids);
  const compiled = compile(
    snapshot,
    { serverTag: SERVER_TAG, rows, ids, ledger, activeLeases, dropsLookups },
    memory.compile,
  );
  const policy = { serverTag: SERVER_TAG, changePolicy: 'Sync', paused: false, pairDeleting: false } as const;
  const plan = calculatePlan(compiled, { ...rows, ledger, definitions: new Map() }, policy, memory.plan);
  return { compiled, told: { inDoubt, asked, ids: [...ids.ids], refused: [...ids.refused], ...plain(compiled), plan: { ...plan, changes: byRow(plan.changes) } } };
};

const byRow = (changes: readonly Change[]) =>
  sorted(changes.map((change) => [`${change.kind} ${change.op} ${change.key}`, change]));

/** Everything in it; in its order, where that means something. */
const plain = ({ desired, verdicts, found: _, ...rest }: Compiled) => ({
  desired: [[...desired.networks], [...desired.subnets], sorted(desired.hosts), desired.hosts.size],
  verdicts: [[...verdicts], verdicts.size, [...verdicts.keys()].map((ref) => verdicts.get(ref))],
  ...Object.fromEntries(Object.entries(rest).map(([what, found]) => [what, sorted(found as Iterable<unknown>)])),
});

/** By what it is of: reservations, and what is told of objects, have no order. */
const sorted = (found: Iterable<unknown>): readonly unknown[] =>
  [...found]
    .map((one) => [String(Array.isArray(one) ? one[0] : one), one] as const)
    .sort(([a], [b]) => compareText(a, b));

const play = (steps: readonly Edit[], look: (world: World, namespace: Namespace) => Compiled): void => {
  const world = emptyWorld();
  const namespace = createNamespace();
  let last: Compiled | undefined;
  for (const step of steps) {
    if (step === 'write') {
      if (last) write(world, last.desired);
    } else {
      step(world, (put, removed) => {
        if (put) namespace.put(put);
        if (removed) namespace.remove(removed);
      });
    }
    last = look(world, namespace);
  }
};

describe('a pass that remembers the last one', () => {
  it('finds what one finds that remembers nothing', () => {
    fc.assert(
      fc.property(edits, (steps) => {
        const memory = createMemory();
        play(steps, (world, namespace) => {
          const { compiled, told } = pass(world, namespace, memory);
          expect(told).toEqual(pass(world, namespace).told);
          return compiled;
        });
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
