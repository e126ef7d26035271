/** What the lease API knows of the custom resources: which pairs there are, and the names of subnets. */
import { HAPAIRS, SUBNETS } from '../api/resources.ts';
import { familyOfText, type IPFamily, ipFamilyOf } from '../kea/families.ts';
import type { Cache } from '../runtime/cache.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import type { SubnetName } from './read.ts';

/** A HAPair of which only the name is read. */
export type KnownPair = KubeObject;
/** A Subnet of which only the name is read, its family, and what the operator found out about it. */
export type KnownSubnet = KubeObject<
  { cidr?: string | undefined },
  { subnetId?: number | undefined; haPair?: string | undefined }
>;

/** The resources, with as much of their objects as is read here. */
export const KNOWN_PAIRS: Resource = HAPAIRS;
export const KNOWN_SUBNETS: Resource<KnownSubnet> = SUBNETS;

const BY_ID = 'subnetId';
/** Ids of both families are spaces of their own. */
const keyOf = (namespace: string, pair: string, ipFamily: IPFamily, subnetId: number): string =>
  `${namespace}/${pair}/${ipFamily}/${subnetId}`;

/** The index of a cache of Subnets that {@link subnetNames} needs. */
export const SUBNET_INDEXES = {
  [BY_ID]: ({ metadata, spec, status }: KnownSubnet): string[] =>
    status?.subnetId === undefined || status.haPair === undefined
      ? []
      : [keyOf(metadata.namespace ?? '', status.haPair, ipFamilyOf(familyOfText(spec?.cidr ?? '')), status.subnetId)],
};

export const subnetNames =
  (subnets: Pick<Cache<KnownSubnet>, 'by'>): SubnetName =>
  ({ namespace, pair, ipFamily }, subnetId) =>
    subnets.by(BY_ID, keyOf(namespace, pair, ipFamily, subnetId))[0]?.metadata.name;

/** What is read here: a cluster may have ten thousand Subnets. */
export const trimPair = ({ apiVersion, kind, metadata }: KnownPair): KnownPair => {
  const { name, namespace = '', uid = '', resourceVersion = '' } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } };
};

export const trimSubnet = (subnet: KnownSubnet): KnownSubnet => {
  const { subnetId, haPair } = subnet.status ?? {};
  const cidr = typeof subnet.spec?.cidr === 'string' ? subnet.spec.cidr : undefined;
  return { ...trimPair(subnet), spec: { cidr }, status: { subnetId, haPair } };
};
