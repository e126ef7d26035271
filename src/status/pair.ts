/** What is to be said of a HAPair. */
import { portsOf } from '../api/families.ts';
import { ANNOTATIONS } from '../api/kind.ts';
import { failureReasons } from '../api/reasons.ts';
import { scopesOf } from '../api/roles.ts';
import { isPaused, serversIn } from '../api/stored.ts';
import { nameIn, nameOf, refOf, shortNameOf } from '../compile/objects.ts';
import { commonIn, countChildren, reservationsIn } from '../compile/snapshot.ts';
import { withPort } from '../kea/address.ts';
import { ipFamilyOf } from '../kea/families.ts';
import { isSettled, isState, SKEW_LIMIT, SKEW_WARNING } from '../kea/ha.ts';
import { type Finding, isFalse, isTrue, isUnknown, type KnownCondition } from './conditions.ts';
import { type Judgement, withinGracePeriod } from './gracePeriod.ts';
import { namesAndWhy, obstacleOf, PENDING, REFUSERS } from './progress.ts';
import type { Attempt } from './types.ts';

export interface PairFindings {
  readonly Ready: Finding;
  readonly WorkloadAvailable: Finding;
  readonly BackendReachable: Finding;
  readonly Programmed: Finding;
  readonly Synchronized: Finding;
}

type Before = ReadonlyMap<string, KnownCondition>;

export const judgePair = (attempt: Attempt, before: Before): PairFindings => {
  const { pair, spec } = attempt.snapshot;
  if (isPaused(pair.spec)) {
    return untouched(attempt, before, isUnknown('Paused', 'the HAPair is paused: database and servers are left alone'));
  }
  if (pair.unread && 'rejection' in spec) {
    const message = `${spec.rejection.message}; until then database and servers are left as they are`;
    return untouched(attempt, before, isFalse(spec.rejection.reason, message));
  }
  const parts = {
    WorkloadAvailable: withinGracePeriod(workload(attempt), before.get('WorkloadAvailable'), attempt),
    BackendReachable: withinGracePeriod(backend(attempt), before.get('BackendReachable'), attempt),
    Programmed: withinGracePeriod(programmed(attempt), before.get('Programmed'), attempt),
    Synchronized: withinGracePeriod(synchronized(attempt), before.get('Synchronized'), attempt),
  };
  return { Ready: ready(attempt, parts), ...parts };
};

/** Nothing was looked at: what was found before stands. */
const untouched = (attempt: Attempt, before: Before, why: Finding): PairFindings => {
  const kept = (type: string): Finding => before.get(type) ?? isUnknown(why.reason, why.message);
  const references = attempt.snapshot.pair.metadata.deletionTimestamp === undefined ? undefined : referencesTo(attempt);
  return {
    Ready: references === undefined ? why : isUnknown('ReferencesExist', references),
    WorkloadAvailable: kept('WorkloadAvailable'),
    BackendReachable: kept('BackendReachable'),
    Programmed: why,
    Synchronized: kept('Synchronized'),
  };
};

const workload = (attempt: Attempt): Judgement => {
  const { workloadProblems, servers } = attempt;
  const [problem] = workloadProblems.filter(({ reason }) => reason !== 'SchemaNotReady');
  if (problem) return { finding: isFalse(problem.reason, problem.message) };
  if (servers.length === 0) return { finding: isFalse('WorkloadUnavailable', 'no server runs yet'), passing: true };
  const split = splitBrain(attempt);
  if (split) return { finding: split };
  const { spec } = attempt.snapshot.pair;
  const named = serversIn(spec);
  const scopes = named.length === 0 ? [] : scopesOf({ mode: spec.mode, servers: named });
  const unserved = scopes.filter((scope) => !servers.some(({ answers }) => answers.includes(scope)));
  const down = servers.filter(({ serving }) => !serving);
  const who = namesAndWhy(down);
  const does = down.length === 1 ? 'does' : 'do';
  const why = who === '' ? 'no server has taken them over yet' : `${who} ${does} not serve`;
  const inUse = down.some((server) => server.portInUse === true);
  const stuck = inUse || down.some((server) => server.stuck === true);
  if (unserved.length > 0 && unserved.length === scopes.length) {
    const finding = isFalse(inUse ? 'PortInUse' : 'WorkloadUnavailable', `no client is answered: ${why}`);
    return { finding, passing: true, stuck };
  }
  if (unserved.length > 0) {
    const message = `the clients of ${unserved.join(', ')} are not answered: ${why}; the partner answers its own alone`;
    return { finding: isFalse(inUse ? 'PortInUse' : 'ScopeUnserved', message), passing: true, stuck };
  }
  if (down.length > 0) {
    const up = servers.filter(({ answers }) => answers.length > 0).map(({ name }) => name);
    const message = `${who} ${does} not serve clients; ${up.join(', ')} ${up.length === 1 ? 'answers' : 'answer'} them all`;
    return { finding: isFalse('PartnerDown', message), passing: true, stuck };
  }
  return { finding: isTrue('WorkloadAvailable', 'every server runs, and all clients are answered') };
};

/** Two servers that do not hear each other answer everybody both, and may give one address to two clients. */
const splitBrain = ({ servers, snapshot }: Attempt): Finding | undefined => {
  const alone = servers.filter(({ reachable, state }) => reachable && isState(state, 'partner-down'));
  if (alone.length < 2) return undefined;
  const { haPort } = portsOf(snapshot.pair.spec, snapshot.family);
  const ways = alone.map(({ name, address = '?' }) => `${name} (${withPort(address, haPort)})`).join(' and ');
  const names = alone.map(({ name }) => name).join(' and ');
  return isFalse(
    'SplitBrain',
    `${names} both answer all clients and may give one address to two of them, as neither hears the other: open the way between ${ways}`,
  );
};

const backend = ({ backendProblem, backendReachable, schemaVersion, workloadProblems }: Attempt): Judgement => {
  const schema = workloadProblems.find(({ reason }) => reason === 'SchemaNotReady');
  if (backendProblem) {
    const { reason, message } = backendProblem;
    if (reason === 'SchemaNotReady') return { finding: isUnknown(reason, message) };
    return { finding: isFalse(reason, message), passing: reason === 'BackendUnavailable' };
  }
  if (backendReachable && schemaVersion !== undefined) {
    return {
      finding: isTrue('BackendReachable', `the database answers, with version ${schemaVersion} of Kea's schema`),
    };
  }
  if (schema?.stuck === true) return { finding: isFalse(schema.reason, schema.message), passing: true, stuck: true };
  if (schema) return { finding: isUnknown(schema.reason, schema.message) };
  if (backendReachable) return { finding: isUnknown('SchemaNotReady', "the database has not yet Kea's schema") };
  return { finding: isUnknown('Pending', 'not asked yet') };
};

/** Of a pass, where they are no mere wait. */
const FAILURES: ReadonlySet<string> = new Set([
  ...Object.keys(failureReasons),
  'InvalidSpec',
  'ServerRefused',
  'BackendRefused',
]);

const programmed = (attempt: Attempt): Judgement => {
  const { compiled, plan, refusals, waiting, untried, snapshot } = attempt;
  const own = compiled?.verdicts.get(refOf('HAPair', snapshot.pair));
  if (own?.accepted === false) return { finding: isFalse(own.reason, own.message) };
  const obstacle = obstacleOf(attempt);
  if (!compiled || !plan) {
    const { reason, message } = obstacle ?? PENDING;
    return { finding: FAILURES.has(reason) ? isFalse(reason, message) : isUnknown(reason, message) };
  }
  const withheld = withheldIn(attempt);
  const vanished = vanishedIn(attempt);
  if (vanished) {
    const more = withheld?.status === 'False' ? `. Besides, ${withheld.message}` : '';
    return { finding: isFalse('SubnetsVanished', `${vanished}${more}`) };
  }
  if (withheld?.status === 'False') return { finding: withheld };
  const [refused] = refusals;
  if (refused) {
    const [ref, { by, text }] = refused;
    const { who, reason } = REFUSERS[by];
    const others = refusals.size === 1 ? '' : ` and ${refusals.size - 1} more`;
    return { finding: isFalse(reason, `${who} refused ${nameOf(ref)}${others}, and it was not written: ${text}`) };
  }
  if (withheld) return { finding: withheld };
  const [trial] = untried.values();
  if (trial) return { finding: isFalse(trial.reason, trial.message), passing: true };
  const [waits] = waiting;
  if (waits) return { finding: isUnknown('Pending', `${nameOf(waits[0])} waits: ${waits[1]}`) };
  if (plan.changes.length > 0 && obstacle) {
    const finding = isFalse(obstacle.reason, obstacle.message);
    return { finding, passing: !FAILURES.has(obstacle.reason) };
  }
  if (compiled.pending.size > 0) {
    const message = `${compiled.pending.size} objects wait for the id of a subnet: a server has to say first whether it holds leases of the prefix under an earlier id, and none does`;
    return { finding: isUnknown('SubnetIdPending', message) };
  }
  return { finding: isTrue('Programmed', 'the database holds every accepted object') };
};

/** What policy keeps back. */
const withheldIn = ({ plan }: Attempt): Finding | undefined => {
  const [first] = plan?.withheld ?? [];
  if (!plan || !first) return undefined;
  const changes = plan.withheld.map(({ change }) => change);
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`;
  switch (first.why) {
    case 'DryRun':
      return isUnknown('DryRun', `changePolicy is DryRun; ${count} would be made: see status.plan`);
    case 'MassDeletionWithheld': {
      const { removals = 0, because = '' } = plan.guard ?? {};
      const what = removals === 1 ? '1 removal is' : `${removals} removals are`;
      const remedy = `set the annotation ${ANNOTATIONS.allowMassDeletion} to "${removals}" to let ${removals === 1 ? 'it' : 'them'} through, or restore the objects`;
      return isFalse('MassDeletionWithheld', `${what} withheld, as ${because}: ${remedy}`);
    }
  }
};

/** So many rows are spoken of one by one, and so many are in one command: its next one names the others. */
const TOLD = 10;
const IN_COMMAND = 100;

/** The rows that are kept although their Subnets vanished, with the command that lets them go. Undefined: there are none. */
const vanishedIn = ({ compiled, snapshot: { pair } }: Attempt): string | undefined => {
  const rows = [...(compiled?.vanished ?? [])];
  if (rows.length === 0) return undefined;
  const told = rows.slice(0, TOLD).map(([id, { object, prefix, leases }]) => {
    const count =
      leases === 'unknown'
        ? 'active leases cannot be counted now'
        : leases === 1
          ? '1 active lease'
          : `${leases} active leases`;
    return `${nameOf(object)} (${prefix}, id ${id}, ${count})`;
  });
  const who = rows.length > TOLD ? `${told.join(', ')} and ${rows.length - TOLD} more` : told.join(', ');
  const { name, namespace = '' } = pair.metadata;
  const named = rows.slice(0, IN_COMMAND).map(([id, { object }]) => (rows.length > TOLD ? id : nameIn(object)));
  const command = `kubectl annotate hapair ${name} -n ${namespace} --overwrite ${ANNOTATIONS.allowRemoval}=${named.join(',')}`;
  return rows.length === 1
    ? `${who} is gone, though nobody deleted it, and goes on serving: create it again, or let its row go by: ${command}`
    : `${who} are gone, though nobody deleted them, and go on serving: create them again, or let their rows go by: ${command}`;
};

const synchronized = (attempt: Attempt): Judgement => {
  const { servers, configRefusal } = attempt;
  if (configRefusal !== undefined) return { finding: isFalse('ServerRefused', configRefusal) };
  const silent = servers.filter(({ reachable }) => !reachable).map(({ name }) => name);
  const behind = servers.filter((server) => server.reachable && !server.synchronized);
  const unsettled = servers.filter(({ reachable, state }) => reachable && state !== undefined && !isSettled(state));
  const ended = unsettled.filter(({ state }) => isState(state, 'terminated'));
  const cutOff = servers.filter((server) => server.reachable && server.cutOff);
  if (servers.length > 0 && silent.length + behind.length + unsettled.length + cutOff.length === 0) {
    return { finding: isTrue('Synchronized', 'every server runs the present configuration') };
  }
  if (behind.length > 0) {
    const message = `not the present configuration: ${namesAndWhy(behind)}`;
    return { finding: isFalse('ServersOutOfSync', message), passing: true };
  }
  if (silent.length > 0 || servers.length === 0) {
    const message =
      servers.length === 0
        ? 'no server is known yet'
        : `no answer from ${silent.join(', ')}: see the condition WorkloadAvailable`;
    return {
      finding: isFalse(silent.length < servers.length ? 'PartnerDown' : 'ServersUnreachable', message),
      passing: true,
    };
  }
  if (ended.length > 0) return { finding: terminated(ended, servers) };
  if (cutOff.length > 0) return { finding: interrupted(cutOff, attempt), passing: true };
  const states = unsettled.map(({ name, state }) => `${name} is ${state ?? ''}`).join(', ');
  return { finding: isFalse('ServersOutOfSync', `the HA states do not fit the mode yet: ${states}`), passing: true };
};

/** Servers that answer us and do not hear their partner: nobody would take over, or both would. */
const interrupted = (cutOff: Attempt['servers'], { servers, snapshot }: Attempt): Finding => {
  const { haPort } = portsOf(snapshot.pair.spec, snapshot.family);
  const ways = cutOff.map(({ name, address = '?' }) => {
    const partner = servers.find((other) => other.name !== name && other.role !== 'Backup');
    return `${name} (${address}) gets no answer from ${partner?.name ?? 'its partner'} (${withPort(partner?.address ?? '?', haPort)})`;
  });
  return isFalse('HACommunicationInterrupted', `${ways.join(', ')}: open the way between them`);
};

const terminated = (ended: Attempt['servers'], servers: Attempt['servers']): Finding => {
  const names = ended.map(({ name }) => name).join(' and ');
  const effect = 'each answers its own clients, and nobody takes over';
  const skew = clockSkew(servers);
  if (skew !== undefined) {
    return isFalse(
      'ClockSkew',
      `${skew}: from ${SKEW_LIMIT} s on servers end their work together (${names} did), and ${effect}. Set the clocks right (NTP); the operator then brings the servers together again`,
    );
  }
  return isFalse(
    'HATerminated',
    `${names} ended the work together (HA state terminated): ${effect}. The operator brings the servers together again`,
  );
};

/** Whose clock is how far ahead of whose, where that is enough for a warning. */
export const clockSkew = (servers: Attempt['servers']): string | undefined => {
  const known = servers.flatMap(({ name, clockOffset }) => (clockOffset === undefined ? [] : [{ name, clockOffset }]));
  const sorted = known.toSorted((a, b) => a.clockOffset - b.clockOffset);
  const [first, last] = [sorted[0], sorted.at(-1)];
  const seconds = Math.round(((last?.clockOffset ?? 0) - (first?.clockOffset ?? 0)) / 1000);
  return seconds < SKEW_WARNING
    ? undefined
    : `the clock of ${last?.name ?? ''} is ${seconds} s ahead of that of ${first?.name ?? ''}`;
};

/** The first that is wrong, in the order in which a person would look. */
const ORDER = ['BackendReachable', 'WorkloadAvailable', 'Programmed', 'Synchronized'] as const;

/** Reasons to wait that the reader should see as such, rather than as work under way. */
const TELLING: ReadonlySet<string> = new Set([
  'Paused',
  'DryRun',
  'PartnerDown',
  'PortInUse',
  'HACommunicationInterrupted',
  'DefinitionMissing',
]);

const ready = (attempt: Attempt, parts: Omit<PairFindings, 'Ready'>): Finding => {
  const findings = ORDER.map((type) => parts[type]);
  const deleting = attempt.snapshot.pair.metadata.deletionTimestamp !== undefined;
  const references = deleting ? referencesTo(attempt) : undefined;
  if (references !== undefined) return isUnknown('ReferencesExist', references);
  const wrong = findings.find(({ status }) => status === 'False');
  if (wrong) return wrong;
  const left = attempt.stage === 'leaving' ? leftIn(attempt) : undefined;
  if (left !== undefined) {
    const word = ipFamilyOf(attempt.snapshot.family);
    const message = `${word} is not among the ipFamilies any more, but ${left} still belong to the HAPair, and go on being served: delete them, or add ${word} again`;
    return isUnknown('ReferencesExist', message);
  }
  const waiting = findings.find(({ status }) => status === 'Unknown');
  if (!waiting) return isTrue('Ready', notAccepted(attempt) ?? 'all is well');
  return TELLING.has(waiting.reason) ? waiting : isUnknown('Reconciling', waiting.message);
};

/** Of what is not served who it is: `all that is accepted is served; not accepted: Subnet office and 3 more`. */
const notAccepted = ({ compiled }: Attempt): string | undefined => {
  if (!compiled || compiled.rejected === 0) return undefined;
  const { rejected, firstRejected } = compiled;
  const others = rejected - firstRejected.length;
  const names = firstRejected.map(shortNameOf).join(', ');
  return `all that is accepted is served; not accepted: ${names}${others > 0 ? ` and ${others} more` : ''}`;
};

/** What keeps a pair from being deleted: the objects that belong to it. Undefined: nothing does. */
const referencesTo = (attempt: Attempt): string | undefined => {
  const left = leftIn(attempt);
  return left && `the HAPair is being deleted, but ${left} still belong to it: delete them first`;
};

/** What belongs to the pair: `Subnet prod/office and 3 more`. */
const leftIn = ({ snapshot }: Attempt): string | undefined => {
  const [first] = [...commonIn(snapshot), ...snapshot.subnets, ...reservationsIn(snapshot)];
  if (first === undefined) return undefined;
  const count = countChildren(snapshot);
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  return `${nameOf(first.ref)}${others}`;
};
