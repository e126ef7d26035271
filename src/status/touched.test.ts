import { expect, it } from 'vitest';
import { clientClass, EMPTY_STATE, pair, SERVER_TAG, subnet, TO_PAIR, witnesses } from '../../test/support/objects.ts';
import { attemptOf, SYNC } from '../../test/support/passes.ts';
import type { ClientClass, Subnet } from '../api/index.ts';
import { compile } from '../compile/compile.ts';
import { createCompileMemory } from '../compile/memory.ts';
import { createNamespace } from '../compile/namespace.ts';
import { takeSnapshot } from '../compile/snapshot.ts';
import { assignSubnetIds, type IdMemory } from '../compile/subnetIds.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import type { ForeignRow } from '../kea/kinds.ts';
import { calculatePlan } from '../plan/calculate.ts';
import { report } from './report.ts';
import { createReportMemory } from './touched.ts';

const NOBODYS: readonly ForeignRow[] = [];
const SYNCED = { serverTag: SERVER_TAG, changePolicy: 'Sync', paused: false, pairDeleting: false } as const;

/** Passes of a pair, each of which remembers the one before, and what is then to be written of its class. */
const rounds = () => {
  const of = pair(SYNC);
  const namespace = createNamespace();
  const [memory, idMemory, reportMemory] = [createCompileMemory(), {} as IdMemory, createReportMemory()];
  let owned = EMPTY_STATE;
  return (...objects: readonly (Subnet | ClientClass)[]) => {
    for (const object of objects) namespace.put(object);
    const snapshot = takeSnapshot(of, DHCPV4, namespace);
    const rows = { owned, foreign: NOBODYS };
    const ids = assignSubnetIds(snapshot, witnesses(rows), idMemory);
    const surroundings = { serverTag: SERVER_TAG, rows, ids, ledger: new Map(), activeLeases: new Map() };
    const compiled = compile(snapshot, { ...surroundings, dropsLookups: false }, memory);
    const plan = calculatePlan(compiled, { ...rows, ledger: new Map(), definitions: new Map() }, SYNCED);
    // A backend gives rows that nobody changed as the same things.
    const { subnets, hosts } = compiled.desired;
    owned = owned === EMPTY_STATE ? compiled.desired : { ...owned, subnets, hosts };
    const { statuses } = report(attemptOf(snapshot, compiled, plan), reportMemory);
    const status = statuses.find(({ object }) => object.kind === 'ClientClass')?.status;
    return { continues: compiled.continues !== undefined, status };
  };
};

const gold = (status?: object) => clientClass('gold', { test: 'option[60].exists' }, { status });
const office = (more: object = {}) =>
  subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', pools: [{ pool: '10.0.0.10-10.0.0.99' }], ...more });
const NAMES = { clientClasses: ['gold'] };

it.each<readonly [string, object, object, boolean]>([
  ['ceases to name', NAMES, {}, true],
  ['begins to name', {}, NAMES, false],
])('a class that a Subnet %s has another status, though only the Subnet changed', (_case, before, after, warned) => {
  const round = rounds();
  const { status } = round(gold(), office(before));
  round(gold(status));
  expect(round()).toEqual({ continues: true, status: undefined });
  const last = round(office(after));
  expect(last.continues).toBe(true);
  expect(last.status).toBeDefined();
  expect('warnings' in (last.status ?? {})).toBe(warned);
});
