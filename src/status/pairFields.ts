/** The fields of a HAPair’s status beside its conditions. */
import { haPairKind, type HAPairStatus, type ServerStatus } from '../api/haPair.ts';
import type { HAPair } from '../api/index.ts';
import { refOf } from '../compile/objects.ts';
import type { Compiled } from '../compile/types.ts';
import { describeChange } from '../plan/describe.ts';
import { timeText } from './conditions.ts';
import type { Attempt, ServerOutcome } from './types.ts';
import { pairWarnings } from './warnings.ts';

/** Fields of a HAPair's status that the report writes. */
export const PAIR_FIELDS = [
  'observedGeneration',
  'conditions',
  'serverTag',
  'database',
  'schemaVersion',
  'revision',
  'servers',
  'serversReady',
  'accepted',
  'rejected',
  'plan',
  'warnings',
] as const satisfies readonly (keyof HAPairStatus)[];

/** At most so many lines of a plan: etcd keeps them. */
const PLAN_LINES = 50;
const HEARTBEAT_MS = 30_000;

/** The fields of the status beside its conditions. What the pass did not learn stays as it was. */
export const pairFields = (attempt: Attempt): Omit<HAPairStatus, 'conditions' | 'observedGeneration'> => {
  const { snapshot, compiled, plan, servers } = attempt;
  const before = haPairKind.status.safeParse(snapshot.pair.status).data;
  const counted = compiled
    ? countsOf(compiled, snapshot.pair)
    : { accepted: before?.accepted, rejected: before?.rejected };
  const lines = plan ? planLines(attempt) : before?.plan;
  const warnings = pairWarnings(attempt);
  const knownServer = (name: string) => before?.servers?.find((server) => server.name === name);
  return definedIn({
    serverTag: attempt.serverTag === '' ? before?.serverTag : attempt.serverTag,
    database: attempt.database ?? before?.database,
    schemaVersion: attempt.schemaVersion ?? before?.schemaVersion,
    revision: attempt.revision ?? before?.revision,
    ...(servers.length > 0
      ? {
          servers: servers.map((server) => renderServer(server, knownServer(server.name))),
          serversReady: `${servers.filter(({ serving }) => serving).length}/${servers.length}`,
        }
      : { servers: before?.servers, serversReady: before?.serversReady }),
    accepted: counted.accepted,
    rejected: counted.rejected,
    plan: lines?.length ? [...lines] : undefined,
    warnings: warnings.length > 0 ? [...warnings] : undefined,
  });
};

/** Of the pair's children. */
const countsOf = ({ verdicts, rejected }: Compiled, pair: HAPair) => {
  const judged = verdicts.has(refOf('HAPair', pair)) ? verdicts.size - 1 : verdicts.size;
  return { accepted: judged - rejected, rejected };
};

/** The fields that are set: a status that is applied must not name those that it leaves alone. */
const definedIn = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const planLines = ({ plan }: Attempt): readonly string[] => {
  const withheld = plan?.withheld ?? [];
  if (withheld.length <= PLAN_LINES) return withheld.map(({ change }) => describeChange(change));
  const shown = withheld.slice(0, PLAN_LINES - 1).map(({ change }) => describeChange(change));
  return [...shown, `… and ${withheld.length - shown.length} more`];
};

const renderServer = (server: ServerOutcome, before: ServerStatus | undefined): ServerStatus => {
  const {
    reachable: _reachable,
    serving: _serving,
    answers: _answers,
    clockOffset: _offset,
    cutOff: _cutOff,
    left: _left,
    stuck: _stuck,
    lastAnswer,
    ...rest
  } = server;
  return definedIn<ServerStatus>({ ...rest, lastHeartbeat: heartbeat(lastAnswer, before?.lastHeartbeat) });
};

/** The time of the last answer; within half a minute the one that stands there will do, so that nothing is written for it. */
const heartbeat = (lastAnswer: number | undefined, before: string | undefined): string | undefined => {
  if (lastAnswer === undefined) return before;
  const known = Date.parse(before ?? '');
  return before !== undefined && Math.abs(lastAnswer - known) < HEARTBEAT_MS ? before : timeText(lastAnswer);
};
