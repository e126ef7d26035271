/** All that is to be said after a pass. */
import type { HAPair } from '../api/index.ts';
import { FINALIZER } from '../api/kind.ts';
import { unattachedOf } from '../compile/attach.ts';
import type { Child, ReservationChild } from '../compile/child.ts';
import { type Namespace } from '../compile/namespace.ts';
import { at, isDeleting } from '../compile/objects.ts';
import { commonIn, countChildren } from '../compile/snapshot.ts';
import type { Family } from '../kea/family.ts';
import { finish, type Steps } from '../kea/steps.ts';
import { ownerOf } from '../plan/describe.ts';
import { CHILD_FIELDS, childReporter, reportUnattachedChild } from './children.ts';
import { conditionsOf, type Finding, renderConditions, saysAlready } from './conditions.ts';
import { acceptedEvents, childEvents, pairEvents } from './events.ts';
import { judgePair } from './pair.ts';
import { familyFields } from './pairFields.ts';
import { conditionsBefore, type PairReport, pairStatus } from './pairReport.ts';
import { definitionProblem, type Progress, progressOf } from './progress.ts';
import { createReportMemory, type Open, type ReportMemory, touchedSince } from './touched.ts';
import type { AnyKind, Attempt, EventWrite, Report, StatusWrite, Writes } from './types.ts';

/**
 * What a pass has to tell, however far it came: statuses that differ from what the objects say already, events, and finalizers
 * that may go. Pure and total.
 * @param memory Of the last pass: the report is the same without it.
 */
export const report = (attempt: Attempt, memory = createReportMemory()): WholeReport => {
  const { pair, pairEvents: ofPair, settled, ...children } = finish(reportSteps(attempt, memory));
  const own = reportPair(attempt.snapshot.pair, [pair], [], attempt.now);
  return {
    statuses: [...children.statuses, ...own.statuses],
    events: [...children.events, ...ofPair],
    released: [...children.released, ...own.released],
    ends: own.ends,
    settled,
  };
};

/** Of a pair of one family: of its children and itself. */
export interface WholeReport extends Writes, Pick<PairWrites, 'ends'>, Pick<Report, 'settled'> {}

/** The same in steps, between which others may have the processor. */
export function* reportSteps(
  attempt: Attempt,
  memory: ReportMemory,
  beside: readonly PairReport[] = [],
): Steps<Report> {
  const { snapshot, compiled } = attempt;
  const progress = progressOf(attempt);
  yield;
  const { common, positions, rows, done } = touchedSince(attempt, memory);
  const reportOf = childReporter(attempt, progress, rows);
  const statuses: StatusWrite[] = [];
  const events: EventWrite[] = [];
  let againMs: number | undefined;
  /** Whether there is anything to tell, or will be without another change of the object. */
  const tell = (child: Child): boolean => {
    const found = reportOf(child);
    if (!found) return false;
    if (found.againMs !== undefined) againMs = Math.min(againMs ?? found.againMs, found.againMs);
    const news = [...childEvents(found, attempt)];
    events.push(...news);
    const { object, kind, status } = found;
    const isSaid = saysAlready(object.status, status, CHILD_FIELDS[kind]);
    if (!isSaid) statuses.push({ object, status });
    return !isSaid || news.length > 0 || found.findings.Programmed.status === 'Unknown';
  };
  const open: Open = { common: false, positions: new Set() };
  for (const child of common ? commonIn(snapshot) : []) if (tell(child)) open.common = true;
  let told = 0;
  for (const position of positions) {
    if (told++ % SLICE === 0) yield;
    const subnet = snapshot.subnets[position];
    if (subnet && tell(subnet)) open.positions.add(position);
  }
  const isQuiet = quietIn(attempt);
  for (const position of positions) {
    if (told++ % SLICE === 0) yield;
    const members = snapshot.reservations[position] ?? snapshot.globals;
    const found = isQuiet(members) ? compiled?.found[position] : undefined;
    if (found !== undefined && memory.quiet.get(members) === found) continue;
    let isNew = false;
    for (const child of members) if (tell(child)) isNew = true;
    if (isNew) open.positions.add(position);
    else if (found !== undefined) memory.quiet.set(members, found);
  }
  done(open);
  yield;

  const { pair } = attempt.snapshot;
  const { family } = snapshot;
  const before = conditionsBefore(pair, family, beside);
  const findings = attempt.stage === 'unserved' ? undefined : judgePair(attempt, before);
  const generation = pair.metadata.generation ?? 0;
  return {
    statuses,
    events,
    released: releasedBy(attempt, progress),
    pair: {
      family,
      generation,
      findings,
      conditions: findings ? renderConditions({ ...findings }, before, generation, attempt.now) : [],
      fields: familyFields(attempt),
      isEmpty: isEmpty(attempt),
      isSwept: isSwept(attempt, 'HAPair', pair),
    },
    pairEvents: findings ? [...pairEvents(attempt, findings, before)] : [],
    settled: findings === undefined || isSettled(findings.Ready),
    ...(againMs === undefined ? {} : { againMs }),
  };
}

/** What there is to write of a pair. */
export interface PairWrites {
  readonly statuses: readonly StatusWrite[];
  readonly released: readonly AnyKind[];
  /** Nothing of the pair is left, and it was to be deleted: its servers end before its finalizer goes. */
  readonly ends: boolean;
}

/**
 * What there is to write of a pair, by what the passes of its families have to say.
 * @param awaited Families of which a pass has something to say, and has not come to its end since this process began.
 */
export const reportPair = (
  pair: HAPair,
  reports: readonly PairReport[],
  awaited: readonly Family[],
  now: number,
): PairWrites => {
  const status = pairStatus(pair, reports, awaited, now);
  const goes = isDeleting(pair) && hasFinalizer(pair);
  const ends = goes && awaited.length === 0 && reports.every(({ isEmpty: empty }) => empty);
  const released = ends || (goes && reports.some(({ isSwept: swept }) => swept)) ? [pair] : [];
  return { statuses: status === undefined ? [] : [status], released, ends };
};

/** So many children are spoken of before somebody else may have the processor. */
const SLICE = 64;

/** Of which reservations nothing but what was found of them, and what they say already, decides what is to be said. */
const quietIn = ({
  plan,
  refusals,
  waiting,
  untried,
  snapshot,
}: Attempt): ((members: readonly ReservationChild[]) => boolean) => {
  const kept = [refusals, waiting, untried].some(({ size }) => size > 0);
  if (kept || !plan || plan.withheld.length > 0) return () => false;
  const parents = new Set(
    plan.changes.flatMap((change) => {
      const owner = change.kind === 'host' ? ownerOf(change) : undefined;
      const parent = owner && snapshot.find(owner)?.parent;
      return parent ? [`${parent.kind}/${parent.name}`] : [];
    }),
  );
  if (parents.size === 0) return () => true;
  return ([first]) => !parents.has(`${first?.parent?.kind ?? ''}/${first?.parent?.name ?? ''}`);
};

/** What there is to tell while a pass is waited for: of objects alone of which nothing is said yet, so that none is without a word. */
export const reportWaiting = (attempt: Attempt): readonly StatusWrite[] =>
  report(attempt).statuses.filter(({ object }) => isUnsaid(object));

/** A pair whose specification has changed keeps what was found of it: its servers run. */
const isUnsaid = ({ kind, metadata, status }: AnyKind): boolean => {
  const ready = conditionsOf(status).get('Ready');
  return ready === undefined || (kind !== 'HAPair' && ready.observedGeneration !== metadata.generation);
};

/** What only somebody's decision changes: there is no use in looking again at once. */
const WAITING_FOR_SOMEBODY: ReadonlySet<string> = new Set([
  'DryRun',
  'Paused',
  'MassDeletionWithheld',
  'SubnetsVanished',
  'ServerRefused',
  'BackendRefused',
  'ObjectRefused',
  'InvalidSpec',
  'InvalidOption',
  'CredentialsMissing',
  'WorkloadForbidden',
  'InterfaceTaken',
  'PortTaken',
  'NotAllowed',
  'ReferencesExist',
]);

const isSettled = ({ status, reason }: Finding): boolean => status === 'True' || WAITING_FOR_SOMEBODY.has(reason);

/** The objects of a namespace that may be unattached, with its pairs. */
export interface Gathering {
  readonly pairs: readonly HAPair[];
  readonly children: Namespace;
}

/** What there is to tell of the objects of a namespace whose pair, or a parent on the way to it, does not exist. */
export const reportUnattached = (now: number, { pairs, children }: Gathering): Writes & Pick<Report, 'againMs'> => {
  const statuses: StatusWrite[] = [];
  const events: EventWrite[] = [];
  const released: AnyKind[] = [];
  let againMs: number | undefined;
  const names = pairs.map(({ metadata }) => metadata.name);
  for (const { child, rejection } of unattachedOf(names, children)) {
    const { kind, object } = child;
    if (child.isDeleting) {
      if (hasFinalizer(object)) released.push(object);
      continue;
    }
    const unattachedObject = reportUnattachedChild(child, rejection, now);
    const again = unattachedObject.againMs;
    if (again !== undefined) againMs = Math.min(againMs ?? again, again);
    events.push(...acceptedEvents(unattachedObject));
    if (!saysAlready(object.status, unattachedObject.status, CHILD_FIELDS[kind]))
      statuses.push({ object, status: unattachedObject.status });
  }
  return { statuses, events, released, ...(againMs === undefined ? {} : { againMs }) };
};

/** Children whose deletion may go on. */
const releasedBy = (attempt: Attempt, progress: Progress): readonly AnyKind[] => {
  const { snapshot, compiled } = attempt;
  return [...commonIn(snapshot), ...snapshot.subnets]
    .filter(({ isDeleting: goes, object }) => goes && hasFinalizer(object))
    .filter((child) => {
      const { kind, ref, object } = child;
      const policy = 'policy' in child ? child.policy : undefined;
      if (isSwept(attempt, kind, object)) return true;
      // Where the database is lost for good the pair is deleted, and its children are to leave their rows anyway.
      if (!compiled) return neverWritten(attempt) || (isDeleting(snapshot.pair) && policy === 'Orphan');
      const deletion = compiled.deletions.get(ref);
      return deletion !== undefined && !('reason' in deletion) && progress.isGone(ref);
    })
    .map(({ object }) => object);
};

/** Its definition is being deleted, and takes every object with it: the deletion goes on, and rows and servers stay. */
const isSwept = ({ definitions }: Attempt, kind: string, object: AnyKind): boolean =>
  definitions.leaving.has(kind) && isDeleting(object) && hasFinalizer(object);

const hasFinalizer = ({ metadata }: AnyKind): boolean => metadata.finalizers?.includes(FINALIZER) ?? false;

/** A pair that never had a database, as after a slip in its host name, has no rows that could be left behind. */
const neverWritten = ({ snapshot, schemaVersion }: Attempt): boolean =>
  schemaVersion === undefined && at(snapshot.pair.status, 'schemaVersion') === undefined;

/**
 * Nothing of the family belongs to the pair any more, and the last reservations are out of the database. One that is lost holds a pair that is deleted
 * no longer.
 */
const isEmpty = (attempt: Attempt): boolean => {
  const { snapshot, plan, written, refusals, waiting, untried } = attempt;
  if (countChildren(snapshot) > 0) return false;
  // Without their definitions nobody knows whether there are children.
  if (definitionProblem(attempt.definitions) !== undefined) return false;
  if (!plan) return isDeleting(snapshot.pair);
  const left = plan.withheld.length + refusals.size + waiting.size + untried.size;
  return left === 0 && (plan.changes.length === 0 || written === true);
};
