import { BackendUnavailable } from '../backend/backend.ts';
import type { Snapshot } from '../compile/types.ts';
import { rowName, type RowRef } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import { definitionProblem } from '../status/progress.ts';
import { referencesIn } from '../workload/bootstrap/references.ts';
import { type Applied, applyRows, tryRows } from './apply.ts';
import type { PassContext } from './context.ts';
import type { FoundPair } from './converge.ts';
import { spendPermissions } from './permissions.ts';
import { step } from './phases.ts';
import { planRows } from './planRows.ts';
import { sharingOf } from './sharing.ts';

/** A Subnet whose last reservation went is looked up so long, at the most: it may get another one, and each change of it is one of the servers. */
const DROP_LOOKUPS_MS = 3_600_000;

/** observe → compile → plan → preflight → apply. Undefined where the database does not let it. */
export const reconcileRows = async (pass: PassContext, found: FoundPair): Promise<Applied | undefined> => {
  const { draft } = pass;
  try {
    return await tryAndApply(pass, found);
  } catch (error) {
    if (!(error instanceof BackendUnavailable)) throw error;
    draft.backendReachable = false;
    draft.backendProblem = { reason: error.reason, message: error.message };
    return undefined;
  }
};

const tryAndApply = async (pass: PassContext, found: FoundPair): Promise<Applied | undefined> => {
  const { draft, limit, memory, signal } = pass;
  const { connections, topology, state, barred, contacts } = found;
  const { definitions } = draft;
  const sharing = sharingOf([...contacts.values()].map(({ status }) => status));
  const snapshot: Snapshot = sharing === undefined ? draft.snapshot : { ...draft.snapshot, sharing };
  draft.phase = 'plan';
  const { schemaVersion } = await connections.backend.probe(signal);
  draft.backendReachable = true;
  if (schemaVersion === undefined) {
    if (state.schema.complete) await pass.workload.remakeSchema(topology, signal);
    return undefined;
  }
  draft.schemaVersion = schemaVersion;
  if (definitionProblem(definitions) !== undefined) return undefined;
  const now = pass.clock.monotonic();
  const dropsLookups = now - memory.lookupsDroppedAt > DROP_LOOKUPS_MS;
  const { serverTag } = topology;
  const planned = await step(pass, 'plan', () =>
    planRows(pass, { snapshot, serverTag, definitions, dropsLookups, configured: configuredIn(found) }, connections),
  );
  draft.compiled = planned.compiled;
  draft.plan = planned.plan;
  draft.revision = planned.observed.revision;
  // Before an id is in a database that may be restored from an older dump.
  await pass.publisher.publishGreatestId(snapshot.pair, topology.family, planned.greatestSubnetId, signal);
  const tried = await step(pass, 'preflight', () => tryRows(pass, planned, connections.servers, barred));
  const applied = await step(pass, 'apply', () => applyRows(pass, planned, tried, connections));
  draft.refusals = applied.refusals;
  draft.waiting = applied.waiting;
  draft.untried = applied.untried;
  draft.written = true;
  if (dropsLookups) memory.lookupsDroppedAt = now;
  draft.revision = applied.revision;
  draft.adopted = adoptedIn(applied);
  // What let these removals through would let the next ones through unasked.
  await limit.whole(() => spendPermissions(pass.client, snapshot.pair, planned, applied, signal));
  return applied;
};

/** What the configurations refer to that servers have, or are to have. */
const configuredIn = ({ state, topology: { family } }: FoundPair): readonly RowRef[] => {
  const configs = state.servers.flatMap(({ wanted, stored }) => [wanted.config, ...(stored ? [stored.config] : [])]);
  const references = configs.flatMap((config) => referencesIn(family, config));
  return [...new Map(references.map((one) => [rowName(one.kind, one.key), one])).values()];
};

const adoptedIn = ({ changes }: Applied): readonly ObjectRef[] =>
  changes.flatMap((change) => {
    if (change.op !== 'update' || change.was.marker !== undefined || change.item.marker === undefined) return [];
    return [change.item.marker.object];
  });
