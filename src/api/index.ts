/** The custom resources of this project, in the order a reader meets them. */
import { haPairKind } from './haPair.ts';
import { hostReservationKind } from './hostReservation.ts';
import type { Kind } from './kind.ts';
import { sharedNetworkKind } from './sharedNetwork.ts';
import { subnetKind } from './subnet.ts';

export const kinds: readonly Kind[] = [haPairKind, sharedNetworkKind, subnetKind, hostReservationKind];

export type { Unread } from '../runtime/object.ts';
export type { HAPair, HAPairSpec, HAPairStatus, ServerSpec, ServerStatus } from './haPair.ts';
export type { SharedNetwork, SharedNetworkSpec, SharedNetworkStatus } from './sharedNetwork.ts';
export type { Subnet, SubnetSpec, SubnetStatus } from './subnet.ts';
export type { HostReservation, HostReservationSpec, HostReservationStatus } from './hostReservation.ts';
