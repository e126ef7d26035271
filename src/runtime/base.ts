/**
 * The base class of an operator: the Operator of @dot-i/k8s-operator with every method that does I/O replaced.
 *
 * Kept from @dot-i/k8s-operator 1.3.9: the contract (extend it, watch in `init()`, `start()` and `stop()`), the types
 * ResourceEvent and ResourceMeta, and the finalizer protocol of `handleResourceFinalizer`.
 *
 * Replaced, because of what its own versions do (docs/adr/0002-dot-i-base-class.md):
 * - `watchResource`: ends the process on any error of the watch (on its own `stop()` too), lists never, loses deletions
 *   in gaps, runs all kinds in one line and drops what a handler throws. Here: list and watch with a cache, a queue per
 *   resource, retries with backoff.
 * - `setResourceStatus`, `patchResourceStatus`, `setResourceFinalizers`: swallow every error, open a connection each, and
 *   write finalizer lists over another's. Here: errors are thrown, writes are guarded by the resourceVersion.
 * - `handleResourceFinalizer`: changes the event's object. Here it gets a copy; the protocol is the base's own.
 * - `registerCustomResourceDefinition`: calls an API that client-node 2 changed. Here: server-side apply.
 * - `getCustomResourceApiUri`: reads a property that client-node 2 does not have.
 * - `applyAxiosKubeConfigAuth`, `applyGaxiosKubeConfigAuth`: make a TLS agent for every request. Here they refuse: use `client`.
 * - `stop`: the base aborts only the watches. Here: everything, and {@link BaseOperator.stopped} tells when it is over.
 */
import { readFile } from 'node:fs/promises';
import dotI, { type ResourceEvent, ResourceEventType, type ResourceMeta, ResourceMetaImpl } from '@dot-i/k8s-operator';
import { loadYaml, type V1CustomResourceDefinitionVersion } from '@kubernetes/client-node';
import type { Cache } from './cache.ts';
import type { KubeClient } from './client.ts';
import { type Clock, orAborted, sleep, systemClock } from './clock.ts';
import { type ControllerSpec, createController } from './controller.ts';
import { asError, unlessNotFound } from './errors.ts';
import { createInformer, type InformerSpec } from './informer.ts';
import type { Logger } from './log.ts';
import type { RuntimeMetrics } from './metrics.ts';
import { keyOf, type KubeObject, parseKey } from './object.ts';
import type { Reflector } from './reflector.ts';
import { apiVersionOf, collectionPath, DEFINITIONS, type Resource } from './resource.ts';
import { asClientNode, resourceEvents } from './resourceEvents.ts';

/** The default import of a CommonJS module is all its exports in Node, and its `default` where `__esModule` is followed. */
const classOf = (module: typeof dotI): typeof dotI.default => ('default' in module ? module.default : module);
const Operator = classOf(dotI);
export { ResourceEventType, type ResourceEvent, type ResourceMeta };

export interface BaseOperatorOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  /** The field manager of what the base class itself writes. */
  readonly fieldManager: string;
  readonly clock?: Clock;
  readonly metrics?: RuntimeMetrics;
}

interface CustomResourceDefinition extends KubeObject {
  spec: { group: string; names: { plural: string }; versions: V1CustomResourceDefinitionVersion[] };
}

const CRDS: Resource<CustomResourceDefinition> = DEFINITIONS;

const DISCOVER_AGAIN_MS = 2_000;

export abstract class BaseOperator extends Operator {
  protected readonly client: KubeClient;
  protected readonly log: Logger;
  readonly #options: BaseOperatorOptions;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #caches: Pick<Cache<KubeObject>, 'synced' | 'hasSynced'>[] = [];
  readonly #reflectors: Pick<Reflector, 'refresh'>[] = [];
  readonly #initialised = Promise.withResolvers<undefined>();
  readonly #resources = new Map<string, Resource>();

  constructor(options: BaseOperatorOptions) {
    super(loggerOf(options.log));
    this.client = options.client;
    this.log = options.log;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.kubeConfig = options.client.connection.kubeConfig;
  }

  /** Aborted when the operator stops. */
  protected get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Keeps a cache of a resource up to date from now until the operator stops. Call it in `init()`.
   * The cache is complete when its `synced` resolves; controllers wait for that by themselves.
   */
  protected watch<T extends KubeObject>(
    resource: Resource<T>,
    spec: Omit<InformerSpec<T>, 'client' | 'resource' | 'clock' | 'log' | 'metrics'> = {},
  ): Cache<T> {
    const { client, log, metrics } = this.#options;
    const shared = { client, resource, log, clock: this.#clock, metrics: metrics?.reflector };
    const informer = createInformer<T>({ ...spec, ...shared });
    this.#caches.push(informer.cache);
    this.#reflectors.push(informer);
    void this.background(`watch of ${resource.plural}`, informer.run(this.signal));
    return informer.cache;
  }

  /** Resolves when no cache is older than `maxAgeMs`; see {@link Reflector.refresh}. Rejects when the signal is aborted. */
  protected async refreshed(maxAgeMs: number, signal: AbortSignal): Promise<void> {
    await orAborted(Promise.all(this.#reflectors.map((reflector) => reflector.refresh(maxAgeMs))), signal);
  }

  /**
   * Runs a controller until `until` is aborted (default: until the operator stops); resolves when its last pass has ended. Its first pass
   * comes when `init()` is over and every cache that was opened until then is complete.
   */
  protected control(
    spec: Omit<ControllerSpec, 'caches' | 'clock' | 'log' | 'metrics'>,
    until: AbortSignal = this.signal,
  ): Promise<void> {
    const { log, metrics } = this.#options;
    const shared = { caches: this.#caches, clock: this.#clock, log, metrics: metrics?.controller(spec.name) };
    const controller = createController({ ...spec, ...shared });
    const signal = AbortSignal.any([until, this.signal]);
    const afterInit = async (): Promise<void> => {
      await orAborted(this.#initialised.promise, signal).catch(() => undefined);
      await controller.run(signal);
    };
    return this.background(`controller ${spec.name}`, afterInit());
  }

  /** Adds work that `stopped()` waits for. A failure of it is logged and stops the operator; the answer never rejects. */
  protected background(name: string, work: Promise<void>): Promise<void> {
    const watched: Promise<void> = work
      .catch((error: unknown) => {
        if (this.signal.aborted) return;
        this.log.error({ err: asError(error), work: name }, 'work that must go on has failed: stopping');
        this.stop();
      })
      .finally(() => this.#running.delete(watched));
    this.#running.add(watched);
    return watched;
  }

  /** Calls `init()`; when that fails everything it has begun is stopped. */
  override async start(): Promise<void> {
    try {
      await super.start();
      this.#initialised.resolve(undefined);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Resolves when every cache is complete; rejects when the operator stops before. */
  async synced(): Promise<void> {
    await orAborted(Promise.all(this.#caches.map((cache) => cache.synced)), this.signal);
  }

  /** Whether every cache is complete: for a readiness probe. */
  get hasSynced(): boolean {
    return this.#caches.every((cache) => cache.hasSynced);
  }

  /** Starts the end; see {@link stopped}. Never ends the process. */
  override stop(): void {
    if (!this.signal.aborted) this.#stop.abort(new Error('the operator stops'));
  }

  /** Resolves once the operator was stopped and every watch and every pass under way has ended. */
  async stopped(): Promise<void> {
    if (!this.signal.aborted) {
      await new Promise((resolve) => {
        this.signal.addEventListener('abort', resolve, { once: true });
      });
    }
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /**
   * The base's contract over our own list and watch: the handler hears of an object when it is new, changed or gone, one
   * call at a time for each object, always with its latest state; what it throws is logged and tried again with backoff.
   */
  protected override async watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: (event: ResourceEvent) => Promise<void>,
    namespace?: string,
  ): Promise<void> {
    const resource = await this.#discover(group, version, plural);
    const cache = this.watch<KubeObject>(resource, { namespace });
    this.#resources.set(`${plural}.${apiVersionOf(resource)}`, resource);
    void this.control({ name: `${plural}.${apiVersionOf(resource)}`, ...resourceEvents(cache, plural, onEvent) });
  }

  /** Asks the API server what kind a plural is; waits while it is not served, as just after its definition's creation. */
  async #discover(group: string, version: string, plural: string): Promise<Resource> {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    for (;;) {
      const list = (await unlessNotFound(this.client.raw({ method: 'GET', path, signal: this.signal }))) as
        { resources?: { name: string; kind: string; namespaced: boolean }[] } | undefined;
      const found = list?.resources?.find(({ name }) => name === plural);
      if (found !== undefined) return { group, version, plural, kind: found.kind, namespaced: found.namespaced };
      this.log.warn({ resource: `${plural}.${version}.${group}` }, 'the API server does not serve this resource yet');
      await sleep(this.#clock, DISCOVER_AGAIN_MS, this.signal);
    }
  }

  /** Makes `status` the whole status that this operator owns, by server-side apply. Errors are thrown. */
  protected override async setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const { fieldManager } = this.#options;
    const body = { metadata: namespacedName(meta), status };
    const written = await this.client.apply(this.#resourceOf(meta), body, { subresource: 'status', fieldManager });
    return ResourceMetaImpl.createWithId(meta.id, asClientNode(written));
  }

  /** Merges `status` into the status (RFC 7386). Errors are thrown. */
  protected override async patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const { fieldManager } = this.#options;
    const options = { subresource: 'status', fieldManager };
    const written = await this.client.patch(this.#resourceOf(meta), meta, { status }, options);
    return ResourceMetaImpl.createWithId(meta.id, asClientNode(written));
  }

  /** Writes the list only if the object is still as it was read: another's finalizer is never lost (409 instead). */
  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    const { fieldManager } = this.#options;
    const patch = { metadata: { resourceVersion: meta.resourceVersion, finalizers } };
    await this.client.patch(this.#resourceOf(meta), meta, patch, { fieldManager });
  }

  /** The base's protocol on a copy of the event, whose arrays it changes. */
  protected override handleResourceFinalizer(
    event: ResourceEvent,
    finalizer: string,
    deleteAction: (event: ResourceEvent) => Promise<void>,
  ): Promise<boolean> {
    const copy = { ...event, object: structuredClone(event.object) };
    return super.handleResourceFinalizer(copy, finalizer, deleteAction);
  }

  /** Creates the definition or brings it up to date, by server-side apply. */
  protected override async registerCustomResourceDefinition(
    crdFile: string,
  ): Promise<{ group: string; versions: V1CustomResourceDefinitionVersion[]; plural: string }> {
    const definition = loadYaml<CustomResourceDefinition>(await readFile(crdFile, 'utf8'));
    const { fieldManager } = this.#options;
    const { spec } = await this.client.apply(CRDS, definition, { fieldManager, signal: this.signal });
    return { group: spec.group, versions: spec.versions, plural: spec.names.plural };
  }

  protected override getCustomResourceApiUri(
    group: string,
    version: string,
    plural: string,
    namespace?: string,
  ): string {
    const server = this.kubeConfig.getCurrentCluster()?.server ?? '';
    return server + collectionPath({ group, version, plural, kind: '', namespaced: true }, namespace);
  }

  protected override applyAxiosKubeConfigAuth(): Promise<void> {
    return Promise.reject(new Error('requests go through this.client'));
  }

  protected override applyGaxiosKubeConfigAuth(): Promise<void> {
    return Promise.reject(new Error('requests go through this.client'));
  }

  /** @throws TypeError for a resource that is not watched: its path is not known. */
  #resourceOf(meta: ResourceMeta): Resource {
    const known = this.#resources.get(meta.id);
    if (known === undefined) throw new TypeError(`${meta.id} is not watched`);
    return known;
  }
}

const namespacedName = (meta: ResourceMeta): { name: string; namespace?: string } => {
  const { namespace, name } = parseKey(keyOf(meta));
  return namespace === undefined ? { name } : { name, namespace };
};

const loggerOf = (log: Logger) => ({
  debug: (message: string) => {
    log.debug(message);
  },
  info: (message: string) => {
    log.info(message);
  },
  warn: (message: string) => {
    log.warn(message);
  },
  error: (message: string) => {
    log.error(message);
  },
});
