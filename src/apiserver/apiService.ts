/** The APIService of the lease API as an object, and its end. */
import type { KubeClient } from '../runtime/client.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import type { Condition, KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { LEASE_GROUP, LEASE_VERSION } from './resource.ts';

export interface ApiServiceSpec {
  group: string;
  version: string;
  groupPriorityMinimum: number;
  versionPriority: number;
  /** Base64 of PEM. */
  caBundle: string;
  service: { namespace: string; name: string; port: number };
}

export interface ApiService extends KubeObject<ApiServiceSpec, { conditions?: Condition[] }> {
  spec: ApiServiceSpec;
}

export const API_SERVICES: Resource<ApiService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  kind: 'APIService',
  namespaced: false,
};

export const API_SERVICE_NAME = `${LEASE_VERSION}.${LEASE_GROUP}`;

/** Takes the APIService away: at withdrawal, with its namespace. It is no error when it is gone already. */
export const removeApiService = async (client: Pick<KubeClient, 'delete'>, signal?: AbortSignal): Promise<void> => {
  await unlessNotFound(client.delete(API_SERVICES, { name: API_SERVICE_NAME }, { signal }));
};

/** The same before a release goes, unless it is the lease API of a release in another namespace. */
export const removeOwnApiService = async (
  client: Pick<KubeClient, 'get' | 'delete'>,
  namespace: string,
): Promise<boolean> => {
  const present = await unlessNotFound(client.get(API_SERVICES, { name: API_SERVICE_NAME }));
  if (present !== undefined && present.spec.service.namespace !== namespace) return false;
  await removeApiService(client);
  return true;
};
