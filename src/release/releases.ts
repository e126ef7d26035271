/**
 * The releases that the leader carries out: what others ask for, and those that stand half done, again and again until they are done. What is known of these
 * goes with the process; whoever asks for such a lease again has it brought to its end.
 */
import { leasedText } from '../kea/address.ts';
import { type Clock, isAborted, sleep } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import { type CarriedOut, carryOut, type ReleaseServers } from './carryOut.ts';
import type { ReleaseProgress } from './decide.ts';
import { leaseKeyOf, type ReleaseAnswer, type ReleaseRequest } from './request.ts';

/** Why nobody can carry out a release of a pair now. */
export type NoServers = ReleaseAnswer;

export interface ReleasesDeps {
  readonly find: (request: ReleaseRequest) => ReleaseServers | NoServers;
  /** Tells whoever looks after the pair. */
  readonly tell: (request: ReleaseRequest, reason: 'LeaseReleased' | 'LeaseHalfReleased', note: string) => void;
  readonly mustLead: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Releases {
  /** Does not throw. */
  release(request: ReleaseRequest): Promise<ReleaseAnswer>;
  /** Goes on with what is half done, until the term is over. */
  run(): Promise<void>;
}

/** At a time, of one pair, of one namespace and of all: each takes its servers some milliseconds, and some seconds where they hang. */
const OF_PAIR = 8;
const OF_NAMESPACE = 16;
const OF_ALL = 64;
/** Half done ones that are remembered. */
const MOST = 1_000;
const AGAIN_MS = 10_000;
/** The lease API waits longer. */
const LIMIT_MS = 8_000;

interface Unfinished {
  readonly request: ReleaseRequest;
  readonly progress: ReleaseProgress;
}

/** @param term Of the leader. */
export const createReleases = (deps: ReleasesDeps, term: AbortSignal): Releases => {
  const { find, tell, clock, log } = deps;
  /** By lease, in the order in which they came to stand. */
  const unfinished = new Map<string, Unfinished>();
  /** By lease. */
  const underWay = new Map<string, ReleaseRequest>();

  const isBusy = ({ namespace, pair }: ReleaseRequest): boolean => {
    const ofNamespace = [...underWay.values()].filter((other) => other.namespace === namespace);
    const ofPair = ofNamespace.filter((other) => other.pair === pair);
    return ofPair.length >= OF_PAIR || ofNamespace.length >= OF_NAMESPACE || underWay.size >= OF_ALL;
  };

  const remember = (key: string, request: ReleaseRequest, progress: ReleaseProgress): void => {
    unfinished.delete(key);
    unfinished.set(key, { request, progress });
    const [oldest] = unfinished;
    if (unfinished.size <= MOST || oldest === undefined) return;
    unfinished.delete(oldest[0]);
    log.error(fieldsOf(oldest[1].request), 'too many releases are half done: this one is not tried again by itself');
  };

  const perform = async (request: ReleaseRequest, limitMs: number): Promise<CarriedOut> => {
    const servers = find(request);
    if ('outcome' in servers) return { answer: servers };
    const before = unfinished.get(leaseKeyOf(request))?.progress;
    return carryOut(servers, request, { ...deps, limitMs }, term, before);
  };

  const once = async (request: ReleaseRequest, limitMs: number): Promise<ReleaseAnswer> => {
    const key = leaseKeyOf(request);
    underWay.set(key, request);
    try {
      const { answer, unfinished: progress } = await perform(request, limitMs);
      const { outcome, message } = answer;
      if (progress !== undefined) {
        const isNew = !unfinished.has(key);
        remember(key, request, progress);
        log.error({ ...fieldsOf(request), why: message }, 'a lease is released by half');
        if (isNew) tell(request, 'LeaseHalfReleased', message);
        return answer;
      }
      // What cannot be done now is not forgotten; whatever else is the end of it.
      if (outcome === 'ServiceUnavailable') return answer;
      if (unfinished.delete(key) || outcome === 'Released') {
        log.info({ ...fieldsOf(request), outcome }, message);
        if (outcome === 'Released') tell(request, 'LeaseReleased', `${message}, as ${request.user} asked for`);
      }
      return answer;
    } catch (error) {
      log.error({ ...fieldsOf(request), err: asError(error) }, 'a release failed');
      return {
        outcome: 'ServiceUnavailable',
        message: `the release of ${leasedText(request)} failed: see the operator's log`,
      };
    } finally {
      underWay.delete(key);
    }
  };

  return {
    release: async (request) => {
      if (underWay.has(leaseKeyOf(request)) || isBusy(request)) {
        const message = `the lease of ${leasedText(request)} waits for other releases: try again`;
        return { outcome: 'TooManyRequests', message };
      }
      return once(request, LIMIT_MS);
    },
    run: async () => {
      while (!isAborted(term)) {
        for (const [key, one] of [...unfinished]) {
          // Whatever server has it still sees to its end by itself.
          if (isOver(one, clock.now())) unfinished.delete(key);
          else if (!isAborted(term) && !underWay.has(key)) await once(one.request, 0);
        }
        await sleep(clock, AGAIN_MS, term).catch(() => undefined);
      }
    },
  };
};

const isOver = ({ progress }: Unfinished, now: number): boolean =>
  [...progress.begun.values()].every(({ expires }) => expires * 1000 < now);

const fieldsOf = ({ namespace, pair, user, ...of }: ReleaseRequest) => ({
  namespace,
  pair,
  lease: leasedText(of),
  user,
});
