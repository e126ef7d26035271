/** The custom resources of this project, in the order a reader meets them. */
import { type ClientClass, clientClassKind } from './clientClass.ts';
import { haPairKind } from './haPair.ts';
import { type HostReservation, hostReservationKind } from './hostReservation.ts';
import type { Kind } from './kind.ts';
import { type OptionDefinition, optionDefinitionKind } from './optionDefinition.ts';
import { type SharedNetwork, sharedNetworkKind } from './sharedNetwork.ts';
import { type Subnet, subnetKind } from './subnet.ts';

export const kinds: readonly Kind[] = [
  haPairKind,
  sharedNetworkKind,
  subnetKind,
  hostReservationKind,
  clientClassKind,
  optionDefinitionKind,
];

/** What belongs to a HAPair. */
export type ChildObject = SharedNetwork | Subnet | HostReservation | ClientClass | OptionDefinition;

export type { Unread } from '../runtime/object.ts';
export type { HAPair, HAPairSpec, HAPairStatus, ServerSpec, ServerStatus } from './haPair.ts';
export type { ClientClass, ClientClassSpec, ClientClassStatus } from './clientClass.ts';
export type { OptionDefinition, OptionDefinitionSpec, OptionDefinitionStatus } from './optionDefinition.ts';
export type { SharedNetwork, SharedNetworkSpec, SharedNetworkStatus } from './sharedNetwork.ts';
export type { Subnet, SubnetSpec, SubnetStatus } from './subnet.ts';
export type { HostReservation, HostReservationSpec, HostReservationStatus } from './hostReservation.ts';
