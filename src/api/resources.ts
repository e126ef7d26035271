import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { type HAPair, haPairKind } from './haPair.ts';
import { type HostReservation, hostReservationKind } from './hostReservation.ts';
import { GROUP, type Kind, VERSION } from './kind.ts';
import { type SharedNetwork, sharedNetworkKind } from './sharedNetwork.ts';
import { type Subnet, subnetKind } from './subnet.ts';

const resource = <T extends KubeObject>({ plural, kind }: Pick<Kind, 'plural' | 'kind'>): Resource<T> => ({
  group: GROUP,
  version: VERSION,
  plural,
  kind,
  namespaced: true,
});

/** The custom resources as the REST API addresses them. */
export const HAPAIRS: Resource<HAPair> = resource(haPairKind);
export const SHARED_NETWORKS: Resource<SharedNetwork> = resource(sharedNetworkKind);
export const SUBNETS: Resource<Subnet> = resource(subnetKind);
export const HOST_RESERVATIONS: Resource<HostReservation> = resource(hostReservationKind);
