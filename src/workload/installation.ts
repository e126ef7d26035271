import type { Clock } from '../runtime/clock.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import { type Authority, bundleOf, type LeafSpec, tendAuthority } from './certificates.ts';
import { authorityData, newPassword, pairOf, readAuthority, tendLeaf } from './credentials.ts';
import { decoded, encoded, type Secret, SECRETS } from './objects.ts';
import { FIELD_MANAGER, type ObjectStore, type WorkloadClient } from './store.ts';

export interface InstallationOptions {
  readonly client: WorkloadClient;
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** The operator's own. */
  readonly namespace: string;
  /** Secret for the authority of the operator's own services. */
  readonly authoritySecret: string;
}

/** What the operator's own services need to start: made here, as a chart's random values would change with every rendering. */
export interface Installation {
  /** Makes or renews the serving certificate of the lease API in its Secret. Gives the roots that sign it, PEM, for the APIService. */
  serveLeases(service: string, secret: string, signal?: AbortSignal): Promise<string>;
  /** Makes password and certificate of the bundled PostgreSQL server, whose Service and Secret have one name. */
  serveDatabase(name: string, signal?: AbortSignal): Promise<void>;
  /** Removes what nothing else would: the Secrets but the database's, whose password is in its data directory as well. */
  remove(leaseApiSecret: string | undefined, signal?: AbortSignal): Promise<void>;
}

/** PostgreSQL reads its certificate at its start: a trial server may run for years without one. */
const DATABASE_DAYS = 3650;

/** Names by which a Service is called from inside the cluster. */
const serviceNames = (service: string, namespace: string): readonly string[] => [
  `${service}.${namespace}.svc`,
  `${service}.${namespace}.svc.cluster.local`,
  `${service}.${namespace}`,
  service,
];

export const createInstallation = (options: InstallationOptions): Installation => {
  const { client, store, clock, namespace, authoritySecret } = options;

  const read = async (name: string, signal?: AbortSignal): Promise<Record<string, string> | undefined> => {
    const secret = await unlessNotFound(client.get(SECRETS, { namespace, name }, { signal }));
    return secret && decoded(secret);
  };

  const write = (
    name: string,
    component: string,
    data: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Secret> => store.put(SECRETS, ownSecret(namespace, name, component, data), undefined, signal);

  const ensureAuthority = async (signal?: AbortSignal): Promise<Authority> => {
    const stored = readAuthority(await read(authoritySecret, signal));
    const authority = await tendAuthority(`kea-operator ${namespace}`, stored, clock.now());
    await write(authoritySecret, 'authority', { ...authorityData(authority) }, signal);
    return authority;
  };

  const leafData = async (spec: LeafSpec, stored: Record<string, string> | undefined, signal?: AbortSignal) => {
    const authority = await ensureAuthority(signal);
    const leaf = await tendLeaf(authority, spec, pairOf(stored ?? {}, 'tls.crt', 'tls.key'), clock.now());
    return { 'ca.crt': bundleOf(authority), 'tls.crt': leaf.cert, 'tls.key': leaf.key };
  };

  return {
    serveLeases: async (service, secret, signal) => {
      const names = serviceNames(service, namespace);
      const spec: LeafSpec = { commonName: service, dnsNames: names, use: 'server' };
      const data = await leafData(spec, await read(secret, signal), signal);
      await write(secret, 'leases', data, signal);
      return data['ca.crt'];
    },

    serveDatabase: async (name, signal) => {
      const stored = await read(name, signal);
      const names = serviceNames(name, namespace);
      const spec: LeafSpec = { commonName: name, dnsNames: names, use: 'server', days: DATABASE_DAYS };
      const data = await leafData(spec, stored, signal);
      const password = stored?.password ?? newPassword();
      await write(name, 'postgresql', { ...data, username: 'postgres', password }, signal);
    },

    remove: async (leaseApiSecret, signal) => {
      for (const name of [leaseApiSecret, authoritySecret]) {
        if (name === undefined) continue;
        await unlessNotFound(client.delete(SECRETS, { namespace, name }, { signal }));
      }
    },
  };
};

const ownSecret = (namespace: string, name: string, component: string, data: Record<string, string>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name,
    namespace,
    labels: {
      'app.kubernetes.io/name': 'kea-operator',
      'app.kubernetes.io/component': component,
      'app.kubernetes.io/managed-by': FIELD_MANAGER,
    },
  },
  type: 'Opaque',
  data: encoded(data),
});
