/** A lease as the lease API answers it, and what people ask of one. */
import { z } from 'zod';
import { LEASE_GROUP, LEASE_VERSION, LEASES } from '../apiserver/resource.ts';
import { addressText, isAddress, leasedText, prefixIn } from '../kea/address.ts';
import type { KubeObject, ObjectMeta } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { Complaint } from './exit.ts';

const text = z.string().optional();
const number = z.number().optional();

/** Loose: an API that is newer than this command may say more. */
const leaseSpec = z.looseObject({
  address: z.string(),
  prefixLength: number,
  haPair: z.string(),
  subnet: text,
  sharedNetwork: text,
  subnetId: number,
  hwAddress: text,
  clientId: text,
  duid: text,
  iaid: number,
  hostname: text,
  reservation: text,
  relayId: text,
  remoteId: text,
  validLifetime: number,
  preferredLifetime: number,
  userContext: z.unknown().optional(),
});
const leaseStatus = z.looseObject({ state: z.string(), expires: text, lastTransaction: text });
const leaseSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: leaseSpec,
  status: leaseStatus,
});

export type ShownSpec = z.output<typeof leaseSpec>;
export type ShownStatus = z.output<typeof leaseStatus>;
export interface ShownLease extends KubeObject<ShownSpec, ShownStatus> {
  metadata: ObjectMeta & { namespace: string };
  spec: ShownSpec;
  status: ShownStatus;
}

/** The resource as the aggregation layer serves it. */
export const LEASE_OBJECTS: Resource = {
  group: LEASE_GROUP,
  version: LEASE_VERSION,
  plural: LEASES.plural,
  kind: LEASES.kind,
  namespaced: true,
};

/** @throws Complaint for an object that is no lease. */
export const readLease = (object: KubeObject): ShownLease => {
  const read = leaseSchema.safeParse(object);
  if (!read.success) {
    const field = read.error.issues[0]?.path.join('.') ?? '';
    throw new Complaint(
      `The lease API answers with something that is no lease (${field}): it and this command are of versions that do not go together.`,
    );
  }
  return object as ShownLease;
};

export const isIPv6 = ({ spec }: ShownLease): boolean => spec.address.includes(':');

/** An address, or a prefix as people write it. */
export const leasedPlace = ({ spec }: ShownLease): string => leasedText(spec);

/** What identifies the client, as a release asks for it. */
export type LeaseHolder = Pick<ShownSpec, 'hwAddress' | 'clientId' | 'duid'>;

/** Of whom the lease is; undefined where the store names nobody, as of a declined one. */
export const holderOf = ({ spec: { hwAddress, clientId, duid } }: ShownLease): LeaseHolder | undefined =>
  hwAddress === undefined && clientId === undefined && duid === undefined
    ? undefined
    : {
        ...(hwAddress === undefined ? {} : { hwAddress }),
        ...(clientId === undefined ? {} : { clientId }),
        ...(duid === undefined ? {} : { duid }),
      };

/** The name of the lease of an address or a prefix, in any of their spellings; undefined for what is none. */
export const leaseNameOf = (given: string): string | undefined => {
  if (isAddress(given)) return addressText(given);
  const [, address = '', length = ''] = /^(.+)-(\d{1,3})$/.exec(given) ?? [];
  const prefix = prefixIn(given) ?? prefixIn(`${address}/${length}`);
  return prefix?.of.version === 6 ? `${prefix.of.format(prefix.first)}-${prefix.length}` : undefined;
};

/** So many of them, in words. */
export const countText = (count: number): string => (count === 1 ? '1 lease' : `${count} leases`);
