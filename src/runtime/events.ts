/**
 * Records Kubernetes events about objects, for `kubectl describe` and `kubectl events`. They are written as those of the core group, with the times of
 * both forms: events.k8s.io takes no lastTimestamp, and `kubectl get events --sort-by=.lastTimestamp` is how people sort them. The same event again within ten minutes becomes the series of the first, written at most once in thirty seconds; an object that
 * is talked about too much is silenced for a while; and no failure here ever reaches the caller.
 */
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { asError, isNotFound } from './errors.ts';
import { legible } from './legible.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

interface ObjectReference {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  uid?: string;
  resourceVersion?: string;
}

export interface KubeEvent extends KubeObject {
  eventTime: string;
  firstTimestamp: string;
  lastTimestamp: string;
  count: number;
  source: { component: string };
  reportingComponent: string;
  reportingInstance: string;
  type: 'Normal' | 'Warning';
  reason: string;
  action: string;
  message: string;
  involvedObject: ObjectReference;
  series?: { count: number; lastObservedTime: string };
}

export const EVENTS: Resource<KubeEvent> = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** What happened. */
export interface EventInput {
  readonly type: 'Normal' | 'Warning';
  /** Why, in one CamelCase word. */
  readonly reason: string;
  /** What was done or failed, in one CamelCase word. */
  readonly action: string;
  /** For people; cut at 1,024 bytes, the limit of the API. */
  readonly note: string;
}

export interface EventMetrics {
  onEvent(result: 'created' | 'merged' | 'dropped' | 'failed'): void;
}

export interface EventRecorderSpec {
  readonly client: Pick<KubeClient, 'create' | 'patch'>;
  /** The program: `example.com/operator`. */
  readonly controller: string;
  /** This process of it. */
  readonly instance: string;
  readonly clock?: Clock | undefined;
  readonly log?: Logger | undefined;
  readonly metrics?: EventMetrics | undefined;
}

export interface EventRecorder {
  /** Never throws and never waits. */
  record(about: KubeObject, event: EventInput): void;
  /** Writes what is pending; waits no longer than `ms`. Later events are dropped. */
  close(ms: number): Promise<void>;
}

const SERIES_MS = 600_000;
const SERIES_WRITE_MS = 30_000;
/** A burst of 25 an object, then one in five minutes: client-go's spam filter. */
const BURST = 25;
const REFILL_MS = 300_000;
const MAX_PENDING = 1_000;
const WRITERS = 4;
/** Past so many remembered series and objects the outdated are forgotten. */
const MAX_REMEMBERED = 4_096;
const NOTE_BYTES = 1_024;

interface Series {
  /** The event as created; undefined until that is done. */
  created: KubeEvent | undefined;
  count: number;
  last: number;
  /** A write is pending or on a timer. */
  writing: boolean;
  cancel?: () => void;
}

interface Bucket {
  tokens: number;
  at: number;
}

export const createEventRecorder = (spec: EventRecorderSpec): EventRecorder => {
  const { client, log, metrics } = spec;
  const clock = spec.clock ?? systemClock;
  const series = new Map<string, Series>();
  const buckets = new Map<string, Bucket>();
  const pending: (() => Promise<void>)[] = [];
  const running = new Set<Promise<void>>();
  let closed = false;

  const drop = (): void => metrics?.onEvent('dropped');

  const work = async (): Promise<void> => {
    for (let task = pending.shift(); task !== undefined; task = pending.shift()) {
      try {
        await task();
      } catch (error) {
        metrics?.onEvent('failed');
        log?.debug({ error: asError(error).message }, 'an event could not be written');
      }
    }
  };

  const enqueue = (task: () => Promise<void>): boolean => {
    if (pending.length >= MAX_PENDING) return false;
    pending.push(task);
    if (running.size < WRITERS) {
      const worker: Promise<void> = work().finally(() => running.delete(worker));
      running.add(worker);
    }
    return true;
  };

  const spend = (about: KubeObject): boolean => {
    const id = about.metadata.uid ?? `${about.kind}/${about.metadata.namespace ?? ''}/${about.metadata.name}`;
    const now = clock.monotonic();
    const held = buckets.get(id) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, held.tokens + (now - held.at) / REFILL_MS);
    const allowed = tokens >= 1;
    buckets.set(id, { tokens: allowed ? tokens - 1 : tokens, at: now });
    if (buckets.size > MAX_REMEMBERED) forget(buckets, ({ at }) => now - at > BURST * REFILL_MS);
    return allowed;
  };

  const begin = (id: string, about: KubeObject, event: EventInput): void => {
    const now = clock.monotonic();
    if (!spend(about)) {
      drop();
      return;
    }
    const entry: Series = { created: undefined, count: 1, last: now, writing: true };
    const body = bodyOf(spec, about, event, clock.now());
    const queued = enqueue(async () => {
      try {
        entry.created = await client.create(EVENTS, body);
        metrics?.onEvent('created');
      } catch (error) {
        // What could not be begun cannot be continued: the next one tries anew.
        series.delete(id);
        throw error;
      } finally {
        entry.writing = false;
      }
      if (entry.count > 1) writeLater(id, entry);
    });
    if (!queued) {
      drop();
      return;
    }
    series.set(id, entry);
    if (series.size > MAX_REMEMBERED) forget(series, ({ last, writing }) => !writing && now - last > SERIES_MS);
  };

  const writeSeries = async (id: string, entry: Series): Promise<void> => {
    if (entry.created === undefined) return;
    const last = clock.now() - (clock.monotonic() - entry.last);
    const { count } = entry;
    try {
      await client.patch(EVENTS, entry.created.metadata, {
        count,
        lastTimestamp: timeOf(last),
        series: { count, lastObservedTime: microTime(last) },
      });
    } catch (error) {
      // The API server forgets events after an hour.
      series.delete(id);
      if (!isNotFound(error)) throw error;
    } finally {
      entry.writing = false;
    }
  };

  const writeLater = (id: string, entry: Series): void => {
    if (entry.writing || closed) return;
    entry.writing = true;
    entry.cancel = clock.after(SERIES_WRITE_MS, () => {
      if (!enqueue(() => writeSeries(id, entry))) entry.writing = false;
    });
  };

  const record = (about: KubeObject, event: EventInput): void => {
    if (closed) {
      drop();
      return;
    }
    const id = JSON.stringify([about.kind, about.metadata.uid, about.metadata.namespace, about.metadata.name, event]);
    const entry = series.get(id);
    if (entry === undefined || clock.monotonic() - entry.last > SERIES_MS) {
      begin(id, about, event);
      return;
    }
    entry.count++;
    entry.last = clock.monotonic();
    metrics?.onEvent('merged');
    if (entry.created !== undefined) writeLater(id, entry);
  };

  return {
    record: (about, event) => {
      try {
        record(about, event);
      } catch (error) {
        metrics?.onEvent('failed');
        log?.warn({ error: asError(error).message }, 'an event could not be recorded');
      }
    },
    close: async (ms) => {
      closed = true;
      for (const [id, entry] of series) {
        if (entry.cancel === undefined || !entry.writing) continue;
        entry.cancel();
        enqueue(() => writeSeries(id, entry));
      }
      const { promise: timeUp, resolve } = Promise.withResolvers<undefined>();
      const cancel = clock.after(ms, () => {
        resolve(undefined);
      });
      await Promise.race([Promise.all(running), timeUp]);
      cancel();
      pending.length = 0;
    },
  };
};

const forget = <V>(map: Map<string, V>, outdated: (value: V) => boolean): void => {
  for (const [id, value] of map) if (outdated(value)) map.delete(id);
};

/** `2026-11-22T13:00:00Z`: the Time format of the API. */
const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** `2026-11-22T13:00:00.000000Z`: its MicroTime format. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

const bodyOf = (spec: EventRecorderSpec, about: KubeObject, event: EventInput, now: number): KubeEvent => {
  const { name, namespace, uid, resourceVersion } = about.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // As client-go names events: the object's name and the time in nanoseconds, in hex.
    metadata: { name: `${name.slice(0, 200)}.${uniqueSuffix(now)}`, namespace: namespace ?? 'default' },
    eventTime: microTime(now),
    firstTimestamp: timeOf(now),
    lastTimestamp: timeOf(now),
    count: 1,
    source: { component: spec.controller },
    reportingComponent: spec.controller,
    reportingInstance: spec.instance.slice(0, 128),
    type: event.type,
    reason: event.reason.slice(0, 128),
    action: event.action.slice(0, 128),
    message: cut(event.note),
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
};

let sequence = 0;
const uniqueSuffix = (now: number): string => (BigInt(now) * 1_000_000n + BigInt(++sequence % 1_000_000)).toString(16);

const cut = (words: string): string => {
  const note = legible(words);
  if (Buffer.byteLength(note) <= NOTE_BYTES) return note;
  const bytes = Buffer.from(note).subarray(0, NOTE_BYTES - 3);
  // The last character may have been cut in the middle.
  return `${new TextDecoder().decode(bytes).replace(/\uFFFD$/, '')}…`;
};
