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
      categories: LEASES.categories,
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

/** `GET /apis` for clients that ask for `apidiscovery.k8s.io/v2`: everything in one answer. */
export const AGGREGATED_DISCOVERY = {
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: [
    {
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
              categories: LEASES.categories,
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
    },
  ],
};

export const AGGREGATED_DISCOVERY_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
