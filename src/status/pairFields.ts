/** The fields of a HAPair’s status beside its conditions. */
import { familyStatus, familyStatusIn } from '../api/families.ts';
import { haPairKind, type HAPairStatus, type ServerStatus } from '../api/haPair.ts';
import type { HAPair } from '../api/index.ts';
import { at, refOf, shortNameOf, textAt } from '../compile/objects.ts';
import type { Compiled } from '../compile/types.ts';
import { FAMILIES, ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import { describeChanges } from '../plan/describe.ts';
import { timeText } from './conditions.ts';
import { joined } from './told.ts';
import type { Attempt, ServerOutcome } from './types.ts';
import { pairWarnings } from './warnings.ts';

/** Fields of a HAPair's status that the report writes whole; beside them the revision of each family. */
export const PAIR_FIELDS = [
  'observedGeneration',
  'conditions',
  'serverTag',
  'database',
  'schemaVersion',
  'servers',
  'serversReady',
  'accepted',
  'rejected',
  'rejectedObjects',
  'plan',
  'warnings',
  'warningCount',
] as const satisfies readonly (keyof HAPairStatus)[];

/** At most so many lines of a plan: etcd keeps them. */
const PLAN_LINES = 50;
const HEARTBEAT_MS = 30_000;

type Fields = Omit<HAPairStatus, 'conditions' | 'observedGeneration'>;

/** The fields of the status beside its conditions, as the pass of one family has them. What it did not learn is absent. */
export interface FamilyFields extends Omit<Fields, 'serversReady' | 'dhcp6' | 'greatestSubnetId' | 'warningCount'> {
  /** Of the servers; absent where none is known. */
  readonly serving?: number;
}

export const familyFields = (attempt: Attempt): FamilyFields => {
  const { snapshot, compiled, plan, servers } = attempt;
  const before = haPairKind.status.safeParse(snapshot.pair.status).data;
  const word = ipFamilyOf(snapshot.family);
  const knownServer = (name: string) =>
    before?.servers?.find((server) => server.name === name && server.ipFamily === word);
  const warnings = pairWarnings(attempt);
  return definedIn<FamilyFields>({
    serverTag: attempt.serverTag === '' ? undefined : attempt.serverTag,
    database: attempt.database,
    schemaVersion: attempt.schemaVersion,
    revision: attempt.revision,
    ...(servers.length > 0
      ? {
          servers: servers.map((server) => renderServer(server, knownServer(server.name))),
          serving: servers.filter(({ serving }) => serving).length,
        }
      : { servers: undefined, serving: undefined }),
    ...(compiled
      ? { ...countsOf(compiled, snapshot.pair), rejectedObjects: compiled.firstRejected.map(shortNameOf) }
      : { accepted: undefined, rejected: undefined, rejectedObjects: undefined }),
    plan: plan && [...planLines(attempt)],
    warnings: [...warnings],
  });
};

/** The fields of all families that have something to say. What no pass learned stays as it was. */
export const mergeFields = (pair: HAPair, reports: readonly Of<FamilyFields>[]): Fields => {
  const before = haPairKind.status.safeParse(pair.status).data;
  const sorted = reports.toSorted((a, b) => a.family.version - b.family.version);
  const first = <K extends keyof FamilyFields>(field: K): FamilyFields[K] | undefined =>
    sorted.map(({ fields }) => fields[field]).find((value) => value !== undefined);
  const sum = (field: 'accepted' | 'rejected' | 'serving'): number | undefined =>
    sorted.every(({ fields }) => fields[field] !== undefined)
      ? sorted.reduce((total, { fields }) => total + (fields[field] ?? 0), 0)
      : undefined;
  const revisionOf = (family: Family): Fields => {
    const found = sorted.find((one) => one.family === family)?.fields.revision;
    const revision = found ?? textAt(familyStatusIn(before, family), 'revision');
    return revision === undefined ? {} : familyStatus(family, { revision });
  };
  const serversBefore = (family: Family) =>
    before?.servers?.filter(({ ipFamily }) => ipFamily === ipFamilyOf(family)) ?? [];
  const servers = sorted.flatMap(({ family, fields }) => fields.servers ?? serversBefore(family));
  const serving = sum('serving');
  const rejected = sum('rejected');
  const named = sorted.flatMap(({ fields }) => fields.rejectedObjects ?? []);
  const plans = sorted.flatMap(({ fields }) => fields.plan ?? []);
  const plan = sorted.some(({ fields }) => fields.plan !== undefined) ? plans : before?.plan;
  const warnings = mergeWarnings(sorted);
  return definedIn<Fields>({
    serverTag: first('serverTag') ?? before?.serverTag,
    database: first('database') ?? before?.database,
    schemaVersion: first('schemaVersion') ?? before?.schemaVersion,
    ...FAMILIES.map(revisionOf).reduce((all, one) => ({ ...all, ...one }), {}),
    servers: servers.length > 0 ? servers : undefined,
    serversReady: serving === undefined ? before?.serversReady : `${serving}/${servers.length}`,
    accepted: sum('accepted') ?? before?.accepted,
    rejected: rejected ?? before?.rejected,
    rejectedObjects: rejected === undefined ? before?.rejectedObjects : named.length > 0 ? named : undefined,
    plan: plan?.length ? plan : undefined,
    warnings: warnings.length > 0 ? warnings : undefined,
    warningCount: warnings.length > 0 ? warnings.length : undefined,
  });
};

/** What is of a family. */
interface Of<T> {
  readonly family: Family;
  readonly fields: T;
}

/** A list that is a map by reason. */
const mergeWarnings = (reports: readonly Of<FamilyFields>[]): NonNullable<Fields['warnings']> => {
  const byReason = new Map<string, NonNullable<Fields['warnings']>[number]>();
  for (const { family, fields } of reports) {
    for (const warning of fields.warnings ?? []) {
      const known = byReason.get(warning.reason);
      byReason.set(warning.reason, known ? joined(known, warning, `${ipFamilyOf(family)}: `) : warning);
    }
  }
  return [...byReason.values()];
};

/** The greatest subnet id of a family that was ever given, as a pair's status remembers it; 0: none was. */
export const greatestSubnetIdOf = ({ status }: Pick<HAPair, 'status'>, family: Family): number => {
  const given = at(familyStatusIn(status, family), 'greatestSubnetId');
  return typeof given === 'number' ? given : 0;
};

/** Of the pair's children. */
export const countsOf = ({ verdicts, rejected }: Compiled, pair: HAPair) => {
  const judged = verdicts.has(refOf('HAPair', pair)) ? verdicts.size - 1 : verdicts.size;
  return { accepted: judged - rejected, rejected };
};

/** The fields that are set: a status that is applied must not name those that it leaves alone. */
const definedIn = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const planLines = ({ plan }: Attempt): readonly string[] =>
  describeChanges(
    (plan?.withheld ?? []).map(({ change }) => change),
    PLAN_LINES,
  );

/** What is known of a server and no field of its status: the API server would take no status at all with it. */
const UNSHOWN: Readonly<Record<Exclude<keyof ServerOutcome, keyof ServerStatus>, true>> = {
  reachable: true,
  serving: true,
  answers: true,
  clockOffset: true,
  unackedClients: true,
  cutOff: true,
  left: true,
  stuck: true,
  portInUse: true,
  lastAnswer: true,
};

const renderServer = (server: ServerOutcome, before: ServerStatus | undefined): ServerStatus => {
  const shown = Object.fromEntries(Object.entries(server).filter(([field]) => !(field in UNSHOWN)));
  const lastHeartbeat = heartbeat(server.lastAnswer, before?.lastHeartbeat);
  return definedIn<ServerStatus>({ ...(shown as Omit<ServerStatus, 'lastHeartbeat'>), lastHeartbeat });
};

/** The time of the last answer; within half a minute the one that stands there will do, so that nothing is written for it. */
const heartbeat = (lastAnswer: number | undefined, before: string | undefined): string | undefined => {
  if (lastAnswer === undefined) return before;
  const known = Date.parse(before ?? '');
  return before !== undefined && Math.abs(lastAnswer - known) < HEARTBEAT_MS ? before : timeText(lastAnswer);
};
