/** The lease API, put together: caches of what it must know, the lease sources, and the HTTPS server. */
import type { Registry } from 'prom-client';
import { withPort } from '../kea/address.ts';
import { LEASE_SOURCE_LABEL } from '../leases/descriptor.ts';
import type { AskOperator } from '../release/ask.ts';
import type { KubeClient } from '../runtime/client.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import { createInformer, type InformerSpec } from '../runtime/informer.ts';
import type { Logger } from '../runtime/log.ts';
import { keyOf, type KubeObject } from '../runtime/object.ts';
import type { ReflectorMetrics } from '../runtime/reflector.ts';
import { AUTHENTICATION_CONFIG, CONFIG_MAPS, type ConfigMap, readRequestHeaderConfig } from './authenticate.ts';
import { createAuthorizer } from './authorize.ts';
import { awaitCertificate, type CertificateFiles, type ServingCertificate, watchCertificate } from './certificate.ts';
import { ApiFailure } from './failure.ts';
import { createLeaseApiMetrics } from './metrics.ts';
import { KNOWN_PAIRS, KNOWN_SUBNETS, knownSubnets, SUBNET_INDEXES, trimPair, trimSubnet } from './objects.ts';
import { KNOWN_RESERVATIONS, reservationNames, trimReservation } from './reservations.ts';
import { leaseRoutes } from './routes.ts';
import { createApiServer } from './server.ts';
import { createPairSources, type PairSources, SOURCE_SECRETS } from './sources.ts';

export interface LeaseApiOptions {
  readonly client: KubeClient;
  /** Namespace of the lease source descriptors. */
  readonly sources: string;
  /** Namespaces of the pairs; none: all. */
  readonly namespaces?: readonly string[];
  /** Where to listen. Default: every address, port 8443. Port 0: any that is free. */
  readonly host?: string;
  readonly port?: number;
  /** The serving certificate; its names must hold `<service>.<namespace>.svc`. Read again every minute. */
  readonly certificate: CertificateFiles;
  readonly certificateIntervalMs?: number;
  /** Told of the certificate that it shows, and of each that follows. */
  readonly onCertificate?: (certificate: ServingCertificate) => void;
  /** Asks the operator for releases; left out: there are none. */
  readonly operator?: AskOperator;
  readonly log: Logger;
  readonly registry?: Registry;
  readonly reflectorMetrics?: ReflectorMetrics;
  readonly clock?: Clock;
  /** Ends the start, where that has to wait. Left out: nothing does. */
  readonly signal?: AbortSignal;
}

export interface LeaseApi {
  /** `https://host:port` it listens on. */
  readonly url: string;
  /** What is missing before the API is ready, as `/readyz` says it; undefined: nothing. */
  missing(): string | undefined;
  /**
   * Ends it in good order: not ready at once, serving on for `drainMs` (default 5 s, so that kube-apiserver hears of it
   * before), then until the last answer is out, at most `graceMs` more (default 15 s).
   */
  stop(drainMs?: number, graceMs?: number): Promise<void>;
}

/**
 * Starts the lease API and resolves as soon as it listens, which needs no more than its certificate, and that is waited for; it is
 * ready when the caches are filled.
 * Needs: get/list/watch of Secrets in the namespace of the descriptors, of HAPairs, Subnets and HostReservations in those of pairs, of the ConfigMap
 * kube-system/extension-apiserver-authentication; create of SubjectAccessReviews.
 */
export const startLeaseApi = async (options: LeaseApiOptions): Promise<LeaseApi> => {
  const { client, namespaces, log, clock = systemClock } = options;
  const ending = new AbortController();
  const metrics = options.registry && createLeaseApiMetrics(options.registry);

  const informer = <T extends KubeObject>(
    spec: Pick<
      InformerSpec<T>,
      'resource' | 'namespace' | 'namespaces' | 'labelSelector' | 'fieldSelector' | 'indexes' | 'trim'
    >,
  ) => createInformer<T>({ client, clock, log, metrics: options.reflectorMetrics, ...spec });
  const secrets = informer({
    resource: SOURCE_SECRETS,
    namespace: options.sources,
    labelSelector: `${LEASE_SOURCE_LABEL}=true`,
  });
  const pairs = informer({ resource: KNOWN_PAIRS, namespaces, trim: trimPair });
  const subnets = informer({ resource: KNOWN_SUBNETS, namespaces, indexes: SUBNET_INDEXES, trim: trimSubnet });
  // Not waited for: what is reserved is told beside the leases, which are shown without it.
  const reservations = informer({
    resource: KNOWN_RESERVATIONS,
    namespaces,
    trim: trimReservation,
  });
  const reservationOf = reservationNames(reservations.cache);
  const { subnetOf, subnetsOf } = knownSubnets(subnets.cache);
  const configs = informer({
    resource: CONFIG_MAPS,
    namespace: AUTHENTICATION_CONFIG.namespace,
    fieldSelector: `metadata.name=${AUTHENTICATION_CONFIG.name}`,
  });

  const missing = (): string | undefined => {
    const waiting = Object.entries({ secrets, pairs, subnets }).filter(([, { cache }]) => !cache.hasSynced);
    return waiting.length === 0 ? undefined : `waiting for ${waiting.map(([name]) => name).join(', ')}`;
  };
  const sources = createPairSources({
    secrets: secrets.cache,
    pairExists: (ns, name) => pairs.cache.get(keyOf({ namespace: ns, name })) !== undefined,
    clock,
    log,
    onFailure: () => metrics?.onUnavailable(),
  });
  /** A cache that is not filled yet would show no leases where there are some. */
  const knownSources = (): PairSources => {
    const lacking = missing();
    if (lacking !== undefined) throw new ApiFailure('ServiceUnavailable', `the lease API is starting: ${lacking}`);
    return sources;
  };

  const certificate = await awaitCertificate(options.certificate, clock, log, options.signal);
  options.onCertificate?.(certificate);
  const server = createApiServer({
    certificate,
    missing,
    metrics,
    clock,
    log,
    routes: (userOf) =>
      leaseRoutes({
        userOf,
        authorizer: createAuthorizer({ client, clock, onReview: (result) => metrics?.onReview(result) }),
        sources: knownSources,
        naming: { subnetOf, reservationOf },
        subnetsOf,
        operator: options.operator,
        clock,
        onLeases: (count) => metrics?.onLeases(count),
      }),
  });

  const trust = (config: ConfigMap | undefined): void => {
    try {
      server.setRequestHeaders(readRequestHeaderConfig(config?.data));
      log.info({ ...AUTHENTICATION_CONFIG }, 'request header authentication configured');
    } catch (error) {
      // Whom to believe is not forgotten because the ConfigMap is broken or gone for a moment.
      const fields = { ...AUTHENTICATION_CONFIG, error: asError(error).message };
      log.error(
        fields,
        'the ConfigMap has no usable request header settings: does kube-apiserver run with an aggregation layer?',
      );
    }
  };
  configs.cache.onChange((_before, after) => {
    trust(after);
  });

  await server.listen(options.host ?? '::', options.port ?? 8443);
  const { host, port } = server.address();
  log.info({ host, port }, 'lease API listens');
  const work = [
    ...[secrets, pairs, subnets, reservations, configs].map((kept) => kept.run(ending.signal)),
    watchCertificate(
      {
        files: options.certificate,
        current: certificate,
        onChange: (next) => {
          server.setCertificate(next);
          options.onCertificate?.(next);
        },
        intervalMs: options.certificateIntervalMs ?? 60_000,
        clock,
        log,
      },
      ending.signal,
    ),
  ];

  return {
    url: `https://${withPort(host, port)}`,
    missing: () => server.missing(),
    stop: async (drainMs = 5_000, graceMs = 15_000) => {
      await server.stop(drainMs, graceMs);
      ending.abort();
      await Promise.all(work);
      await sources.close();
    },
  };
};
