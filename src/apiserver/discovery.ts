/** What this API tells of itself. Constant: discovery must work when every database is down, or it harms the whole cluster. */
import { LEASE_API_VERSION, LEASE_GROUP, LEASE_VERSION, LEASES, RELEASE } from './resource.ts';

const groupVersion = { groupVersion: LEASE_API_VERSION, version: LEASE_VERSION };

/** `GET /apis/state.kea-operator.io` */
export const API_GROUP = {
  kind: 'APIGroup',
  apiVersion: 'v1',
  name: LEASE_GROUP,
  versions: [groupVersion],
  preferredVersion: groupVersion,
};

/** `GET /apis` */
export const API_GROUP_LIST = { kind: 'APIGroupList', apiVersion: 'v1', groups: [API_GROUP] };

/** `GET /apis/state.kea-operator.io/v1alpha1` */
export const API_RESOURCE_LIST = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: LEASE_API_VERSION,
  resources: [
    {
      name: LEASES.plural,
      singularName: LEASES.singular,
      namespaced: true,
      kind: LEASES.kind,
      verbs: LEASES.verbs,
      shortNames: LEASES.shortNames,
    },
    {
      name: `${LEASES.plural}/${RELEASE.subresource}`,
      singularName: '',
      namespaced: true,
      group: LEASE_GROUP,
      version: LEASE_VERSION,
      kind: RELEASE.kind,
      verbs: [RELEASE.verb],
    },
  ],
};

/** The group in one answer, with all that it has. */
const groupDiscovery = {
  metadata: { name: LEASE_GROUP },
  versions: [
    {
      version: LEASE_VERSION,
      freshness: 'Current',
      resources: [
        {
          resource: LEASES.plural,
          responseKind: { group: LEASE_GROUP, version: LEASE_VERSION, kind: LEASES.kind },
          scope: 'Namespaced',
          singularResource: LEASES.singular,
          verbs: LEASES.verbs,
          shortNames: LEASES.shortNames,
          subresources: [
            {
              subresource: RELEASE.subresource,
              responseKind: { group: LEASE_GROUP, version: LEASE_VERSION, kind: RELEASE.kind },
              verbs: [RELEASE.verb],
            },
          ],
        },
      ],
    },
  ],
};

/** The versions of `apidiscovery.k8s.io` that clients ask for: before Kubernetes 1.30 the older one alone, which has the same fields. */
export const DISCOVERY_VERSIONS = ['v2', 'v2beta1'] as const;
export type DiscoveryVersion = (typeof DISCOVERY_VERSIONS)[number];

const aggregated = (version: DiscoveryVersion) => ({
  type: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
  body: JSON.stringify({
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [groupDiscovery],
  }),
});

/** `GET /apis` for clients that ask for it: everything in one answer. */
export const AGGREGATED_DISCOVERY = { v2: aggregated('v2'), v2beta1: aggregated('v2beta1') };
