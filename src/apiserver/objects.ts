/** What the lease API knows of the custom resources: which pairs there are, and the names of subnets. */
import { HAPAIRS, SUBNETS } from '../api/resources.ts';
import { familyOfText, type IPFamily, ipFamilyOf } from '../kea/families.ts';
import type { LeaseSourceOf } from '../leases/descriptor.ts';
import type { Cache } from '../runtime/cache.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import type { NamedSubnet, SubnetsOf } from './selector.ts';

/** A HAPair of which only the name is read. */
export type KnownPair = KubeObject;
/** A Subnet of which only the name is read, its family, its network, and what the operator found out about it. */
export type KnownSubnet = KubeObject<
  { cidr?: string | undefined; sharedNetworkRef?: { name?: string | undefined } | undefined },
  { subnetId?: number | undefined; haPair?: string | undefined }
>;

/** The resources, with as much of their objects as is read here. */
export const KNOWN_PAIRS: Resource = HAPAIRS;
export const KNOWN_SUBNETS: Resource<KnownSubnet> = SUBNETS;

const BY_ID = 'subnetId';
const BY_PAIR = 'pair';
const pairKey = ({ namespace, pair, ipFamily }: LeaseSourceOf): string => `${namespace}/${pair}/${ipFamily}`;
/** Ids of both families are spaces of their own. */
const idKey = (of: LeaseSourceOf, subnetId: number): string => `${pairKey(of)}/${subnetId}`;

const placeOf = ({ metadata, spec, status }: KnownSubnet): { of: LeaseSourceOf; id: number } | undefined => {
  const { subnetId: id, haPair: pair } = status ?? {};
  if (id === undefined || pair === undefined) return undefined;
  const ipFamily: IPFamily = ipFamilyOf(familyOfText(spec?.cidr ?? ''));
  return { of: { namespace: metadata.namespace ?? '', pair, ipFamily }, id };
};

/** The indexes of a cache of Subnets that {@link knownSubnets} needs. */
export const SUBNET_INDEXES = {
  [BY_ID]: (subnet: KnownSubnet): string[] => {
    const place = placeOf(subnet);
    return place === undefined ? [] : [idKey(place.of, place.id)];
  },
  [BY_PAIR]: (subnet: KnownSubnet): string[] => {
    const place = placeOf(subnet);
    return place === undefined ? [] : [pairKey(place.of)];
  },
};

/** The Subnet of a family of a pair that has this id of Kea's; undefined where there is none. */
export type SubnetOf = (of: LeaseSourceOf, subnetId: number) => Omit<NamedSubnet, 'id'> | undefined;

export const knownSubnets = (
  subnets: Pick<Cache<KnownSubnet>, 'by'>,
): { readonly subnetOf: SubnetOf; readonly subnetsOf: SubnetsOf } => {
  const named = ({ metadata, spec }: KnownSubnet) => ({
    name: metadata.name,
    sharedNetwork: spec?.sharedNetworkRef?.name,
  });
  return {
    subnetOf: (of, subnetId) => {
      const [subnet] = subnets.by(BY_ID, idKey(of, subnetId));
      return subnet && named(subnet);
    },
    // Of two with one id, as when one takes the place of another, the first in the index of ids counts, as above.
    subnetsOf: (of) =>
      subnets.by(BY_PAIR, pairKey(of)).flatMap((subnet) => {
        const id = placeOf(subnet)?.id;
        const isFirst = id !== undefined && subnets.by(BY_ID, idKey(of, id))[0] === subnet;
        return isFirst ? [{ id, ...named(subnet) }] : [];
      }),
  };
};

/** What is read here: a cluster may have ten thousand Subnets. */
export const trimPair = ({ apiVersion, kind, metadata }: KnownPair): KnownPair => {
  const { name, namespace = '', uid = '', resourceVersion = '' } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } };
};

export const trimSubnet = (subnet: KnownSubnet): KnownSubnet => {
  const { subnetId, haPair } = subnet.status ?? {};
  const cidr = typeof subnet.spec?.cidr === 'string' ? subnet.spec.cidr : undefined;
  const network = subnet.spec?.sharedNetworkRef?.name;
  const sharedNetworkRef = typeof network === 'string' ? { name: network } : undefined;
  return { ...trimPair(subnet), spec: { cidr, sharedNetworkRef }, status: { subnetId, haPair } };
};
