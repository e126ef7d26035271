/** Names of the lease API: a group of its own, so that its outage never fails the discovery of the custom resources. */
export const LEASE_GROUP = 'state.kea-operator.io';
export const LEASE_VERSION = 'v1alpha1';
export const LEASE_API_VERSION = `${LEASE_GROUP}/${LEASE_VERSION}`;

/**
 * How kubectl and discovery call the resource. No watch and no delete: docs/adr/0003-lease-api.md. Nor is it in the category of the custom
 * resources: `kubectl get dhcp` would page through a million leases.
 */
export const LEASES = {
  plural: 'leases',
  singular: 'lease',
  kind: 'Lease',
  listKind: 'LeaseList',
  verbs: ['get', 'list'],
  shortNames: ['dl', 'dhcplease', 'dhcpleases'],
} as const;

/** What may be made of a lease: `POST …/leases/NAME/release` with a body of this kind, or none. */
export const RELEASE = { subresource: 'release', kind: 'LeaseRelease', verb: 'create' } as const;
