/** Objects with hostile texts in every place where a spec of the kind may hold a text, as its schema says. */
import { HOST_RESERVATIONS, SHARED_NETWORKS, SUBNETS } from '../../src/api/resources.ts';
import { readCrds } from '../support/crds.ts';
import { NAMESPACE } from '../support/install.ts';
import { HOSTILE_TEXTS, textPlaces, withText } from './strings.ts';
import type { Written } from './world.ts';

const option = { name: 'routers', data: '192.0.2.1', space: 'dhcp4', clientClasses: ['KNOWN'] };
const network = {
  haPairRef: { name: 'campus' },
  interface: 'lan0',
  relay: { ipAddresses: ['192.0.2.9'] },
  optionData: [option],
  nextServer: '192.0.2.2',
  serverHostname: 'boot',
  bootFileName: 'boot.img',
  userContext: {},
};

/** A spec of the kind with nothing in it that another object has: what is wrong with one is the text alone. */
const SPECS = {
  Subnet: (n: number) => {
    const net = `10.${70 + (n >> 8)}.${n & 255}`;
    return {
      ...network,
      interface: undefined,
      cidr: `${net}.0/24`,
      deletionPolicy: 'Delete',
      pools: [{ pool: `${net}.10-${net}.20`, optionData: [option] }],
    };
  },
  SharedNetwork: () => ({ ...network, interface: undefined }),
  HostReservation: (n: number) => ({
    subnetRef: { name: 'guests' },
    identifier: { circuitId: `'port-${n}'` },
    hostname: 'host',
    clientClasses: ['KNOWN'],
    optionData: [option],
    nextServer: '192.0.2.2',
    serverHostname: 'boot',
    bootFileName: 'boot.img',
    userContext: {},
  }),
} as const;

const RESOURCES = { Subnet: SUBNETS, SharedNetwork: SHARED_NETWORKS, HostReservation: HOST_RESERVATIONS } as const;
type Kind = keyof typeof SPECS;
const isKind = (kind: string): kind is Kind => kind in SPECS;

interface Definition {
  readonly names: { readonly kind: string };
  readonly versions: readonly [
    { readonly schema: { readonly openAPIV3Schema: { readonly properties: { readonly spec: object } } } },
  ];
}

export const textObjects = async (): Promise<readonly Written[]> => {
  const objects: Written[] = [];
  for (const { spec } of await readCrds()) {
    const { names, versions } = spec as Definition;
    const { kind } = names;
    if (!isKind(kind)) continue;
    for (const path of textPlaces(versions[0].schema.openAPIV3Schema.properties.spec)) {
      for (const [, text] of HOSTILE_TEXTS) {
        const n = objects.length;
        objects.push({
          resource: RESOURCES[kind],
          namespace: NAMESPACE,
          metadata: { name: `text-${n}` },
          spec: withText(SPECS[kind](n), path, text),
        });
      }
    }
  }
  return objects;
};
