/**
 * Keeps a store equal to what the API server holds of one resource: lists it page by page, then watches from that
 * point, for ever. Whatever breaks is taken up again: a closed or silent stream goes on from the last event, a history
 * that the server no longer has (410, an ERROR event) is listed afresh, and what was deleted meanwhile falls out then. A resource
 * that is not served (404), as while its CustomResourceDefinition is missing, or may not be listed (403), is asked for until it is; the store
 * keeps what it had.
 */
import { AWAY_BACKOFF, backoffMs, WATCH_BACKOFF } from './backoff.ts';
import type { Store } from './cache.ts';
import { type KubeClient, type ListOptions, pages } from './client.ts';
import { type Clock, isAborted, sleep, systemClock } from './clock.ts';
import { ApiError, asError, ConnectionError, isForbidden, isGone, isNotFound, reasonWord } from './errors.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from './object.ts';
import { apiVersionOf, type Resource } from './resource.ts';

/** What a reflector tells about itself; `resource` is the plural with its group. */
export interface ReflectorMetrics {
  onList(resource: string, objects: number): void;
  onWatch(resource: string): void;
  onEvent(resource: string): void;
  /** @param reason The ApiError's or ConnectionError's reason. */
  onFailure(resource: string, reason: string): void;
}

export interface ReflectorSpec<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly resource: Resource<T>;
  readonly store: Store<T>;
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Takes from every object what nobody reads before it is stored. */
  readonly trim?: ((object: T) => T) | undefined;
  readonly pageSize?: number;
  readonly inactivityMs?: number;
  readonly clock?: Clock | undefined;
  readonly log?: Logger | undefined;
  readonly metrics?: ReflectorMetrics | undefined;
  readonly random?: () => number;
}

export interface Reflector {
  /** Works until the signal is aborted; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Resolves when the store holds what the API server held after this call, or at most `maxAgeMs` before it: a watch that broke, or that
   * broke off without a word, may have missed any change. Lists again where need be, and at once, whatever backoff there was. Resolves as well
   * when that is refused: the store is then {@link Store.unserved}.
   */
  refresh(maxAgeMs: number): Promise<void>;
}

/** A page of the largest objects has 150 MB, which the API server has to gather before it sends it. */
const PAGE_SIZE = 100;
/** client-go lets the server end a watch after 5 to 10 minutes, so that they spread over the servers again. */
const WATCH_SECONDS = 300;
/** A watch that ends sooner and brought nothing is a failure, or an endless fast loop would follow. */
const SHORT_WATCH_MS = 1_000;
const INNER_ERRORS_BEFORE_LIST = 3;
/** An API server that has just started refuses for a moment; what is refused so often may be for long. */
const REFUSALS = 3;
/** The same failure so often in a row is worth no further warning. */
const WARNINGS = 3;

export const createReflector = <T extends KubeObject>(spec: ReflectorSpec<T>): Reflector => {
  const { client, resource, store } = spec;
  const clock = spec.clock ?? systemClock;
  const random = spec.random ?? Math.random;
  const trim = spec.trim ?? ((object: T) => object);
  const name = `${resource.plural}.${apiVersionOf(resource)}`;
  const selection = {
    namespace: spec.namespace,
    labelSelector: spec.labelSelector,
    fieldSelector: spec.fieldSelector,
  };
  /** From where to watch; undefined = list first. */
  let version: string | undefined;
  /** In a row, of one kind: without an answer, or with an error for one. */
  let failures = 0;
  let wasAway = false;
  /** When the last list began; undefined = something broke since. */
  let listedFrom: number | undefined;
  /** Ends the list, watch or wait that is under way. */
  let interrupt: () => void = () => undefined;
  const waiting = new Set<() => void>();

  const listPaged = async (signal: AbortSignal, limit: number): Promise<{ objects: T[]; version: string }> => {
    const objects: T[] = [];
    let at = '';
    const options: ListOptions & { limit: number } = { ...selection, limit, signal };
    for await (const page of pages(client, resource, options)) {
      // What the store has already is not held twice.
      for (const item of page.items) objects.push(store.same(item) ?? trim(item));
      at = page.metadata.resourceVersion;
    }
    return { objects, version: at };
  };

  const refreshed = (): void => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };

  const list = async (signal: AbortSignal): Promise<void> => {
    let listed;
    listedFrom = clock.monotonic();
    try {
      listed = await listPaged(signal, spec.pageSize ?? PAGE_SIZE);
    } catch (error) {
      if (!isGone(error)) throw error;
      // The snapshot of the first page was compacted before the last: all at once cannot expire.
      listed = await listPaged(signal, 0);
    }
    signal.throwIfAborted();
    store.replace(listed.objects);
    version = listed.version;
    refreshed();
    spec.metrics?.onList(name, listed.objects.length);
    spec.log?.debug({ resource: name, objects: listed.objects.length, version }, 'listed');
  };

  const watch = async (resourceVersion: string, signal: AbortSignal): Promise<void> => {
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + random()));
    const started = clock.monotonic();
    let events = 0;
    spec.metrics?.onWatch(name);
    const stream = client.watch(resource, {
      ...selection,
      resourceVersion,
      timeoutSeconds,
      signal,
      ...(spec.inactivityMs === undefined ? {} : { inactivityMs: spec.inactivityMs }),
    });
    for await (const { type, object } of stream) {
      events++;
      failures = 0;
      version = object.metadata.resourceVersion ?? version;
      if (type === 'BOOKMARK') continue;
      spec.metrics?.onEvent(name);
      if (type === 'DELETED') store.remove(trim(object));
      else store.put(trim(object));
    }
    if (events === 0 && clock.monotonic() - started < SHORT_WATCH_MS) throw new Error('the watch ended at once');
    failures = 0;
  };

  const recover = async (thrown: unknown, signal: AbortSignal): Promise<void> => {
    const error = asError(thrown);
    const isAway = error instanceof ConnectionError;
    failures = isAway === wasAway ? failures + 1 : 1;
    wasAway = isAway;
    listedFrom = undefined;
    if (error instanceof ApiError && isHistoryLost(error, failures)) version = undefined;
    const askedMs = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const unserved = isNotFound(error);
    const refused = isForbidden(error) && version === undefined && failures >= REFUSALS;
    if (unserved || refused) store.unserved();
    // It may be for long, and whoever waits has to go on without: the store says that it does not know.
    if (refused) refreshed();
    const policy = isAway || unserved ? AWAY_BACKOFF : WATCH_BACKOFF;
    const waitMs = Math.max(askedMs, backoffMs(policy, failures, random));
    spec.metrics?.onFailure(name, reasonWord(error));
    const line = { resource: name, failures, waitMs: Math.round(waitMs), relist: version === undefined };
    if (isGone(error)) spec.log?.info(line, 'the history of the watch is gone: listing again');
    else if (unserved && failures > 1) spec.log?.debug(line, 'the resource is still not served');
    else spec.log?.[failures > WARNINGS ? 'debug' : 'warn']({ ...line, error: error.message }, 'list or watch broken');
    await sleep(clock, waitMs, signal);
  };

  return {
    run: async (signal) => {
      while (!isAborted(signal)) {
        const round = new AbortController();
        interrupt = () => {
          round.abort(new Error('to be listed again'));
        };
        const either = AbortSignal.any([signal, round.signal]);
        try {
          if (version === undefined) await list(either);
          else await watch(version, either);
        } catch (error) {
          if (!isAborted(either)) await recover(error, either).catch(() => undefined);
        }
      }
    },
    refresh: async (maxAgeMs) => {
      const isFresh = listedFrom !== undefined && clock.monotonic() - listedFrom <= maxAgeMs;
      if (isFresh && version !== undefined) return;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      waiting.add(() => {
        resolve(undefined);
      });
      if (!isFresh) {
        version = undefined;
        interrupt();
      }
      await promise;
    },
  };
};

/**
 * Whether to list again rather than watch on from the last event. Overload and missing rights say nothing about the
 * version; a server's inner error may pass, but one that comes again and again is about what lies ahead of the version.
 */
const isHistoryLost = (error: ApiError, failures: number): boolean => {
  if ([401, 403, 429, 503].includes(error.status)) return false;
  return error.status < 500 || failures >= INNER_ERRORS_BEFORE_LIST;
};
