/** Attempts as passes leave them, for tests of the report. */
import { at } from '../../src/compile/objects.ts';
import type { ActiveLeases, Compiled, Snapshot } from '../../src/compile/types.ts';
import type { ObjectRef } from '../../src/kea/state.ts';
import { calculatePlan } from '../../src/plan/calculate.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import type { AnyKind, Attempt, ServerOutcome, Writes } from '../../src/status/types.ts';
import {
  compileWith,
  type Database,
  DEFINITIONS,
  EMPTY_STATE,
  pair,
  reservation,
  type Scene,
  sceneOf,
  SERVER_TAG,
  snapshotOf,
  subnet,
  TO_PAIR,
} from './objects.ts';

export const NOW = Date.UTC(2026, 5, 1);
export const FINALIZERS = ['kea-operator.io/cleanup'];
export const OFFICE: ObjectRef = 'Subnet/prod/office';

export const server = (name: string, more: Partial<ServerOutcome> = {}): ServerOutcome => ({
  name,
  ipFamily: 'IPv4',
  reachable: true,
  serving: true,
  answers: [name],
  cutOff: false,
  synchronized: true,
  state: 'hot-standby',
  lastAnswer: NOW,
  ...more,
});

/** A pass that went well: what was to be written is written, and both servers run it. */
export const pass = (
  scene: Scene,
  { rows, leases, ...more }: Partial<Attempt> & { readonly rows?: Database; readonly leases?: ActiveLeases } = {},
): Attempt => {
  const ids = [...(rows?.owned?.subnets.keys() ?? [])];
  const snapshot = snapshotOf(scene);
  const compiled = compileWith(scene, rows, { activeLeases: new Map(ids.map((id) => [id, leases ?? 0])) });
  const plan = calculatePlan(
    compiled,
    {
      owned: rows?.owned ?? EMPTY_STATE,
      foreign: rows?.foreign ?? [],
      ledger: rows?.ledger ?? new Map(),
      definitions: new Map(),
    },
    {
      serverTag: SERVER_TAG,
      changePolicy: at(snapshot.pair.spec, 'changePolicy') === 'DryRun' ? 'DryRun' : 'Sync',
      pairDeleting: snapshot.pair.metadata.deletionTimestamp !== undefined,
    },
  );
  return attemptOf(snapshot, compiled, plan, more);
};

/** What a report is made of after a pass in which all was written and both servers run it. */
export const attemptOf = (
  snapshot: Snapshot,
  compiled: Compiled,
  plan: Plan,
  more: Partial<Attempt> = {},
): Attempt => ({
  now: NOW,
  snapshot,
  definitions: DEFINITIONS,
  stage: 'served',
  serverTag: SERVER_TAG,
  schemaVersion: '29.0',
  workloadProblems: [],
  backendReachable: true,
  compiled,
  plan,
  refusals: new Map(),
  waiting: new Map(),
  untried: new Map(),
  written: true,
  servers: [server('a'), server('b')],
  drift: 0,
  adopted: [],
  ...more,
});

/** The pass ended before anything was compiled. */
export const cutShort = (scene: Scene, more: Partial<Attempt>): Attempt => {
  const { compiled: _compiled, plan: _plan, written: _written, schemaVersion: _schema, ...rest } = pass(scene);
  return { ...rest, backendReachable: false, ...more };
};

export const conditionsIn = (result: Writes, name: string): Record<string, string> | undefined => {
  const write = result.statuses.find(({ object }) => object.metadata.name === name);
  return (
    write &&
    Object.fromEntries(
      [...conditionsOf(write.status)].map(([type, { status, reason }]) => [type, `${status}/${reason}`]),
    )
  );
};
export const messageIn = (result: Writes, name: string, type: string): string => {
  const write = result.statuses.find(({ object }) => object.metadata.name === name);
  return conditionsOf(write?.status).get(type)?.message ?? '';
};
export const events = (result: Writes) =>
  result.events.map(({ object, reason }) => `${object.metadata.name} ${reason}`);
export const names = (objects: readonly AnyKind[]) => objects.map(({ metadata }) => metadata.name);

/** The scene with the statuses that a report wrote. */
export const afterwards = (scene: Scene, { statuses }: Writes): Scene => {
  const written = new Map<unknown, object>(statuses.map(({ object, status }) => [object, status]));
  const update = <T extends AnyKind>(object: T): T =>
    written.has(object) ? { ...object, status: { ...object.status, ...written.get(object) } } : object;
  return {
    pair: update(scene.pair),
    networks: scene.networks.map(update),
    subnets: scene.subnets.map(update),
    reservations: scene.reservations.map(update),
  };
};

export const office = (more: object = {}, options = {}) =>
  subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', ...more }, options);
export const printer = reservation('printer', {
  subnetRef: { name: 'office' },
  identifier: { hwAddress: '02:00:5e:10:00:01' },
  ipAddress: '10.0.0.9',
});
export const SYNC = { changePolicy: 'Sync', paused: false };
export const plain = sceneOf({ subnets: [office()], reservations: [printer] }, pair(SYNC));
export const READY = { Accepted: 'True/Accepted', Programmed: 'True/Programmed', Ready: 'True/Programmed' };
