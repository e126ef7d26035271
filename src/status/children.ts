/** What is to be said of all that belongs to a HAPair. */
import type { z } from 'zod';
import { clientClassKind } from '../api/clientClass.ts';
import { hostReservationKind } from '../api/hostReservation.ts';
import { optionDefinitionKind } from '../api/optionDefinition.ts';
import { sharedNetworkKind } from '../api/sharedNetwork.ts';
import { subnetKind } from '../api/subnet.ts';
import type { Child } from '../compile/child.ts';
import { at } from '../compile/objects.ts';
import type { Compiled, Rejection } from '../compile/types.ts';
import type { ObjectKind } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import {
  conditionsOf,
  type Finding,
  isFalse,
  isTrue,
  isUnknown,
  type KnownCondition,
  renderConditions,
} from './conditions.ts';
import { nextLook, patienceLeft } from './gracePeriod.ts';
import { withKstatus } from './kstatus.ts';
import { obstacleOf, PENDING, type Progress } from './progress.ts';
import type { NamedRows } from './taken.ts';
import type { Attempt } from './types.ts';
import { childWarnings } from './warnings.ts';

/** A child of the pair, and what is to be said of it. */
export interface ChildReport {
  readonly kind: ObjectKind;
  readonly ref: ObjectRef;
  readonly object: Child['object'];
  readonly findings: ChildFindings;
  readonly before: ReadonlyMap<string, KnownCondition>;
  readonly status: Readonly<Record<string, unknown>>;
  /** There will be something else to say so soon, whatever happens, ms. */
  readonly againMs?: number;
}

export interface ChildFindings {
  readonly Accepted: Finding;
  readonly Programmed: Finding;
  readonly Ready: Finding;
}

/** Fields of a child's status that the report writes. Lease statistics have a writer of their own. */
export const CHILD_FIELDS: Readonly<Record<ObjectKind, readonly string[]>> = {
  SharedNetwork: ['observedGeneration', 'conditions', 'subnets', 'warnings', 'warningCount'],
  Subnet: ['observedGeneration', 'conditions', 'subnetId', 'haPair', 'warnings', 'warningCount'],
  HostReservation: ['observedGeneration', 'conditions', 'haPair', 'warnings', 'warningCount'],
  ClientClass: ['observedGeneration', 'conditions', 'warnings', 'warningCount'],
  OptionDefinition: ['observedGeneration', 'conditions', 'warnings', 'warningCount'],
};

const ACCEPTED = isTrue('Accepted', 'valid, and a part of the configuration');

/** What is to be said of children of a pair. One that is gone but for its finalizer is not spoken of. */
export const childReporter = (
  attempt: Attempt,
  progress: Progress,
  rows?: NamedRows,
): ((child: Child) => ChildReport | undefined) => {
  const { compiled } = attempt;
  const known = compiled && { membersOf: countMembers(compiled), warningsOf: childWarnings(attempt, rows) };
  return (child) => {
    const { kind, ref, object } = child;
    const before = conditionsOf(object.status);
    const left = patienceLeft(object, before.get('Accepted'), attempt.now);
    const findings = compiled ? judged(compiled, child, before, progress, left) : unjudged(attempt, child, before);
    if (!findings) return undefined;
    const conditions = renderConditions(withKstatus({ ...findings }), before, generationOf(child), attempt.now);
    const status = {
      observedGeneration: generationOf(child),
      conditions,
      ...extraFields(child, attempt, known),
    };
    return { kind, ref, object, findings, before, status, ...againOf(findings, left) };
  };
};

/** Nothing else tells that patience is at its end. */
const againOf = ({ Accepted }: ChildFindings, left: number): Pick<ChildReport, 'againMs'> =>
  Accepted.status === 'Unknown' && left > 0 ? { againMs: nextLook(left) } : {};

/** What is to be said of a child that belongs to no pair. What was known of its row stays in its status. */
export const reportUnattachedChild = (child: Child, verdict: Rejection, now: number): ChildReport => {
  const { kind, ref, object } = child;
  const before = conditionsOf(object.status);
  const left = patienceLeft(object, before.get('Accepted'), now);
  const findings = refused(verdict, false, left);
  const status = {
    observedGeneration: generationOf(child),
    conditions: renderConditions(withKstatus({ ...findings }), before, generationOf(child), now),
    ...keptFields(kind, object.status),
  };
  return { kind, ref, object, findings, before, status, ...againOf(findings, left) };
};

const generationOf = ({ object: { metadata } }: Child): number => metadata.generation ?? 0;

/** What compile and the pass say. */
const judged = (
  compiled: Compiled,
  { ref, isDeleting }: Child,
  before: ReadonlyMap<string, KnownCondition>,
  progress: Progress,
  patience: number,
): ChildFindings | undefined => {
  const deletion = compiled.deletions.get(ref);
  const stays = deletion && 'reason' in deletion ? deletion : undefined;
  if (isDeleting && !stays) {
    // What has no finalizer, or whose rows are gone, is about to vanish.
    return deletion === undefined || progress.isGone(ref) ? undefined : leaving(progress.of(ref, false));
  }
  const verdict = compiled.verdicts.get(ref);
  if (!verdict) return undefined;
  if (!verdict.accepted) return refused(verdict, compiled.kept.has(ref), patience);
  const awaited = before.get('Programmed')?.status !== 'True';
  const programmed = compiled.pending.has(ref) ? SUBNET_ID_PENDING : progress.of(ref, awaited);
  if (stays && programmed.status === 'True') {
    const held = isTrue(stays.reason, stays.message);
    return { Accepted: ACCEPTED, Programmed: held, Ready: isUnknown(stays.reason, stays.message) };
  }
  return { Accepted: ACCEPTED, Programmed: programmed, Ready: readyOf(programmed) };
};

const SUBNET_ID_PENDING = isUnknown(
  'SubnetIdPending',
  'waiting for the id of the subnet: a server has to say first whether it holds leases of the prefix under an earlier id, and none does',
);

export const rejected = ({ reason, message }: Rejection, kept: boolean): ChildFindings => {
  const goesOn = kept ? '; what was accepted before goes on serving' : '';
  return {
    Accepted: isFalse(reason, message),
    Programmed: isFalse('NotAccepted', `not accepted: see the condition Accepted${goesOn}`),
    Ready: isFalse(reason, message),
  };
};

/** @param patience With what it refers to, where that is not there yet, ms. */
const refused = (rejection: Rejection, kept: boolean, patience: number): ChildFindings => {
  if (!rejection.awaits || patience <= 0) return rejected(rejection, kept);
  const { reason } = rejection;
  const message = `waiting for what it refers to: ${rejection.message}`;
  const goesOn = kept ? '; what was accepted before goes on serving' : '';
  return {
    Accepted: isUnknown(reason, message),
    Programmed: isUnknown('NotAccepted', `not accepted yet: see the condition Accepted${goesOn}`),
    Ready: isUnknown(reason, message),
  };
};

const leaving = (programmed: Finding): ChildFindings => {
  const { reason, message } =
    programmed.status === 'Unknown' ? readyOf(programmed) : isUnknown('Reconciling', programmed.message);
  return { Accepted: ACCEPTED, Programmed: programmed, Ready: isUnknown(reason, `being removed: ${message}`) };
};

/** Reasons to wait that the reader should see as such, rather than as work under way. */
const TELLING: ReadonlySet<string> = new Set([
  'DryRun',
  'Paused',
  'MassDeletionWithheld',
  'SubnetIdPending',
  'BackendUnavailable',
]);

const readyOf = ({ status, reason, message }: Finding): Finding =>
  status === 'Unknown' && !TELLING.has(reason) ? isUnknown('Reconciling', message) : { status, reason, message };

/** The pass did not come so far. What was said of the present generation stays; ten thousand objects are not rewritten because a database blinks. */
const unjudged = (
  attempt: Attempt,
  child: Child,
  before: ReadonlyMap<string, KnownCondition>,
): ChildFindings | undefined => {
  const generation = generationOf(child);
  const known = (type: string): KnownCondition | undefined => {
    const condition = before.get(type);
    return condition?.observedGeneration === generation ? condition : undefined;
  };
  const settled = known('Ready')?.status;
  if (settled === 'True' || settled === 'False') return undefined;
  const obstacle = obstacleOf(attempt) ?? PENDING;
  const programmed = isUnknown(obstacle.reason, obstacle.message);
  const accepted = known('Accepted') ?? isUnknown('Pending', 'not judged yet');
  return { Accepted: accepted, Programmed: programmed, Ready: readyOf(programmed) };
};

/** How many Subnets a network has, counted once somebody asks. */
const countMembers = ({ desired }: Compiled): ((network: string) => number) => {
  let members: Map<string, number> | undefined;
  return (network) => {
    if (!members) {
      members = new Map();
      for (const { body } of desired.subnets.values()) {
        const name = body['shared-network-name'];
        if (name !== undefined) members.set(name, (members.get(name) ?? 0) + 1);
      }
    }
    return members.get(network) ?? 0;
  };
};

/** What is to be known of the other objects, for what a status has beside its conditions. */
interface Known {
  readonly membersOf: (network: string) => number;
  readonly warningsOf: ReturnType<typeof childWarnings>;
}

const extraFields = (
  child: Child,
  { snapshot, compiled }: Attempt,
  known: Known | undefined,
): Readonly<Record<string, unknown>> => {
  const { kind, ref } = child;
  if (!compiled || !known) return keptFields(kind, child.object.status);
  const id = compiled.subnetIds.get(ref) ?? (compiled.kept.has(ref) ? idOfRow(compiled, ref) : undefined);
  // What is odd about a Subnet that is going is nobody's to put right.
  const warnings = compiled.deletions.get(ref)?.state === 'draining' ? [] : known.warningsOf(child, id);
  const surprises = warnings.length > 0 ? { warnings, warningCount: warnings.length } : {};
  switch (kind) {
    case 'SharedNetwork':
      return { subnets: known.membersOf(child.name), ...surprises };
    case 'Subnet':
      return {
        haPair: snapshot.pair.metadata.name,
        ...(id === undefined ? idBefore(child) : { subnetId: id }),
        ...surprises,
      };
    case 'HostReservation':
      return { haPair: snapshot.pair.metadata.name, ...surprises };
    case 'ClientClass':
    case 'OptionDefinition':
      return surprises;
  }
};

/** A deletion that waits or is withheld leaves the row as it is. */
const idBefore = ({ kind, object, isDeleting }: Child): Readonly<Record<string, unknown>> => {
  const { subnetId } = isDeleting ? keptFields(kind, object.status) : {};
  return subnetId === undefined ? {} : { subnetId };
};

const idOfRow = ({ desired }: Compiled, ref: ObjectRef): number | undefined =>
  desired.subnets.values().find(({ marker }) => marker?.object === ref)?.body.id;

const SHAPES: Readonly<Record<ObjectKind, Readonly<Record<string, z.ZodType>>>> = {
  SharedNetwork: sharedNetworkKind.status.shape,
  Subnet: subnetKind.status.shape,
  HostReservation: hostReservationKind.status.shape,
  ClientClass: clientClassKind.status.shape,
  OptionDefinition: optionDefinitionKind.status.shape,
};

/** The fields that stay as the status has them; one that does not fit its schema goes, as with it the API server would take none. */
const keptFields = (kind: ObjectKind, status: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    CHILD_FIELDS[kind].slice(2).flatMap((field) => {
      const data = SHAPES[kind][field]?.safeParse(at(status, field)).data;
      return data === undefined ? [] : [[field, data]];
    }),
  );
