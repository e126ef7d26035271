/** What metrics tell of a pass. */
import { isPaused } from '../api/stored.ts';
import type { PassFacts, ServerFacts } from '../metrics/pairs.ts';
import { countsOf } from '../status/pairFields.ts';
import type { ServerOutcome } from '../status/types.ts';
import type { AttemptDraft } from './context.ts';

/** @param failed The pass did not come to its end. */
export const passFacts = (draft: AttemptDraft, failed: boolean): PassFacts => {
  const { snapshot, compiled, plan, servers, certificates } = draft;
  const withheld = plan?.withheld.filter(({ why }) => why === 'MassDeletionWithheld').length;
  return {
    paused: isPaused(snapshot.pair.spec),
    databaseUp: databaseUp(draft),
    servers: serverFacts(servers),
    objects: compiled && countsOf(compiled, snapshot.pair),
    withheld,
    certificates,
    succeededAt: !failed && draft.failure === undefined && draft.written === true ? draft.now : undefined,
  };
};

/** A schema that is not there yet says that the database answers; credentials that are missing, that nobody can ask it. */
const databaseUp = ({ backendReachable, backendProblem }: AttemptDraft): boolean | undefined => {
  if (backendReachable) return true;
  return backendProblem === undefined ? undefined : false;
};

const serverFacts = (servers: readonly ServerOutcome[]): readonly ServerFacts[] => {
  const offsets = servers.flatMap(({ clockOffset }) => (clockOffset === undefined ? [] : [clockOffset]));
  const last = Math.min(...offsets);
  return servers.map(({ name, serving, synchronized, state, clockOffset, unackedClients }) => {
    // Of one clock alone nobody can say whether it is right.
    const isCompared = clockOffset !== undefined && offsets.length > 1;
    const clockSkew = isCompared ? (clockOffset - last) / 1000 : undefined;
    return { name, serving, synchronized, state, clockSkew, unackedClients };
  });
};
