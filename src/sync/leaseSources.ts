/** Takes away what the lease API knows of pairs that are gone. */
import { LEASE_SOURCE_LABEL, leaseSourceSecretName, pairOfLeaseSource } from '../leases/descriptor.ts';
import { type KubeClient, pages } from '../runtime/client.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import type { Key } from '../runtime/object.ts';
import { SECRETS } from '../workload/objects.ts';

/** @param own The operator's namespace. */
export const dropLeaseSource = async (
  client: Pick<KubeClient, 'delete'>,
  own: string,
  of: { readonly namespace: string; readonly pair: string },
  signal: AbortSignal,
): Promise<void> => {
  await unlessNotFound(client.delete(SECRETS, { namespace: own, name: leaseSourceSecretName(of) }, { signal }));
};

/** Of pairs that went while no operator ran: nobody else would ever take their credentials away. */
export const dropAbandonedLeaseSources = async (
  client: Pick<KubeClient, 'list' | 'delete'>,
  own: string,
  isThere: (pair: Key) => boolean,
  signal: AbortSignal,
): Promise<void> => {
  const options = { namespace: own, labelSelector: `${LEASE_SOURCE_LABEL}=true`, limit: 100, signal };
  for await (const { items } of pages(client, SECRETS, options)) {
    for (const { metadata } of items) {
      const of = pairOfLeaseSource(metadata.name);
      if (of !== undefined && !isThere(`${of.namespace}/${of.pair}`)) await dropLeaseSource(client, own, of, signal);
    }
  }
};
