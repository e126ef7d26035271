import { carriedRows } from '../workload/carriedRows.ts';
import type { Footing } from '../workload/carryOut.ts';
import type { ServerConvergence } from '../workload/convergence.ts';
import type { Applied } from './apply.ts';
import { type PassContext, SOON_MS } from './context.ts';
import type { FoundPair } from './converge.ts';
import { provenRows, revisionNumber } from './keepProven.ts';
import { followedOf } from './outcomes.ts';
import { step } from './phases.ts';

/**
 * Makes the one change to configuration or pods of the servers that may be made now. Gives how they stand after it.
 * @param applied The rows; undefined: they cannot be read or written now.
 */
export const configure = async (
  pass: PassContext,
  found: FoundPair,
  applied: Applied | undefined,
): Promise<ReadonlyMap<string, ServerConvergence>> => {
  const { draft, limit, log, memory, settler, signal } = pass;
  const { connections, outcomes } = found;
  const footing = footingOf(pass, found, applied);
  // A server that takes a configuration serves nobody until its clients are seen to again.
  const settled = await step(pass, 'settle', () =>
    limit.whole(() => settler.configure(found, found.looked, footing, signal)),
  );
  for (const { server: name, reason, message } of settled.done) {
    connections.servers.find(({ client }) => client.name === name)?.forget();
    // What one configuration refuses another may take.
    memory.refused.clear();
    pass.tell(draft.snapshot, reason, message);
    log.info({ reason }, message);
  }
  if (settled.done.length > 0) memory.unsettled = 0;
  if (settled.done.length > 0 || settled.handsBack) draft.againMs = SOON_MS;
  if (settled.refused !== undefined) draft.configRefusal = settled.refused;
  draft.servers = outcomes(settled.servers, followedOf(connections));
  return settled.servers;
};

/** What the servers stand on: what the database was just seen to hold, or else what was kept of it. */
const footingOf = (
  { memory, workload, signal }: PassContext,
  { desired, topology }: FoundPair,
  applied: Applied | undefined,
): Footing => {
  const rows = applied && provenRows(applied);
  const kept = memory.kept === undefined ? 0 : revisionNumber(memory.kept.revision);
  return {
    subnets: rows && new Set([...rows.foreign.subnets.keys(), ...rows.owned.subnets.keys()]),
    revision: applied?.revision,
    given: async () => (rows === undefined ? workload.readRows(topology, signal) : carriedRows(topology.family, rows)),
    checkDatabase: (server) => workload.checkDatabase(desired, server, rows?.revision ?? kept, signal),
  };
};
