/** The Secrets that the operator makes for its own release. */
import type { KubeClient } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import {
  type Authority,
  bundleOf,
  ensureAuthority,
  expiryOf,
  issueLeaf,
  type KeyPair,
  LEAF_DAYS,
  leafIsCurrent,
  type LeafSpec,
} from '../workload/certificates.ts';
import { authorityData, newPassword, readAuthority } from '../workload/credentials.ts';
import { decoded, encoded, SECRETS } from '../workload/objects.ts';
import { FIELD_MANAGER } from '../workload/store.ts';

/** Secrets of the operator's own namespace that its release needs: made here, so that the chart holds nothing random and renders the same every time. */
export interface OwnSecrets {
  /** Makes what is missing and renews what is due. */
  ensure(signal: AbortSignal): Promise<OwnTrust>;
}

/** By what the operator and its lease API know each other. */
export interface OwnTrust {
  /** The roots of both, PEM. */
  readonly caBundle: string;
  /** Of the Service at which the lease API asks the operator; where there is one. Only this process has it. */
  readonly internal?: KeyPair;
  /** When the authority and what is shown by others than this program end, by name, ms since 1970. */
  readonly expiries: ReadonlyMap<string, number>;
}

export interface OwnSecretsOptions {
  readonly client: Pick<KubeClient, 'get' | 'apply'>;
  readonly clock: Clock;
  readonly namespace: string;
  /** Service and Secret of the lease API, and the Service at which that asks the operator: it shows the certificate there that it serves with. */
  readonly leaseApi?: { readonly service: string; readonly secret: string; readonly internalService?: string };
  /** Service and Secret of the bundled PostgreSQL. */
  readonly bundledDatabase?: string;
  /** Service of the metrics; the Secret of its certificate, and one that holds nothing but the CA, for who reads metrics. */
  readonly metrics?: { readonly service: string; readonly secret: string; readonly caSecret: string };
}

const AUTHORITY = 'kea-operator-ca';
/** PostgreSQL reads its certificate at its start only, and a trial server may run for years without one. */
const DATABASE_DAYS = 3650;

/** The name by which a Service is reached, and known by its certificate. */
export const hostOf = (service: string, namespace: string): string => `${service}.${namespace}.svc`;

export const createOwnSecrets = (options: OwnSecretsOptions): OwnSecrets => {
  const { client, clock, namespace, leaseApi, bundledDatabase, metrics } = options;

  const read = async (name: string, signal: AbortSignal): Promise<Record<string, string> | undefined> => {
    const secret = await unlessNotFound(client.get(SECRETS, { namespace, name }, { signal }));
    return secret && decoded(secret);
  };
  const write = async (
    name: string,
    before: Readonly<Record<string, string>> | undefined,
    data: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> => {
    if (before !== undefined && Object.entries(data).every(([key, value]) => before[key] === value)) return;
    const labels = { 'app.kubernetes.io/name': 'kea-operator', 'app.kubernetes.io/managed-by': FIELD_MANAGER };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels }, data: encoded(data) };
    await client.apply(SECRETS, secret, { fieldManager: FIELD_MANAGER, signal });
  };

  const ensurePair = async (
    authority: Authority,
    service: string,
    before: KeyPair | undefined,
    days = LEAF_DAYS,
  ): Promise<KeyPair> => {
    const host = hostOf(service, namespace);
    const spec: LeafSpec = { commonName: host.slice(0, 64), dnsNames: [host], use: 'server', days };
    const now = clock.now();
    return before !== undefined && leafIsCurrent(before, spec, authority, now)
      ? before
      : issueLeaf(authority, spec, now);
  };
  const ensureLeaf = async (
    authority: Authority,
    service: string,
    before: Record<string, string> | undefined,
    days?: number,
  ) => {
    const [cert, key] = [before?.['tls.crt'], before?.['tls.key']];
    const stored = cert === undefined || key === undefined ? undefined : { cert, key };
    const leaf = await ensurePair(authority, service, stored, days);
    return { 'tls.crt': leaf.cert, 'tls.key': leaf.key, 'ca.crt': bundleOf(authority) };
  };
  let internal: KeyPair | undefined;

  return {
    ensure: async (signal) => {
      const stored = await read(AUTHORITY, signal);
      const authority = await ensureAuthority('kea-operator', readAuthority(stored), clock.now());
      await write(AUTHORITY, stored, authorityData(authority), signal);
      if (leaseApi !== undefined) {
        const before = await read(leaseApi.secret, signal);
        await write(leaseApi.secret, before, await ensureLeaf(authority, leaseApi.service, before), signal);
      }
      if (metrics !== undefined) {
        const before = await read(metrics.secret, signal);
        await write(metrics.secret, before, await ensureLeaf(authority, metrics.service, before), signal);
        const ca = { 'ca.crt': bundleOf(authority) };
        await write(metrics.caSecret, await read(metrics.caSecret, signal), ca, signal);
      }
      const shown: (readonly [string, string])[] = [['ca', authority.current.cert]];
      if (bundledDatabase !== undefined) {
        const before = await read(bundledDatabase, signal);
        const login = { username: 'postgres', password: before?.password ?? newPassword() };
        const leaf = await ensureLeaf(authority, bundledDatabase, before, DATABASE_DAYS);
        await write(bundledDatabase, before, { ...login, ...leaf }, signal);
        shown.push(['postgresql', leaf['tls.crt']]);
      }
      if (leaseApi?.internalService !== undefined) {
        internal = await ensurePair(authority, leaseApi.internalService, internal);
        shown.push(['internal', internal.cert]);
      }
      const expiries = new Map(shown.flatMap(([name, pem]) => entryOf(name, expiryOf(pem))));
      return { caBundle: bundleOf(authority), expiries, ...(internal === undefined ? {} : { internal }) };
    },
  };
};

const entryOf = (name: string, end: number | undefined): readonly (readonly [string, number])[] =>
  end === undefined ? [] : [[name, end]];
