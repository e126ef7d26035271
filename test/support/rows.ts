import type { ConfigBackend, Observed, Revision, Scope } from '../../src/backend/backend.ts';
import {
  canonicalClass,
  canonicalHost,
  canonicalNetwork,
  canonicalOptionDef,
  canonicalSubnet,
} from '../../src/kea/canonical.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { makeMarker, withPolicy } from '../../src/kea/digest.ts';
import type { KeaState, RowKind } from '../../src/kea/kinds.ts';
import { knownOptions } from '../../src/kea/knownOptions.ts';
import {
  type ClassBody,
  type DeletionPolicy,
  type HostBody,
  hostKey,
  type Item,
  type NetworkBody,
  type ObjectRef,
  type OptionDefBody,
  optionDefKey,
  type SubnetBody,
} from '../../src/kea/state.ts';
import { calculatePlan } from '../../src/plan/calculate.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Planned } from '../../src/sync/planRows.ts';
import { CLASS_KEYWORDS, CLASS6_KEYWORDS, OPTION_DEF_KEYWORDS } from './classRows.ts';
import {
  HOST_KEYWORDS,
  HOST6_KEYWORDS,
  NETWORK_KEYWORDS,
  NETWORK6_KEYWORDS,
  SUBNET_KEYWORDS,
  SUBNET6_KEYWORDS,
} from './fullBodies.ts';

export const SERVER_TAG = 'lab.pair';
export const SCOPE: Scope = { serverTag: SERVER_TAG, prefixes: [] };

const marked = <Body extends object>(kind: string, name: string, body: Body): Item<Body> => ({
  body,
  marker: makeMarker({ object: `${kind}/lab/${name}`, uid: `uid-of-${name}`, generation: 1 }, body),
});

export const network = (name: string, rest: Partial<NetworkBody> = {}): Item<NetworkBody> =>
  marked('SharedNetwork', name, canonicalNetwork({ ...rest, name }));

export const subnet = (id: number, prefix: string, rest: Partial<SubnetBody> = {}): Item<SubnetBody> =>
  marked('Subnet', `subnet-${id}`, canonicalSubnet({ ...rest, id, subnet: prefix }));

export const host = (subnetId: number, mac: string, rest: Partial<HostBody> = {}): Item<HostBody> =>
  marked(
    'HostReservation',
    `host-${subnetId}-${mac}`,
    canonicalHost({ 'identifier-type': 'hw-address', ...rest, 'subnet-id': subnetId, identifier: mac }),
  );

export const clientClass = (name: string, place: number, rest: Partial<ClassBody> = {}): Item<ClassBody> =>
  marked('ClientClass', name.toLowerCase(), canonicalClass({ ...rest, name, 'order-index': place }));

export const optionDef = (
  name: string,
  code: number,
  { space = 'dhcp4', type = 'string', ...rest }: Partial<OptionDefBody> = {},
): Item<OptionDefBody> => marked('OptionDefinition', name, canonicalOptionDef({ ...rest, space, code, name, type }));

export interface StateItems {
  readonly optionDefs?: readonly Item<OptionDefBody>[];
  readonly classes?: readonly Item<ClassBody>[];
  readonly networks?: readonly Item<NetworkBody>[];
  readonly subnets?: readonly Item<SubnetBody>[];
  readonly hosts?: readonly Item<HostBody>[];
}

export const state = ({
  optionDefs = [],
  classes = [],
  networks = [],
  subnets = [],
  hosts = [],
}: StateItems): KeaState => ({
  optionDefs: new Map(optionDefs.map((item) => [optionDefKey(item.body), item])),
  classes: new Map(classes.map((item) => [item.body.name, item])),
  networks: new Map(networks.map((item) => [item.body.name, item])),
  subnets: new Map(subnets.map((item) => [item.body.id, item])),
  hosts: new Map(hosts.map((item) => [hostKey(item.body), item])),
});

export interface Desired extends StateItems {
  readonly orphans?: readonly ObjectRef[];
  /** What Subnets say of their deletion; by their id. */
  readonly policies?: ReadonlyMap<number, DeletionPolicy>;
  /** The present definitions. */
  readonly definitions?: ReadonlyMap<RowKind, string>;
}

/** The plan from what was observed to the target, as the operator makes it; nothing is withheld. */
export const planFor = (target: Desired, observed: Observed, serverTag = SERVER_TAG): Plan =>
  calculatePlan(targetOf(target), observed, {
    serverTag,
    changePolicy: 'Sync',
    pairDeleting: true,
    ...(target.definitions === undefined ? {} : { definitions: target.definitions }),
  });

export const targetOf = ({ policies, ...target }: Desired) => ({
  desired: state({
    ...target,
    subnets: target.subnets?.map((item) => saying(item, policies?.get(item.body.id))) ?? [],
  }),
  orphans: new Set(target.orphans),
});

const saying = (item: Item<SubnetBody>, policy?: DeletionPolicy): Item<SubnetBody> =>
  item.marker && policy ? { ...item, marker: withPolicy(item.marker, policy) } : item;

/** What a pass plans for the target, without custom resources. */
export const planned = async (backend: ConfigBackend, target: Desired): Promise<Planned> => {
  const observed = await backend.observe(SCOPE);
  const compiled = {
    ...targetOf(target),
    verdicts: new Map(),
    warnings: new Map(),
    subnetIds: new Map(),
    pending: new Set<never>(),
    kept: new Set<never>(),
    deletions: new Map(),
    vanished: new Map(),
    allowed: new Set<never>(),
    found: [],
    rejected: 0,
    firstRejected: [],
    known: knownOptions(DHCPV4),
    pass: {},
  };
  return { scope: SCOPE, observed, compiled, plan: planFor(target, observed), greatestSubnetId: 0 };
};

/** Makes the rows equal to the target. */
export const become = async (backend: ConfigBackend, target: Desired, scope: Scope = SCOPE): Promise<Revision> => {
  const observed = await backend.observe(scope);
  return backend.apply(planFor(target, observed, scope.serverTag), scope, observed.revision);
};

const ID = 4_294_967_000;
/** Of each family a definition, a class, a network, a subnet and a reservation that have every keyword. */
export const FULL = {
  4: {
    optionDef: optionDef('site-servers', 222, OPTION_DEF_KEYWORDS),
    clientClass: clientClass('Gold', 2048, CLASS_KEYWORDS),
    network: network('campus', NETWORK_KEYWORDS),
    subnet: subnet(ID, '198.51.100.0/24', SUBNET_KEYWORDS),
    host: host(ID, '02005e100001', HOST_KEYWORDS),
  },
  6: {
    optionDef: optionDef('site-servers', 4222, { ...OPTION_DEF_KEYWORDS, space: 'dhcp6' }),
    clientClass: clientClass('Gold', 2048, CLASS6_KEYWORDS),
    network: network('campus', NETWORK6_KEYWORDS),
    subnet: subnet(ID, '2001:db8:1::/48', SUBNET6_KEYWORDS),
    host: host(ID, '000100012c1d02005e100001', { ...HOST6_KEYWORDS, 'identifier-type': 'duid' }),
  },
} as const;
export const { network: FULL_NETWORK, subnet: FULL_SUBNET, host: FULL_HOST } = FULL[4];
