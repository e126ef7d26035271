/** Carries out a release on the servers of a pair: looks, decides (decide.ts), deletes, and looks again. */
import { leasedText } from '../kea/address.ts';
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { KeaStatus } from '../kea/commands.ts';
import type { KeaLease } from '../kea/familyCommands.ts';
import { haScopesOf, haStateOf, isInState, isSettled, partnerOf } from '../kea/ha.ts';
import { expiresAt } from '../leases/source.ts';
import { type Clock, isAborted, sleep } from '../runtime/clock.ts';
import { LeadershipLost } from '../runtime/leader.ts';
import { decide, NOTHING_DONE, type ReleaseProgress, type SeenLease, type SeenServer } from './decide.ts';
import { type ReleaseAnswer, type ReleaseRequest } from './request.ts';

/** The servers of a family of a pair. */
export interface ReleaseServers {
  readonly servers: readonly Pick<KeaClient, 'name' | 'family' | 'call'>[];
  /** Names of those that nobody can speak to yet. */
  readonly missing: readonly string[];
  /** Their leases are in one database. */
  readonly shared: boolean;
}

export interface CarryOutDeps {
  readonly clock: Clock;
  /** Throws where another process may lead: asked before each deletion. */
  readonly mustLead: () => void;
  /** For so long it is tried. */
  readonly limitMs: number;
}

/** What became of a release. */
export interface CarriedOut {
  readonly answer: ReleaseAnswer;
  /** It is done on a part of the servers only, so far. */
  readonly unfinished?: ReleaseProgress;
}

const AGAIN_MS = 300;
/** A server tells its partner of a lease within some milliseconds. */
const SOON_MS = 100;
/** A server that is there tells in a millisecond. */
const LOOK_MS = 2_000;
const DELETE_MS = 5_000;

/** @param from How far it has come before. */
export const carryOut = async (
  of: ReleaseServers,
  request: ReleaseRequest,
  { clock, mustLead, limitMs }: CarryOutDeps,
  signal: AbortSignal,
  from: ReleaseProgress = NOTHING_DONE,
): Promise<CarriedOut> => {
  const deadline = clock.monotonic() + limitMs;
  let progress = from;
  for (;;) {
    const seen = await look(of, request, signal);
    if (isAborted(signal)) return halted(of, request, progress, NOT_LEADING);
    const step = decide({ request, shared: of.shared }, seen, progress);
    if (step.do === 'end') return { answer: step.answer };
    let why: string | undefined;
    if (step.do === 'wait') ({ why, progress } = step);
    else {
      if (!leads(mustLead)) return halted(of, request, progress, NOT_LEADING);
      const deleted = await remove(of, step.from, request, step.updateDns, signal);
      if (deleted.result !== 'refused') ({ progress } = step);
      if (deleted.result === 'done') progress = { ...progress, confirmed: true };
      ({ why } = deleted);
    }
    if (why === undefined) continue;
    if (clock.monotonic() >= deadline) return halted(of, request, progress, why);
    await sleep(clock, step.do === 'wait' && step.soon ? SOON_MS : AGAIN_MS, signal).catch(() => undefined);
  }
};

const NOT_LEADING = 'this process of the operator does not lead any more';

const leads = (mustLead: () => void): boolean => {
  try {
    mustLead();
    return true;
  } catch (error) {
    if (error instanceof LeadershipLost) return false;
    throw error;
  }
};

/** What is told when it comes to no end. */
const halted = (of: ReleaseServers, request: ReleaseRequest, progress: ReleaseProgress, why: string): CarriedOut => {
  const what = leasedText(request);
  if (of.shared || progress.asked.length === 0) {
    const message = `the lease of ${what} was not released: ${why}. Try again`;
    return { answer: { outcome: 'ServiceUnavailable', message } };
  }
  const servers = [...new Set(progress.asked)].join(' and ');
  const done = progress.confirmed ? `deleted from server ${servers}` : `perhaps deleted from server ${servers}`;
  return { answer: { outcome: 'ServiceUnavailable', message: halfReleased(what, done, why) }, unfinished: progress };
};

/** @param done What is. @param why The rest is not. */
export const halfReleased = (what: string, done: string, why: string): string =>
  `the lease of ${what} is released by half: it was ${done}, but ${why}, so that it may come back. The operator goes on trying; to see it done, release it again`;

const argumentsOf = ({ address, prefixLength }: ReleaseRequest) => ({
  'ip-address': address,
  ...(prefixLength === undefined ? {} : { type: 'IA_PD' as const }),
});

/** `absent`: it had none. `unknown`: there was no answer. */
interface Removal {
  readonly result: 'done' | 'absent' | 'refused' | 'unknown';
  readonly why?: string;
}

const remove = async (
  { servers }: ReleaseServers,
  name: string,
  request: ReleaseRequest,
  updateDns: boolean,
  signal: AbortSignal,
): Promise<Removal> => {
  const server = servers.find((one) => one.name === name);
  if (server === undefined) return { result: 'refused', why: `server ${name} is gone` };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(DELETE_MS)]);
  try {
    const args = { ...argumentsOf(request), 'update-ddns': updateDns };
    const deleted = await server.call(server.family.commands.leaseRemove, args, limit);
    return { result: deleted === undefined ? 'absent' : 'done' };
  } catch (error) {
    const why = `server ${name} ${reasonOf(error, limit)}`;
    return { result: error instanceof KeaRefused ? 'refused' : 'unknown', why };
  }
};

const look = async (
  { servers, missing, shared }: ReleaseServers,
  request: ReleaseRequest,
  signal: AbortSignal,
): Promise<readonly SeenServer[]> => {
  const absent = missing.map((name) => ({ name, serves: false, unfit: 'has not started yet' }));
  return [...(await Promise.all(servers.map((server) => lookAt(server, request, shared, signal)))), ...absent];
};

const lookAt = async (
  server: ReleaseServers['servers'][number],
  request: ReleaseRequest,
  shared: boolean,
  signal: AbortSignal,
): Promise<SeenServer> => {
  const { name, family } = server;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]);
  try {
    const status = await server.call('status-get', undefined, limit);
    const lease = await server.call(family.commands.leaseGet, argumentsOf(request), limit);
    const unfit = shared ? undefined : unfitness(status);
    const isIt = lease !== undefined && lease['prefix-len'] === (request.prefixLength ?? lease['prefix-len']);
    return {
      name,
      serves: (haScopesOf(status)?.length ?? 0) > 0,
      ...(unfit === undefined ? {} : { unfit }),
      ...(isIt ? { lease: seen(lease) } : {}),
    };
  } catch (error) {
    return { name, serves: false, unfit: reasonOf(error, limit) };
  }
};

/** Why a lease that a server deletes now may come back, or one that it is about to hear of stay. */
const unfitness = (status: KeaStatus): string | undefined => {
  const state = haStateOf(status);
  if (!isSettled(state)) return `is in state ${state}`;
  // A backup asks nobody.
  const isCut = partnerOf(status)?.['communication-interrupted'] === true && !isInState(status, 'backup');
  return isCut ? 'has lost touch with its partner' : undefined;
};

const reasonOf = (error: unknown, limit: AbortSignal): string => {
  if (error instanceof KeaRefused) return `refuses it: ${error.message}`;
  if (error instanceof KeaUnreachable) return `does not answer (${error.message})`;
  if (limit.aborted) return 'does not answer in time';
  throw error;
};

const seen = (lease: KeaLease): SeenLease => {
  const { cltt, 'hw-address': hwAddress, 'client-id': clientId, duid } = lease;
  return {
    cltt,
    expires: expiresAt({ cltt, validLifetime: lease['valid-lft'] }) ?? Infinity,
    holder: {
      ...(hwAddress ? { hwAddress: hwAddress.toLowerCase() } : {}),
      ...(clientId ? { clientId: clientId.toLowerCase() } : {}),
      ...(duid ? { duid: duid.toLowerCase() } : {}),
    },
  };
};
