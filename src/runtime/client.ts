/**
 * A small typed client of the Kubernetes REST API: the verbs that controllers use, one connection pool, a deadline on
 * every call. It raises ApiError and ConnectionError (errors.ts), or the reason of the caller's aborted signal.
 * A call with the same effect when repeated is retried a few times on 429 and 503, as the server's Retry-After says.
 */
import { type Clock, systemClock } from './clock.ts';
import { type Connection, createConnection } from './connection.ts';
import { createListReader, type ListReader } from './listReader.ts';
import type { KubeObject, List, NamespacedName } from './object.ts';
import { readObject } from './read.ts';
import { apiVersionOf, collectionPath, objectPath, type Resource } from './resource.ts';
import { badAnswer, type Call, type ClientMetrics, createTransport } from './transport.ts';
import { warningsIn } from './warning.ts';
import { type WatchEvent, watchEvents } from './watch.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of the whole call with its retries. Default: the client's. */
  readonly timeoutMs?: number;
}

export interface ListOptions extends CallOptions {
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects a page; the answer's `metadata.continue` is the next call's `continue`. 0: all at once. Left out: all, and more than 1,000 are an error. */
  readonly limit?: number;
  readonly continue?: string | undefined;
  /** Told of each warning that the server gives with the answer, as of what is missing in it. */
  readonly onWarning?: (text: string) => void;
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue' | 'onWarning' | 'timeoutMs'> {
  /** Where to go on: of a list, or of the last event. */
  readonly resourceVersion: string;
  /** After how long the server shall end the watch in good order. */
  readonly timeoutSeconds?: number;
  /** The stream counts as dead when nothing came for so long. Bookmarks come about once a minute. */
  readonly inactivityMs?: number;
}

export interface WriteOptions extends CallOptions {
  /** `status`, `scale` …; left out: the object itself. */
  readonly subresource?: string;
  /** Who owns the fields written, in the object's managedFields. */
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Takes fields over from other managers instead of failing with a Conflict. Default: true, as controllers do. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  /** Deletes only this very object (409 otherwise): a name may have been created again. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

/** One operation of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** The path of a field in a JSON patch (RFC 6901). */
export const pointerTo = (...keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** A JSON patch is an array of operations, a merge patch (RFC 7386) an object. */
export type Patch = readonly JsonPatchOperation[] | Readonly<Record<string, unknown>>;

/** A manifest; apiVersion and kind are the resource's. */
export type Manifest<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind'> & { apiVersion?: string; kind?: string };

/** What an apply needs: who the object is and the fields that the manager wants to own. */
export type ApplyBody<T extends KubeObject> = Partial<Omit<T, 'metadata'>> & { metadata: T['metadata'] };

export interface KubeClient {
  get<T extends KubeObject>(resource: Resource<T>, at: NamespacedName, options?: CallOptions): Promise<T>;
  /** One page. Of objects beyond the bounds of their resource only a part is read, here and everywhere: see {@link KubeObject.unread}. */
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<List<T>>;
  /**
   * The changes after a resourceVersion, until the server ends the watch. ERROR events are thrown as ApiError
   * (410: list again); leaving the loop closes the stream.
   */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: Manifest<T>, options?: WriteOptions): Promise<T>;
  /** Server-side apply: creates or changes; fields that this manager applied before and now leaves out are removed. */
  apply<T extends KubeObject>(resource: Resource<T>, object: ApplyBody<T>, options: ApplyOptions): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    at: NamespacedName,
    patch: Patch,
    options?: WriteOptions & { readonly idempotent?: boolean },
  ): Promise<T>;
  /** Writes the whole object, which must have been read as a whole; its `metadata.resourceVersion`, when given, must still be the present one. */
  replace<T extends KubeObject>(resource: Resource<T>, object: Manifest<T>, options?: WriteOptions): Promise<T>;
  /** Asks for deletion: an object with finalizers stays until they are gone. */
  delete(resource: Resource, at: NamespacedName, options?: DeleteOptions): Promise<void>;
  /** Any other path: `/readyz`, `/version`, a TokenRequest. Gives the JSON value, or the text of another answer. */
  raw(call: Call): Promise<unknown>;
  readonly connection: Connection;
  /** Ends the connections; calls and watches under way fail. */
  close(): Promise<void>;
}

export interface KubeClientOptions {
  /** Default: as {@link createConnection} finds it. */
  readonly connection?: Connection;
  readonly clock?: Clock;
  /** Of every call that says nothing else. Default: 30 s. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  readonly metrics?: ClientMetrics;
}

const INACTIVITY_MS = 150_000;
/** Who reads a list without pages expects a handful: of what one pair has, and anybody may make more that looks like it. */
const UNPAGED_ITEMS = 1000;

export const createKubeClient = (options: KubeClientOptions = {}): KubeClient => {
  const clock = options.clock ?? systemClock;
  const connection = options.connection ?? createConnection({ clock });
  const transport = createTransport({
    connection,
    clock,
    timeoutMs: options.timeoutMs ?? 30_000,
    userAgent: options.userAgent ?? `kubernetes-controller (node ${process.versions.node})`,
    metrics: options.metrics,
  });
  const send = async <T extends KubeObject>(resource: Resource<T>, call: Call): Promise<T> => {
    const { body } = await transport.exchange(call);
    return typed(
      resource,
      parsed(call, () => readObject(body, resource.bounds) as T),
    );
  };

  return {
    connection,
    close: () => connection.close(),

    get: async (resource, at, call) =>
      send(resource, { method: 'GET', path: objectPath(resource, at), ...control(call) }),

    list: async <T extends KubeObject>(resource: Resource<T>, list: ListOptions = {}) => {
      const { limit, continue: next } = list;
      const query = { ...selection(list), limit, continue: next };
      const path = collectionPath(resource, list.namespace);
      const call: Call = { method: 'GET', path, query, ...control(list) };
      let reader: ListReader<T> | undefined;
      const { headers } = await transport.exchange(call, () => {
        const read = (item: Buffer): T => typed(resource, readObject(item, resource.bounds) as T);
        const begun = createListReader(read, limit === undefined ? UNPAGED_ITEMS : undefined);
        reader = begun;
        return (chunk) => {
          begun.write(chunk);
        };
      });
      for (const text of warningsIn(headers.warning)) list.onWarning?.(text);
      return parsed(call, () => reader?.end() ?? { metadata: { resourceVersion: '' }, items: [] });
    },

    watch: async function* <T extends KubeObject>(resource: Resource<T>, watch: WatchOptions) {
      const { resourceVersion, timeoutSeconds } = watch;
      const query = { ...selection(watch), watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds };
      const path = collectionPath(resource, watch.namespace);
      const call: Call = { method: 'GET', path, query, signal: watch.signal };
      for await (const event of watchEvents<T>(transport, call, watch.inactivityMs ?? INACTIVITY_MS, resource.bounds)) {
        typed(resource, event.object);
        yield event;
      }
    },

    create: async (resource, object, write) =>
      send(resource, {
        method: 'POST',
        path: collectionPath(resource, object.metadata.namespace),
        body: { ...object, ...typeOf(resource) },
        query: writeQuery(write),
        ...control(write),
      }),

    apply: async (resource, object, write) =>
      send(resource, {
        method: 'PATCH',
        path: objectPath(resource, object.metadata, write.subresource),
        contentType: 'application/apply-patch+yaml',
        body: { ...object, ...typeOf(resource) },
        query: { ...writeQuery(write), force: write.force ?? true },
        ...control(write),
      }),

    patch: async (resource, at, patch, write) =>
      send(resource, {
        method: 'PATCH',
        path: objectPath(resource, at, write?.subresource),
        contentType: Array.isArray(patch) ? 'application/json-patch+json' : 'application/merge-patch+json',
        body: patch,
        query: writeQuery(write),
        // A JSON patch may append; that it may be repeated only its author knows.
        idempotent: write?.idempotent ?? !Array.isArray(patch),
        ...control(write),
      }),

    replace: async (resource, object, write) => {
      const { unread } = object;
      if (unread !== undefined) throw new TypeError(`${unread.part}.${unread.field} was not read, and would be lost`);
      return send(resource, {
        method: 'PUT',
        path: objectPath(resource, object.metadata, write?.subresource),
        body: { ...object, ...typeOf(resource) },
        query: writeQuery(write),
        ...control(write),
      });
    },

    delete: async (resource, at, desired = {}) => {
      const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds } = desired;
      const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy, gracePeriodSeconds };
      await transport.exchange({ method: 'DELETE', path: objectPath(resource, at), body, ...control(desired) });
    },

    raw: async (call) => {
      const { headers, body } = await transport.exchange(call);
      const isJson = headers['content-type']?.includes('json') === true;
      return isJson ? parsed(call, () => JSON.parse(body.toString()) as unknown) : body.toString();
    },
  };
};

/** Everything that a list holds, page by page. A page that expired on the way (410) is thrown. */
export async function* pages<T extends KubeObject>(
  client: Pick<KubeClient, 'list'>,
  resource: Resource<T>,
  options: ListOptions & { readonly limit: number },
): AsyncGenerator<List<T>> {
  let next: string | undefined;
  do {
    const page: List<T> = await client.list(resource, { ...options, continue: next });
    yield page;
    next = page.metadata.continue === '' ? undefined : page.metadata.continue;
  } while (next !== undefined);
}

const parsed = <T>(call: Call, read: () => T): T => {
  try {
    return read();
  } catch {
    throw badAnswer(call);
  }
};

const typeOf = (resource: Resource): { apiVersion: string; kind: string } => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
});

/** Items of built-in lists come without apiVersion and kind; one shared string each also saves memory. */
const typed = <T extends KubeObject>(resource: Resource<T>, object: T): T => {
  object.apiVersion = apiVersionOf(resource);
  object.kind = resource.kind;
  return object;
};

const control = (options: CallOptions = {}): Pick<Call, 'signal' | 'timeoutMs'> => ({
  signal: options.signal,
  ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
});

const selection = (options: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>) => ({
  labelSelector: options.labelSelector,
  fieldSelector: options.fieldSelector,
});

const writeQuery = (options: WriteOptions = {}) => ({
  fieldManager: options.fieldManager,
  dryRun: options.dryRun === true ? 'All' : undefined,
});
