/** The custom resources as the operator’s clients address them, and how much is read of one. */
import type { KubeObject } from '../runtime/object.ts';
import type { Bounds, Resource } from '../runtime/resource.ts';
import { type ClientClass, clientClassKind } from './clientClass.ts';
import { type HAPair, haPairKind } from './haPair.ts';
import { type HostReservation, hostReservationKind } from './hostReservation.ts';
import { GROUP, type Kind, SERVED_VERSION } from './kind.ts';
import { type OptionDefinition, optionDefinitionKind } from './optionDefinition.ts';
import { type SharedNetwork, sharedNetworkKind } from './sharedNetwork.ts';
import { type Subnet, subnetKind } from './subnet.ts';

/** How much is read of an object that a tenant writes: one process keeps those of all tenants. Objects as people write them have some KB. */
export const TENANT_BOUNDS: Bounds = { bytes: 64 * 1024, levels: 32, values: 4096 };

const resource = <T extends KubeObject>({ plural, kind }: Pick<Kind, 'plural' | 'kind'>): Resource<T> => ({
  group: GROUP,
  version: SERVED_VERSION,
  plural,
  kind,
  namespaced: true,
  bounds: TENANT_BOUNDS,
});

/** The custom resources as the REST API addresses them. */
export const HAPAIRS: Resource<HAPair> = resource(haPairKind);
export const SHARED_NETWORKS: Resource<SharedNetwork> = resource(sharedNetworkKind);
export const SUBNETS: Resource<Subnet> = resource(subnetKind);
export const HOST_RESERVATIONS: Resource<HostReservation> = resource(hostReservationKind);
export const CLIENT_CLASSES: Resource<ClientClass> = resource(clientClassKind);
export const OPTION_DEFINITIONS: Resource<OptionDefinition> = resource(optionDefinitionKind);
