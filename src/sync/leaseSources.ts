/** What the lease API is told of each family of a pair: a Secret in a namespace that holds nothing else, as it may read all that is there. */
import {
  LEASE_SOURCE_LABEL,
  type LeaseSourceDescriptor,
  type LeaseSourceOf,
  leaseSourceOf,
  leaseSourceSecret,
  leaseSourceSecretName,
} from '../leases/descriptor.ts';
import { type KubeClient, pages } from '../runtime/client.ts';
import { ApiError, isForbidden, unlessNotFound } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Key } from '../runtime/object.ts';
import { type Secret, SECRETS } from '../workload/objects.ts';
import { FIELD_MANAGER, NameTaken, type ObjectStore } from '../workload/store.ts';

export interface LeaseSources {
  /** Tells where a pair's leases are read. What keeps it from that keeps nothing else: DHCP goes on without the lease API. */
  describe(leases: LeaseSourceDescriptor, store: ObjectStore, signal: AbortSignal): Promise<void>;
  drop(of: LeaseSourceOf, signal: AbortSignal): Promise<void>;
  /** Moves what an earlier version kept in the operator's own namespace, and takes away what is of pairs that went while no operator ran. */
  tidy(mayBeThere: (pair: Key) => boolean, signal: AbortSignal): Promise<void>;
}

export interface LeaseSourcesOptions {
  readonly client: Pick<KubeClient, 'list' | 'apply' | 'delete'>;
  /** Where they are. */
  readonly namespace: string;
  /** The operator's own. */
  readonly own: string;
  readonly log: Logger;
}

/** Where there is no lease API. */
export const NO_LEASE_SOURCES: LeaseSources = {
  describe: () => Promise.resolve(),
  drop: () => Promise.resolve(),
  tidy: () => Promise.resolve(),
};

export const createLeaseSources = ({ client, namespace, own, log }: LeaseSourcesOptions): LeaseSources => {
  const list = async (where: string, signal: AbortSignal): Promise<readonly Secret[]> => {
    const selection = { namespace: where, labelSelector: `${LEASE_SOURCE_LABEL}=true`, limit: 100, signal };
    const secrets: Secret[] = [];
    for await (const { items } of pages(client, SECRETS, selection)) secrets.push(...items);
    return secrets;
  };

  const move = async (signal: AbortSignal): Promise<void> => {
    for (const { metadata, type, data } of await list(own, signal)) {
      const { name, labels } = metadata;
      const secret = {
        metadata: { name, namespace, ...(labels && { labels }) },
        ...(type && { type }),
        ...(data && { data }),
      };
      await client.apply(SECRETS, secret, { fieldManager: FIELD_MANAGER, signal });
      await unlessNotFound(client.delete(SECRETS, { namespace: own, name }, { signal }));
    }
  };
  const drop: LeaseSources['drop'] = async (of, signal) => {
    await unlessNotFound(client.delete(SECRETS, { namespace, name: leaseSourceSecretName(of) }, { signal }));
  };

  return {
    describe: async (leases, store, signal) => {
      try {
        await store.put(SECRETS, leaseSourceSecret(leases, namespace), undefined, signal);
      } catch (error) {
        if (!(error instanceof ApiError) && !(error instanceof NameTaken)) throw error;
        log.warn({ namespace, pair: leases.pair, error: error.message }, 'the lease API cannot be told of a pair');
      }
    },
    drop,
    tidy: async (mayBeThere, signal) => {
      // With few namespaces to watch it may not list its own Secrets, and an operator that had made some there watched all.
      await move(signal).catch((error: unknown) => {
        if (!isForbidden(error)) throw error;
      });
      for (const { metadata } of await list(namespace, signal)) {
        const of = leaseSourceOf(metadata.name);
        if (of !== undefined && !mayBeThere(`${of.namespace}/${of.pair}`)) await drop(of, signal);
      }
    },
  };
};
