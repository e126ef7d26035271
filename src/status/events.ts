/** The events of a pass. */
import { haPairKind } from '../api/haPair.ts';
import { at, refOf } from '../compile/objects.ts';
import { ownerOf, summarize } from '../plan/describe.ts';
import type { ChildReport } from './children.ts';
import type { Finding, KnownCondition } from './conditions.ts';
import type { PairFindings } from './pair.ts';
import type { Attempt, EventWrite } from './types.ts';
import { pairWarnings } from './warnings.ts';

/** Past so many in one pass an event for each would only drown the others; the statuses say it all. */
const MANY = 100;

/** That an object was rejected, where its conditions did not say so before. */
export function* acceptedEvents({ object, findings: { Accepted }, before }: ChildReport): Generator<EventWrite> {
  if (Accepted.status === 'False' && isNews(Accepted, before.get('Accepted'))) {
    yield { object, type: 'Warning', reason: Accepted.reason, action: 'Compile', note: Accepted.message };
  }
}

/** What happened to a child in this pass: only what its conditions did not say before. */
export function* childEvents(child: ChildReport, attempt: Attempt): Generator<EventWrite> {
  const { object, ref, findings, before } = child;
  const { Accepted, Programmed } = findings;
  yield* acceptedEvents(child);
  if (Accepted.status !== 'False' && Programmed.status === 'False' && isNews(Programmed, before.get('Programmed'))) {
    yield { object, type: 'Warning', reason: Programmed.reason, action: 'Apply', note: Programmed.message };
  }
  if (HOLDING.has(Programmed.reason) && before.get('Programmed')?.reason !== Programmed.reason) {
    const type = Programmed.reason === 'Draining' ? 'Normal' : 'Warning';
    yield { object, type, reason: Programmed.reason, action: 'Delete', note: Programmed.message };
  }
  if (attempt.adopted.includes(ref)) {
    const note = 'a row that the operator had not written was taken over';
    yield { object, type: 'Normal', reason: 'RowAdopted', action: 'Adopt', note };
  }
  const ids = attempt.compiled?.subnetIds;
  const id = ids?.get(ref);
  const isNew = Programmed.status === 'True' && at(object.status, 'subnetId') !== id;
  if (id !== undefined && isNew && (ids?.size ?? 0) <= MANY) {
    yield { object, type: 'Normal', reason: 'SubnetIdAssigned', action: 'AssignId', note: `subnet id ${id}` };
  }
}

const HOLDING: ReadonlySet<string> = new Set(['LeasesActive', 'ReferencesExist', 'Draining']);

const isNews = ({ status, reason }: Finding, before: KnownCondition | undefined): boolean =>
  before?.status !== status || before.reason !== reason;

/** What happened to a pair in this pass. */
export function* pairEvents(
  attempt: Attempt,
  findings: PairFindings,
  before: ReadonlyMap<string, KnownCondition>,
): Generator<EventWrite> {
  const object = attempt.snapshot.pair;
  const { plan, written, refusals, waiting, untried, drift, failure } = attempt;
  const made = (plan?.changes ?? []).filter((change) => {
    const owner = ownerOf(change) ?? refOf('HAPair', object);
    return ![refusals, waiting, untried].some((kept) => kept.has(owner));
  });
  if (written === true && made.length > 0) {
    const note = `${summarize(made)}${attempt.revision === undefined ? '' : `, revision ${attempt.revision}`}`;
    yield { object, type: 'Normal', reason: 'ConfigurationApplied', action: 'Apply', note };
  }
  if (drift > 0) {
    const note = `${drift} ${drift === 1 ? 'row or object of a server' : 'rows or objects of servers'} differed from what is desired and ${drift === 1 ? 'was' : 'were'} put right`;
    yield { object, type: 'Normal', reason: 'DriftCorrected', action: 'Correct', note };
  }
  for (const [type, finding] of Object.entries(findings) as [keyof PairFindings, Finding][]) {
    if (type === 'Ready' || finding.status !== 'False' || !isNews(finding, before.get(type))) continue;
    yield { object, type: 'Warning', reason: finding.reason, action: 'Check', note: finding.message };
  }
  const warned = haPairKind.status.safeParse(object.status).data?.warnings ?? [];
  for (const { reason, message } of pairWarnings(attempt)) {
    if (warned.some((warning) => warning.reason === reason)) continue;
    yield { object, type: 'Warning', reason, action: 'Check', note: message };
  }
  if (failure && findings.Programmed.reason !== failure.reason) {
    yield { object, type: 'Warning', reason: failure.reason, action: 'Reconcile', note: failure.message };
  }
  const known = before.get('Ready');
  if (findings.Ready.status === 'True' && known?.status !== 'True') {
    yield { object, type: 'Normal', reason: 'Ready', action: 'Check', note: findings.Ready.message };
  }
}
