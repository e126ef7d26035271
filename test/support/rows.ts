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
import type { Fields } from '../../src/kea/keywords.ts';
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
  type PdPoolBody,
  type SubnetBody,
} from '../../src/kea/state.ts';
import { calculatePlan } from '../../src/plan/calculate.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Planned } from '../../src/sync/planRows.ts';
import { CLASS_KEYWORDS, CLASS6_KEYWORDS, option, OPTION_DEF_KEYWORDS, option6 } from './classRows.ts';

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

/** Every keyword that a shared network hands down. The types of these demand all of the table (src/kea/keywords.ts). */
const NETWORK_KEYWORDS: Required<Omit<Fields<'network', 4>, 'name'>> = {
  interface: 'eth0',
  'valid-lifetime': 3600,
  'min-valid-lifetime': 1800,
  'max-valid-lifetime': 7200,
  'renew-timer': 900,
  'rebind-timer': 1800,
  'calculate-tee-times': true,
  't1-percent': 0.45,
  't2-percent': 0.75,
  'offer-lifetime': 30,
  'next-server': '192.0.2.7',
  'server-hostname': 'boot.example.org',
  'boot-file-name': '/pxe/boot.efi',
  'reservations-global': true,
  'reservations-in-subnet': false,
  'reservations-out-of-pool': false,
  allocator: 'random',
  'match-client-id': false,
  authoritative: true,
  relay: { 'ip-addresses': ['192.0.2.2', '192.0.2.10'] },
  'option-data': [option(42, '192.0.2.5, 192.0.2.6'), option(15, 'campus.example.org')],
  'client-classes': ['phones', 'printers'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { site: { floor: 3, name: 'Ägypten "3"' }, tags: ['a', 'b'] },
};

const POOL: Required<Fields<'pool', 4>> = {
  pool: '198.51.100.128-198.51.100.191',
  'option-data': [option(4, '198.51.100.7')],
  'client-classes': ['phones'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

const SUBNET_KEYWORDS: Required<Omit<Fields<'subnet', 4>, 'id' | 'subnet'>> = {
  ...NETWORK_KEYWORDS,
  'shared-network-name': 'campus',
  interface: 'eth0',
  'valid-lifetime': 600,
  'min-valid-lifetime': 300,
  'max-valid-lifetime': 1200,
  't1-percent': 0.3,
  'calculate-tee-times': false,
  'reservations-global': false,
  'reservations-in-subnet': true,
  'reservations-out-of-pool': true,
  allocator: 'iterative',
  'match-client-id': true,
  relay: { 'ip-addresses': ['198.51.100.254'] },
  'option-data': [
    option(3, '198.51.100.1'),
    { ...option(6, '198.51.100.2, 198.51.100.3'), 'always-send': true, 'client-classes': ['phones', 'printers'] },
    { code: 44, space: 'dhcp4', 'csv-format': false, 'never-send': true },
    { code: 66, space: 'dhcp4', data: '612C62', 'csv-format': false },
    { code: 80, space: 'dhcp4', 'csv-format': false, 'always-send': true },
    option(121, '10.0.0.0/8 - 198.51.100.1, 0.0.0.0/0 - 198.51.100.1'),
    { code: 252, space: 'dhcp4', data: '687474703A2F2F77706164', 'csv-format': false },
    { code: 2, space: 'vendor-4491', data: 'C6336405', 'csv-format': false, 'always-send': true },
  ],
  'client-classes': ['phones'],
  'evaluate-additional-classes': ['a class'],
  pools: [
    { pool: '198.51.100.10-198.51.100.99', 'option-data': [option(4, '198.51.100.8'), option(3, '198.51.100.9')] },
    POOL,
    { pool: '198.51.100.200-198.51.100.200' },
  ],
  'user-context': { rack: 7 },
};

const HOST_KEYWORDS: Required<Omit<Fields<'host', 4>, 'subnet-id' | 'identifier' | 'identifier-type'>> = {
  'ip-address': '198.51.100.77',
  hostname: 'printer.example.org',
  'client-classes': ['printers', 'a class'],
  'next-server': '192.0.2.8',
  'server-hostname': 'boot2.example.org',
  'boot-file-name': '/pxe/printer',
  'option-data': [
    option(6, '192.0.2.53, 192.0.2.54'),
    { ...option(15, 'printers.example.org'), 'always-send': true },
    { code: 66, space: 'dhcp4', data: '612C62', 'csv-format': false },
    { code: 42, space: 'dhcp4', 'csv-format': false, 'never-send': true },
  ],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

/** Kea refuses `interface-id` beside `interface`: see INTERFACE_ID. */
const NETWORK6_KEYWORDS: Required<Omit<Fields<'network', 6>, 'name' | 'interface-id'>> = {
  interface: 'eth0',
  'valid-lifetime': 3600,
  'min-valid-lifetime': 1800,
  'max-valid-lifetime': 7200,
  'preferred-lifetime': 1800,
  'min-preferred-lifetime': 900,
  'max-preferred-lifetime': 3600,
  'renew-timer': 600,
  'rebind-timer': 1200,
  'calculate-tee-times': true,
  't1-percent': 0.45,
  't2-percent': 0.75,
  'rapid-commit': true,
  'reservations-global': true,
  'reservations-in-subnet': false,
  'reservations-out-of-pool': false,
  allocator: 'random',
  'pd-allocator': 'random',
  relay: { 'ip-addresses': ['2001:db8::2', '2001:db8::10'] },
  'option-data': [option6(31, '2001:db8::5, 2001:db8::6'), option6(24, 'campus.example.org')],
  'client-classes': ['phones', 'printers'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { site: { floor: 3, name: 'Ägypten "3"' }, tags: ['a', 'b'] },
};

const POOL6: Required<Fields<'pool', 6>> = {
  pool: '2001:db8:1::1000-2001:db8:1::1fff',
  'option-data': [option6(31, '2001:db8:1::7')],
  'client-classes': ['phones'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

const PD_POOL: Required<PdPoolBody> = {
  prefix: '2001:db8:1:8000::',
  'prefix-len': 52,
  'delegated-len': 56,
  'excluded-prefix': '2001:db8:1:8000::',
  'excluded-prefix-len': 64,
  'option-data': [option6(31, '2001:db8:1::8')],
  'client-classes': ['routers'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

const SUBNET6_KEYWORDS: Required<Omit<Fields<'subnet', 6>, 'id' | 'subnet' | 'interface-id'>> = {
  ...NETWORK6_KEYWORDS,
  'shared-network-name': 'campus',
  'valid-lifetime': 600,
  'min-valid-lifetime': 300,
  'max-valid-lifetime': 1200,
  'preferred-lifetime': 400,
  'min-preferred-lifetime': 200,
  'max-preferred-lifetime': 500,
  'calculate-tee-times': false,
  'reservations-global': false,
  'reservations-in-subnet': true,
  'reservations-out-of-pool': true,
  allocator: 'iterative',
  'pd-allocator': 'iterative',
  relay: { 'ip-addresses': ['2001:db8:1::fe'] },
  'option-data': [
    { ...option6(23, '2001:db8:1::53, 2001:db8:1::54'), 'always-send': true, 'client-classes': ['phones', 'printers'] },
    { code: 24, space: 'dhcp6', 'csv-format': false, 'never-send': true },
    { code: 59, space: 'dhcp6', data: '612C62', 'csv-format': false },
    { code: 300, space: 'dhcp6', data: '0102', 'csv-format': false },
    { code: 2, space: 'vendor-4491', data: 'C6336405', 'csv-format': false, 'always-send': true },
  ],
  'client-classes': ['phones'],
  'evaluate-additional-classes': ['a class'],
  pools: [
    { pool: '2001:db8:1::10-2001:db8:1::99', 'option-data': [option6(31, '2001:db8:1::9')] },
    POOL6,
    { pool: '2001:db8:1:ffff::-2001:db8:1:ffff:ffff:ffff:ffff:ffff' },
  ],
  'pd-pools': [PD_POOL, { prefix: '2001:db8:1:9000::', 'prefix-len': 60, 'delegated-len': 64 }],
  'user-context': { rack: 7 },
};

const HOST6_KEYWORDS: Required<Omit<Fields<'host', 6>, 'subnet-id' | 'identifier' | 'identifier-type'>> = {
  'ip-addresses': ['2001:db8:1::77', '2001:db8:1::7'],
  prefixes: ['2001:db8:1:a100::/56', '2001:db8:1:a000::/60'],
  hostname: 'printer.example.org',
  'client-classes': ['printers', 'a class'],
  'option-data': [
    option6(23, '2001:db8::53, 2001:db8::54'),
    { ...option6(31, '2001:db8::9'), 'always-send': true },
    { code: 59, space: 'dhcp6', data: '612C62', 'csv-format': false },
    { code: 24, space: 'dhcp6', 'csv-format': false, 'never-send': true },
  ],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

/** What a relay agent puts into option 18. */
export const INTERFACE_ID: Pick<Fields<'subnet', 6>, 'interface-id'> = { 'interface-id': 'port-7 "a"' };

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
