/** Manifests that people copy, as what `compile` takes. */
import type {
  ClientClass,
  HAPair,
  HostReservation,
  OptionDefinition,
  SharedNetwork,
  Subnet,
} from '../../src/api/index.ts';
import type { Scene } from './objects.ts';

/** Objects of one namespace by their kinds. */
export const sceneIn = (objects: readonly { readonly kind?: string }[]): Scene => {
  const ofKind = <T>(kind: string): T[] => objects.filter((object) => object.kind === kind) as T[];
  const [pair] = ofKind<HAPair>('HAPair');
  if (pair === undefined) throw new Error('no HAPair among the manifests');
  return {
    pair,
    definitions: ofKind<OptionDefinition>('OptionDefinition'),
    classes: ofKind<ClientClass>('ClientClass'),
    networks: ofKind<SharedNetwork>('SharedNetwork'),
    subnets: ofKind<Subnet>('Subnet'),
    reservations: ofKind<HostReservation>('HostReservation'),
  };
};
