/** The program: what runs in every process, and what the one does that leads. */
import type { SharedNetwork, Subnet } from '../api/index.ts';
import {
  CLIENT_CLASSES,
  HAPAIRS,
  HOST_RESERVATIONS,
  OPTION_DEFINITIONS,
  SHARED_NETWORKS,
  SUBNETS,
} from '../api/resources.ts';
import { withdrawWithNamespace } from '../apiserver/departure.ts';
import { type DesiredApiServiceParts, manageApiService, ownerReferenceOf } from '../apiserver/registration.ts';
import { childOf } from '../compile/child.ts';
import { FAMILIES } from '../kea/families.ts';
import type { OperatorMetrics } from '../metrics/metrics.ts';
import { createReleases } from '../release/releases.ts';
import { BaseOperator, type BaseOperatorOptions } from '../runtime/base.ts';
import { type Cache, changedBeyondStatus } from '../runtime/cache.ts';
import { type Clock, isAborted, orAborted, sleep } from '../runtime/clock.ts';
import { changesOf, type Reconcile } from '../runtime/controller.ts';
import type { EventRecorder } from '../runtime/events.ts';
import type { LeaderElector } from '../runtime/leader.ts';
import { type Key, keyOf, parseKey } from '../runtime/object.ts';
import { createTerms, type Terms } from '../runtime/terms.ts';
import { createPublisher } from '../status/publish.ts';
import { createConnections } from '../sync/connections.ts';
import { type Caches, childPassOf, followChildren, pairsBeside, pairsOn, unattachedKey } from '../sync/gather.ts';
import { createLeaseSources, type LeaseSources, NO_LEASE_SOURCES } from '../sync/leaseSources.ts';
import { passesOf, passKeyOf } from '../sync/passKey.ts';
import { createPasses } from '../sync/reconcile.ts';
import { createSessions } from '../sync/sessions.ts';
import { type Allowed, notAllowed } from '../workload/allowed.ts';
import { createDatabaseResolver, type DefaultDatabase } from '../workload/database/resolve.ts';
import { isOfServer, PAIR_LABEL } from '../workload/labels.ts';
import { type Node, nodeFactsOf, NODES, type Pod, PODS } from '../workload/objects.ts';
import type { PodDefaults } from '../workload/podTemplate.ts';
import { createSettler } from '../workload/settle.ts';
import { createObjectStore } from '../workload/store.ts';
import { createWorkload } from '../workload/workload.ts';
import { createHeartbeat } from './heartbeat.ts';
import { keptOfDesired, keptOfNode, keptOfPod } from './kept.ts';
import { hostOf, type OwnSecrets } from './ownSecrets.ts';
import { createReleaseEndpoint, type ReleaseEndpoint } from './releaseEndpoint.ts';
import { serversForRelease } from './releaseServers.ts';
import { createServerFigures } from './serverFigures.ts';
import { createStatistics } from './statistics.ts';

export interface OperatorOptions extends BaseOperatorOptions {
  readonly clock: Clock;
  readonly namespace: string;
  /** Namespaces whose HAPairs are looked after; none: all. */
  readonly watchNamespaces?: readonly string[];
  /** What the pods of servers are made of where their HAPair says nothing. */
  readonly podDefaults: PodDefaults;
  /** Left out: HAPairs may ask for anything. */
  readonly allowed?: Allowed;
  readonly database?: DefaultDatabase;
  /** Namespace where the lease API is told of the pairs; left out: there is none. */
  readonly leaseSources?: string;
  readonly leaseApi?: {
    readonly service: string;
    readonly claimShortName: boolean;
    /** Name of the ClusterRole that owns the APIService. */
    readonly owner?: string;
    /** Where it asks for releases of leases; left out: nowhere. */
    readonly releases?: { readonly host?: string; readonly port: number };
  };
  readonly elector: LeaderElector;
  readonly events: EventRecorder;
  readonly ownSecrets: OwnSecrets;
  readonly operatorMetrics: OperatorMetrics;
  /** Told when the operator's own certificates end, ms since 1970; undefined: others look after them now. */
  readonly onCertificate?: (certificate: string, end: number | undefined) => void;
}

/** What the leader works with. */
interface Ground {
  readonly caches: Caches;
  readonly nodes: Cache<Node>;
  readonly pods: Cache<Pod>;
  /** Throws LeadershipLost where this process does not surely lead at this moment. */
  readonly mustLead: () => void;
  readonly endpoint: ReleaseEndpoint | undefined;
}

/** Changes that come together travel together: 10,000 objects applied at once are a few transactions. */
export const LINGER_MS = 400;
/** What `kubectl apply` sends of several objects comes 10 to 30 ms apart. */
const FIRST_LINGER_MS = 60;
const LINGER_LIMIT_MS = 5000;
/**
 * Passes at a time. One namespace has a third of them (src/runtime/queue.ts), so that its pairs keep no more in memory at a time than those of four passes.
 */
const PASSES = 12;
const HEARTBEATS = 24;
/** Of one namespace two: they page through leases. */
const STATISTICS = 6;
const SERVER_FIGURES = 6;
/** The leases of a million clients are read in less. */
const PERIODIC_MS = 120_000;
/** Own Secrets are looked after so often: certificates are renewed weeks before they end. */
const ENSURE_MS = 600_000;
const ENSURE_AGAIN_MS = 5000;

/** A term begins with lists that are no older: who did not lead cannot know what its watches have missed. */
const FRESH_MS = 15_000;

/**
 * The operator: caches in every process, everything else in the one that leads. Who loses the Lease, as when the API server is away,
 * stops working on pairs, and competes for it again in the same process.
 */
export class KeaOperator extends BaseOperator {
  readonly #own: OperatorOptions;
  #terms: Terms | undefined;

  constructor(options: OperatorOptions) {
    super(options);
    this.#own = options;
  }

  protected override init(): Promise<void> {
    const namespaces = this.#own.watchNamespaces;
    const caches = followChildren({
      pairs: this.watch(HAPAIRS, { namespaces, trim: keptOfDesired }),
      definitions: this.watch(OPTION_DEFINITIONS, { namespaces, trim: keptOfDesired }),
      classes: this.watch(CLIENT_CLASSES, { namespaces, trim: keptOfDesired }),
      networks: this.watch(SHARED_NETWORKS, { namespaces, trim: keptOfDesired }),
      subnets: this.watch(SUBNETS, { namespaces, trim: keptOfDesired }),
      reservations: this.watch(HOST_RESERVATIONS, { namespaces, trim: keptOfDesired }),
    });
    const nodes = this.watch(NODES, { trim: keptOfNode });
    const pods = this.watch(PODS, { namespaces, labelSelector: PAIR_LABEL, trim: keptOfPod });
    const { elector, clock, client, namespace, leaseApi, log } = this.#own;
    if (leaseApi !== undefined) {
      const withdrawal = withdrawWithNamespace({ client, namespace, log, clock }, this.signal);
      void this.background('own namespace', withdrawal);
    }
    const work = (term: AbortSignal, mustLead: () => void): Promise<void> =>
      this.#lead({ caches, nodes, pods, mustLead, endpoint: this.#releaseEndpoint(term) }, term);
    this.#terms = createTerms({ elector, clock, log: this.log, work });
    void this.background('leadership', this.#terms.run(this.signal));
    return Promise.resolve();
  }

  /** Frees the Lease for another process. Only once the work has stopped. */
  async resign(): Promise<void> {
    await this.#terms?.resign();
  }

  /** For a liveness probe: see {@link Terms.isAlive}. */
  get isAlive(): boolean {
    return this.#terms?.isAlive ?? true;
  }

  /** Leads until the term is over; never rejects. */
  async #lead(ground: Ground, term: AbortSignal): Promise<void> {
    await this.refreshed(FRESH_MS, term).catch(() => undefined);
    const secrets = this.background('own Secrets', this.#ensureOwnSecrets(ground.endpoint, term));
    await this.#reconcilePairs(ground, term);
    await secrets;
    await ground.endpoint?.closed();
    // What this process knew of pairs another knows better from now on.
    this.#own.operatorMetrics.forgetAll();
  }

  async #reconcilePairs({ caches, nodes, pods, mustLead, endpoint }: Ground, term: AbortSignal): Promise<void> {
    const { client, clock, namespace, podDefaults, allowed, database, events, operatorMetrics } = this.#own;
    const leaseSources = this.#leaseSources();
    const tidied = this.background('lease sources', this.#tidyLeaseSources(leaseSources, caches, term));
    const sessions = createSessions(() => {
      const store = createObjectStore(client);
      const workload = createWorkload({ client, store, clock, defaults: podDefaults });
      return {
        store,
        workload,
        settler: createSettler(workload, clock),
        databases: createDatabaseResolver({
          client,
          store,
          clock,
          namespace,
          ...(database === undefined ? {} : { fallback: database }),
        }),
        connections: createConnections(clock, this.log),
      };
    });
    const publisher = createPublisher(client, events, this.log);
    const passes = createPasses({
      client,
      clock,
      caches,
      sessions,
      publisher,
      metrics: operatorMetrics,
      nodes: () => new Map(nodes.list().map((node) => [node.metadata.name, nodeFactsOf(node)])),
      pairs: () => caches.pairs.list(),
      notAllowed: (pair) => (allowed === undefined ? undefined : notAllowed(pair, allowed)),
      hasPods: (key, family) =>
        pods.list(parseKey(key).namespace).some((pod) => pairOfPod(pod) === key && isOfServer(family, pod)),
      leaseSources,
      mustLead,
      tell: ({ pair }, reason, note) => {
        const type = reason === 'ServerCarried' ? 'Warning' : 'Normal';
        events.record(pair, { type, reason, action: 'Configure', note });
      },
    });
    /** Has a pair looked at, as what is no object has changed. */
    let wake: (key: Key) => void = () => undefined;
    const pairs = this.control(
      {
        name: 'hapair',
        workers: PASSES,
        group: groupOf,
        lingerMs: LINGER_MS,
        firstLingerMs: FIRST_LINGER_MS,
        lingerMaxMs: LINGER_LIMIT_MS,
        ...passes,
        sources: [
          changesOf(
            caches.pairs,
            (pair) => [
              ...passesOf(keyOf(pair)),
              unattachedKey(pair.metadata.namespace ?? ''),
              ...pairsBeside(caches, pair),
            ],
            changedBeyondStatus,
          ),
          changesOf(caches.definitions, (definition) => [childPassOf(caches, definition)], changedBeyondStatus),
          changesOf(caches.classes, (one) => [childPassOf(caches, one)], changedBeyondStatus),
          changesOf(caches.networks, (network) => this.#pairsOf(caches, network), changedBeyondStatus),
          changesOf(caches.subnets, (subnet) => this.#pairsOf(caches, subnet), changedBeyondStatus),
          changesOf(caches.reservations, (reservation) => [childPassOf(caches, reservation)], changedBeyondStatus),
          changesOf(pods, passesOfPod),
          changesOf(nodes, (node) => pairsOn(caches, node.metadata.name), changedAddresses),
          (enqueue) => {
            wake = enqueue;
            return () => undefined;
          },
        ],
      },
      term,
    );
    /** For each pair again and again, at times of its own. */
    const periodic = (name: string, workers: number, work: Reconcile): Promise<void> => {
      const sources = [changesOf(caches.pairs, (pair) => passesOf(keyOf(pair)), isNewOrGone)];
      return this.control(
        { name, workers, group: groupOf, reconcile: work, sources, passTimeoutMs: PERIODIC_MS },
        term,
      );
    };
    const beat = createHeartbeat({
      client,
      caches,
      sessions,
      enqueue: (key) => {
        wake(key);
      },
    });
    const look = createStatistics({ caches, sessions, publisher, metrics: operatorMetrics, clock });
    const releases = createReleases(
      {
        find: serversForRelease(caches, sessions),
        tell: ({ namespace, pair: name }, reason, note) => {
          const pair = caches.pairs.get(keyOf({ namespace, name }));
          const type = reason === 'LeaseReleased' ? 'Normal' : 'Warning';
          if (pair !== undefined) events.record(pair, { type, reason, action: 'Release', note });
        },
        mustLead,
        clock,
        log: this.log,
      },
      term,
    );
    endpoint?.answerBy(releases);
    const ask = createServerFigures({ caches, sessions, metrics: operatorMetrics });
    await Promise.all([
      tidied,
      pairs,
      periodic('heartbeat', HEARTBEATS, beat),
      periodic('statistics', STATISTICS, look),
      this.background('releases', releases.run()),
      periodic('server-figures', SERVER_FIGURES, ask),
    ]);
    await sessions.close();
  }

  /** A network or Subnet concerns its own pair, and by its prefix or name every other of the namespace. */
  #pairsOf(caches: Caches, child: SharedNetwork | Subnet): readonly Key[] {
    const { family } = childOf(child);
    const others = caches.pairs.list(child.metadata.namespace).map((pair) => passKeyOf(keyOf(pair), family));
    return [childPassOf(caches, child), ...others, unattachedKey(child.metadata.namespace ?? '')];
  }

  #leaseSources(): LeaseSources {
    const { client, namespace: own, leaseSources: namespace, log } = this.#own;
    return namespace === undefined ? NO_LEASE_SOURCES : createLeaseSources({ client, namespace, own, log });
  }

  async #tidyLeaseSources(leaseSources: LeaseSources, { pairs }: Caches, term: AbortSignal): Promise<void> {
    try {
      await orAborted(pairs.synced, term);
      const isKnown = (key: Key): boolean => pairs.get(key) !== undefined || !pairs.isServed(parseKey(key).namespace);
      await leaseSources.tidy(isKnown, term);
    } catch (error) {
      if (!term.aborted)
        this.log.error({ err: error }, 'Secrets of the lease API for HAPairs that are gone could not be taken away');
    }
  }

  #releaseEndpoint(term: AbortSignal): ReleaseEndpoint | undefined {
    const { leaseApi, namespace, log } = this.#own;
    if (leaseApi?.releases === undefined) return undefined;
    return createReleaseEndpoint({ ...leaseApi.releases, caller: hostOf(leaseApi.service, namespace), log }, term);
  }

  async #ensureOwnSecrets(endpoint: ReleaseEndpoint | undefined, term: AbortSignal): Promise<void> {
    const { ownSecrets, leaseApi, client, namespace, clock, log, onCertificate = () => undefined } = this.#own;
    const known = new Set<string>();
    let desired: DesiredApiServiceParts | undefined;
    const registered =
      leaseApi === undefined
        ? undefined
        : this.background('APIService', manageApiService({ client, desired: () => desired, log, clock }, term));
    const ensure = async (): Promise<number> => {
      try {
        const { caBundle, internal, expiries } = await ownSecrets.ensure(term);
        for (const [name, end] of expiries) {
          known.add(name);
          onCertificate(name, end);
        }
        if (leaseApi === undefined) return ENSURE_MS;
        const { service: name, claimShortName } = leaseApi;
        const owner = leaseApi.owner === undefined ? undefined : await ownerReferenceOf(client, leaseApi.owner, term);
        const service = { namespace, name, port: 443 };
        desired = { caBundle, service, claimShortName, ...(owner === undefined ? {} : { owner }) };
        if (internal !== undefined) await endpoint?.trust({ ...internal, ca: caBundle });
        return ENSURE_MS;
      } catch (error) {
        if (!term.aborted) log.error({ err: error }, "the operator's own Secrets could not be looked after");
        return ENSURE_AGAIN_MS;
      }
    };
    while (!isAborted(term)) await sleep(clock, await ensure(), term).catch(() => undefined);
    for (const name of known) onCertificate(name, undefined);
    await registered;
  }
}

/** Passes on unattached objects ask nobody but the API server: no pair of the namespace keeps them waiting. */
const groupOf = (key: Key): string => (key.endsWith('/') ? 'unattached' : (parseKey(key).namespace ?? ''));

/** A pod that is of no server, as that of a Job, may be of any. */
const passesOfPod = (pod: Pod): readonly Key[] => {
  const key = pairOfPod(pod);
  if (key === undefined) return [];
  const family = FAMILIES.find((one) => isOfServer(one, pod));
  return family === undefined ? passesOf(key) : [passKeyOf(key, family)];
};

const pairOfPod = ({ metadata }: Pod): Key | undefined => {
  const name = metadata.labels?.[PAIR_LABEL];
  return name === undefined ? undefined : `${metadata.namespace ?? ''}/${name}`;
};

const changedAddresses = (before: Node | undefined, after: Node | undefined): boolean =>
  JSON.stringify(before?.status?.addresses) !== JSON.stringify(after?.status?.addresses);

const isNewOrGone = (before: unknown, after: unknown): boolean => before === undefined || after === undefined;
