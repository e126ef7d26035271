/** PURE: the objects that the cases are tried on. */
import { NAMESPACE, SYSTEM } from '../support/install.ts';
import { type Mode, type Shape, TIMERS } from './shapes.ts';

const API = 'kea-operator.io/v1alpha1';
export const PAIR = 'campus';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly [field: string]: unknown;
}

/** A server as the pair's spec has it. */
export interface Server {
  readonly name: string;
  readonly node: string;
  readonly role?: string;
}

/** What a pair looks like at the moment: a case may change it. */
export interface PairSpec {
  readonly mode: Mode;
  readonly servers: readonly Server[];
  readonly [field: string]: unknown;
}

export const PRIMARY: Server = { name: 'a', node: 'node1' };
export const PARTNER: Server = { name: 'b', node: 'node2' };
/** The node of operator, lease API and PostgreSQL, where a third server finds its place. */
export const SERVICES = 'node3';

const serversOf = (mode: Mode): readonly Server[] => (mode === 'Standalone' ? [PRIMARY] : [PRIMARY, PARTNER]);

/** A database of its own, so that its coordinates and credentials are the test's to change. */
export const DATABASE = { service: 'kea-database', name: 'kea_chaos', user: 'kea_chaos', port: 5432 } as const;
export const CREDENTIALS = 'kea-database';

/** Leases of a quarter of an hour: those of earlier cases go by themselves. */
export const LIFETIME = 900;

export const pairSpec = ({ mode, storage }: Shape): PairSpec => ({
  mode,
  servers: serversOf(mode),
  ha: TIMERS,
  leaseStorage: storage,
  database: {
    host: `${DATABASE.service}.${SYSTEM}.svc`,
    port: DATABASE.port,
    name: DATABASE.name,
    credentialsSecretRef: { name: CREDENTIALS },
  },
  dhcp4: { validLifetime: LIFETIME, optionData: [{ name: 'domain-name', data: 'example.org' }] },
});

/** As kubectl applies it: with the interface that all nodes have. */
export const pairManifest = (spec: PairSpec): Manifest => ({
  apiVersion: API,
  kind: 'HAPair',
  metadata: { name: PAIR, namespace: NAMESPACE },
  spec: { ...spec, servers: spec.servers.map((server) => ({ ...server, interfaces: ['lan0'] })) },
});

export const credentials = (password: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: CREDENTIALS, namespace: NAMESPACE },
  stringData: { username: DATABASE.user, password },
});

/** Where the pair finds its database: what stands behind it can change. */
export const databaseService = (component: string, ports: readonly number[] = [DATABASE.port]): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: DATABASE.service, namespace: SYSTEM },
  spec: {
    selector: { 'app.kubernetes.io/component': component },
    ports: ports.map((port) => ({ name: `port-${port}`, port, targetPort: 5432 })),
  },
});

const child = (kind: string, name: string, spec: object): Manifest => ({
  apiVersion: API,
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec,
});

const ofPair = { haPairRef: { name: PAIR } };

/** The subnet that changes, so that it shows whether changes still get through. */
export const PULSE = 'pulse';
export const pulseRouter = (beat: number): string => `10.21.0.${1 + (beat % 9)}`;

export const labSubnet = (n: number, group = 'lab'): Manifest => ({
  ...child('Subnet', `${group}-${n}`, {
    ...ofPair,
    cidr: `10.${group === 'lab' ? 20 : 22}.${n}.0/24`,
    pools: [{ pool: `10.${group === 'lab' ? 20 : 22}.${n}.10-10.${group === 'lab' ? 20 : 22}.${n}.99` }],
  }),
});

/** One that is soon full. Clients on the LAN come to it by the option that chooses a subnet (RFC 3011). */
export const SMALL = { prefix: '10.24.0.0', first: '10.24.0.10', last: '10.24.0.17' } as const;
export const smallSubnet = (): Manifest =>
  child('Subnet', 'small', {
    ...ofPair,
    cidr: `${SMALL.prefix}/24`,
    pools: [{ pool: `${SMALL.first}-${SMALL.last}` }],
    // Its clients are let go of with it.
    deletionPolicy: 'Delete',
  });

/** Its prefix is within that of a Subnet that was there before. */
export const rejectedSubnet = (): Manifest => child('Subnet', 'rejected', { ...ofPair, cidr: '10.20.1.0/25' });

/** Servers get classes by a pull alone. */
export const clientClass = (): Manifest =>
  child('ClientClass', 'phones', { ...ofPair, test: "option[60].text == 'phone'" });

/** How many subnets nobody is in: a pair that lost its subnets shows by more than the one of the clients. */
const LABS = 40;

/** The probe's first known clients. */
export const RESERVED = ['printer', 'camera'].map((name, n) => ({
  name,
  mac: `02:fe:00:00:00:0${n + 1}`,
  address: `198.51.101.${20 + n}`,
}));

export const networks = (beat: number): readonly Manifest[] => [
  child('SharedNetwork', 'building-1', ofPair),
  child('Subnet', 'office', {
    sharedNetworkRef: { name: 'building-1' },
    // The servers' own addresses on the LAN are of this prefix, so its clients are here.
    cidr: '198.51.0.0/16',
    pools: [{ pool: '198.51.128.0-198.51.191.255' }],
    optionData: [{ name: 'routers', data: '198.51.100.1' }],
  }),
  child('Subnet', 'guests', {
    sharedNetworkRef: { name: 'building-1' },
    cidr: '203.0.113.0/24',
    pools: [{ pool: '203.0.113.10-203.0.113.99' }],
  }),
  child('Subnet', PULSE, {
    ...ofPair,
    cidr: '10.21.0.0/24',
    pools: [{ pool: '10.21.0.10-10.21.0.99' }],
    optionData: [{ name: 'routers', data: pulseRouter(beat) }],
  }),
  ...Array.from({ length: LABS }, (_, n) => labSubnet(n)),
  ...RESERVED.map(({ name, mac, address }) =>
    child('HostReservation', name, {
      subnetRef: { name: 'office' },
      identifier: { hwAddress: mac },
      ipAddress: address,
      hostname: name,
    }),
  ),
];

/** A reservation of a kind that no other reservation has. */
export const reservation = (identifier: string): Manifest =>
  child('HostReservation', `by-${identifier.toLowerCase()}`, {
    subnetRef: { name: 'office' },
    identifier: { [identifier]: '01:02:03:04:05:06' },
    ipAddress: `198.51.102.${20 + identifier.length}`,
  });

export const list = (items: readonly Manifest[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
