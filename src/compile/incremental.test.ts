/** What is remembered of a pass changes nothing but how long the next one takes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Edit, editsOf, emptyWorld, withStatuses, type World, write } from '../../test/support/histories.ts';
import { SERVER_TAG } from '../../test/support/objects.ts';
import { attemptOf, server } from '../../test/support/passes.ts';
import { compareText } from '../kea/canonical.ts';
import { FAMILIES, ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import { HostMap } from '../kea/partedMap.ts';
import { calculatePlan, createPlanMemory } from '../plan/calculate.ts';
import type { Change } from '../plan/plan.ts';
import { report } from '../status/report.ts';
import { createReportMemory } from '../status/touched.ts';
import { compile } from './compile.ts';
import { createCompileMemory } from './memory.ts';
import { createNamespace, type Namespace } from './namespace.ts';
import { takeSnapshot } from './snapshot.ts';
import { assignSubnetIds, type IdMemory, prefixesUndesired } from './subnetIds.ts';
import type { Compiled } from './types.ts';
import { uncertainRows } from './vanished.ts';

const createMemory = () => ({
  ids: {} as IdMemory,
  compile: createCompileMemory(),
  plan: createPlanMemory(),
  report: createReportMemory(),
});

/** As a backend remembers rows: the same parts while nobody changed any. */
const hostMaps = new WeakMap<object, HostMap>();
const hostMapOf = (hosts: World['owned']['hosts']): HostMap => {
  const known = hostMaps.get(hosts) ?? HostMap.of(hosts);
  hostMaps.set(hosts, known);
  return known;
};

/** A pass from ids to plan, and the report on it. */
const pass = (family: Family, world: World, namespace: Namespace, memory = createMemory()) => {
  const snapshot = takeSnapshot(world.pair, family, namespace);
  const { foreign, ledger, activeLeases, remaining, dropsLookups } = world;
  const rows = { owned: { ...world.owned, hosts: hostMapOf(world.owned.hosts) }, foreign };
  const greatestSubnetId = Math.max(0, ...ledger.keys(), ...rows.owned.subnets.keys());
  const leases = world.leases === 'none' ? { subnetIds: new Map<string, number[]>(), greatest: 0 } : world.leases;
  const ids = assignSubnetIds(snapshot, { ...rows, ledger, greatestSubnetId, leases }, memory.ids);
  const uncertain = uncertainRows(snapshot, { ...rows, ledger }, ids, memory.compile);
  const asked = prefixesUndesired(snapshot, memory.ids);
  const compiled = compile(
    snapshot,
    { serverTag: SERVER_TAG, rows, ids, ledger, activeLeases, remaining, dropsLookups },
    memory.compile,
  );
  const policy = { serverTag: SERVER_TAG, changePolicy: 'Sync', paused: false, pairDeleting: false } as const;
  const plan = calculatePlan(compiled, { ...rows, ledger, definitions: new Map() }, policy, memory.plan);
  const servers = [server('a'), server('b', { synchronized: !world.isBehind })];
  const said = report(attemptOf(snapshot, compiled, plan, { servers }), memory.report);
  const changes = byRow(plan.changes);
  return {
    compiled,
    said,
    told: {
      uncertain,
      asked,
      ids: [...ids.ids],
      refused: [...ids.refused],
      ...plain(compiled),
      plan: { ...plan, changes },
      said,
    },
  };
};

const byRow = (changes: readonly Change[]) =>
  sorted(changes.map((change) => [`${change.kind} ${change.op} ${change.key}`, change]));

/** Everything in it; in its order, where that means something. */
const plain = ({
  desired,
  verdicts,
  rejected,
  found: _found,
  known,
  pass: _pass,
  continues: _continues,
  ...rest
}: Compiled) => ({
  known: [...known.own],
  rejected: [rejected, [...verdicts].filter(([ref, { accepted }]) => !accepted && !ref.startsWith('HAPair/')).length],
  desired: [
    [...desired.optionDefs],
    [...desired.classes],
    [...desired.networks],
    [...desired.subnets],
    sorted(desired.hosts),
    desired.hosts.size,
  ],
  verdicts: [[...verdicts], verdicts.size, [...verdicts.keys()].map((ref) => verdicts.get(ref))],
  ...Object.fromEntries(Object.entries(rest).map(([what, found]) => [what, sorted(found as Iterable<unknown>)])),
});

/** By what it is of: reservations, and what is told of objects, have no order. */
const sorted = (found: Iterable<unknown>): readonly unknown[] =>
  [...found]
    .map((one) => [String(Array.isArray(one) ? one[0] : one), one] as const)
    .sort(([a], [b]) => compareText(a, b));

type Pass = Pick<ReturnType<typeof pass>, 'compiled' | 'said'>;

const play = (family: Family, steps: readonly Edit[], look: (world: World, namespace: Namespace) => Pass): void => {
  const world = emptyWorld(family);
  const namespace = createNamespace();
  let last: Pass | undefined;
  for (const step of steps) {
    if (step === 'write') {
      if (!last) continue;
      write(world, last.compiled.desired);
      for (const object of withStatuses(world, last.said)) namespace.put(object);
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
  it.each(FAMILIES.map((family) => [ipFamilyOf(family), family] as const))(
    'finds what one finds that remembers nothing: %s',
    (_, family) => {
      fc.assert(
        fc.property(editsOf(family), (steps) => {
          const memory = createMemory();
          play(family, steps, (world, namespace) => {
            const { told, ...found } = pass(family, world, namespace, memory);
            expect(told).toEqual(pass(family, world, namespace).told);
            return found;
          });
        }),
        { numRuns: 100 },
      );
    },
    60_000,
  );
});
