/** PURE: what the pairs of the part `service` serve, as objects for the operator and by hand, and Kea's configurations of both. */
import type { HostReservation, Subnet } from '../../src/api/index.ts';
import type { ServerConfig } from '../../src/workload/bootstrap/digest.ts';
import { reservation, subnet, TO_PAIR } from '../support/objects.ts';
import { CACHE_THRESHOLD } from './lookups.ts';

/** What a pair is to be and to serve, whoever configures it. */
export interface Service {
  readonly mode: 'HotStandby' | 'LoadBalancing';
  readonly leaseStorage: 'Memfile' | 'PostgreSQL';
  /** Clients that have a reservation; the others have none. */
  readonly reserved: number;
  /** Subnets beside the one of the clients. */
  readonly others: number;
}

/** Where PostgreSQL is. */
export interface LeaseDatabase {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

export interface HandServer {
  readonly name: string;
  readonly address: string;
}

/** The subnet of the clients: those with a reservation have addresses outside of the pool. */
const LOAD = { name: 'load', id: 1000, cidr: '10.64.0.0/15', pool: '10.65.0.0-10.65.255.254' } as const;

const FIRST = 0x02fe20000000;
const macOf = (n: number): string =>
  (FIRST + n)
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:');

/** Hardware address of the first client; those of the others count up from it. */
export const FIRST_CLIENT = macOf(0);
/** Address of the client number n where it has a reservation. */
export const reservedAddress = (n: number): string => `10.64.${1 + (n >> 8)}.${n & 255}`;

const otherPrefix = (n: number): string => `10.${n >> 8}.${n & 255}`;
const otherName = (n: number): string => `other-${n}`;

/** One of the other Subnets, with that router. */
export const otherSubnet = (n: number, router: number): Subnet =>
  subnet(otherName(n), {
    ...TO_PAIR,
    cidr: `${otherPrefix(n)}.0/24`,
    pools: [{ pool: `${otherPrefix(n)}.100-${otherPrefix(n)}.199` }],
    optionData: [{ name: 'routers', data: `${otherPrefix(n)}.${router}` }],
  });

/** @param relay Address that the packets of the clients come from. */
export const subnetsOf = ({ others }: Service, relay: string): readonly Subnet[] => [
  subnet(LOAD.name, { ...TO_PAIR, cidr: LOAD.cidr, pools: [{ pool: LOAD.pool }], relay: { ipAddresses: [relay] } }),
  ...Array.from({ length: others }, (_, n) => otherSubnet(n, 1)),
];

export const reservationsOf = ({ reserved }: Service): readonly HostReservation[] =>
  Array.from({ length: reserved }, (_, n) =>
    reservation(`client-${n}`, {
      subnetRef: { name: LOAD.name },
      identifier: { hwAddress: macOf(n) },
      ipAddress: reservedAddress(n),
    }),
  );

/** The operator's configuration, with leases written for each exchange: see CACHE_THRESHOLD. */
export const writingLeases = ({ Dhcp4 }: ServerConfig): ServerConfig => ({
  Dhcp4: { ...Dhcp4, 'cache-threshold': CACHE_THRESHOLD },
});

const THREADS = 4;
const HA_PORT = 8005;
export const HAND_SOCKET = '/run/kea/kea4.sock';

/**
 * As ISC's template for high availability with multi-threading (doc/examples/template-ha-mt-tls of Kea 3.0.4) has it, with what is served
 * here, with TLS between the servers, and at most warnings in the log.
 *
 * @param servers The primary comes first.
 */
export const byHand = (
  self: HandServer,
  servers: readonly HandServer[],
  service: Service,
  relay: string,
  database: LeaseDatabase,
): ServerConfig => {
  const { mode, leaseStorage } = service;
  const shared = leaseStorage === 'PostgreSQL';
  return {
    Dhcp4: {
      'interfaces-config': { interfaces: ['eth0'] },
      'control-sockets': [{ 'socket-type': 'unix', 'socket-name': HAND_SOCKET }],
      'multi-threading': { 'enable-multi-threading': true, 'thread-pool-size': THREADS, 'packet-queue-size': 64 },
      'lease-database': shared ? { type: 'postgresql', ...database } : { type: 'memfile' },
      'cache-threshold': CACHE_THRESHOLD,
      'expired-leases-processing': {
        'reclaim-timer-wait-time': 3600,
        'hold-reclaimed-time': 172_800,
        'max-reclaim-leases': 0,
        'max-reclaim-time': 0,
      },
      'hooks-libraries': [
        ...(shared ? [{ library: 'libdhcp_pgsql.so' }] : []),
        { library: 'libdhcp_lease_cmds.so' },
        {
          library: 'libdhcp_ha.so',
          parameters: { 'high-availability': [relationship(self, servers, mode, shared)] },
        },
      ],
      subnet4: handSubnets(service, relay),
      loggers: [{ name: 'kea-dhcp4', severity: 'WARN', 'output-options': [{ output: 'stdout' }] }],
    },
  };
};

const relationship = (
  self: HandServer,
  servers: readonly HandServer[],
  mode: Service['mode'],
  shared: boolean,
): object => ({
  'this-server-name': self.name,
  mode: mode === 'HotStandby' ? 'hot-standby' : 'load-balancing',
  'heartbeat-delay': 10_000,
  'max-response-delay': 60_000,
  'max-ack-delay': 5000,
  'max-unacked-clients': 5,
  'trust-anchor': '/etc/kea/ca.pem',
  'cert-file': '/etc/kea/cert.pem',
  'key-file': '/etc/kea/key.pem',
  'require-client-certs': true,
  // As the manual says for leases in a database of both.
  ...(shared ? { 'send-lease-updates': false, 'sync-leases': false } : {}),
  'multi-threading': {
    'enable-multi-threading': true,
    'http-dedicated-listener': true,
    'http-listener-threads': THREADS,
    'http-client-threads': THREADS,
  },
  peers: servers.map(({ name, address }, index) => ({
    name,
    url: `https://${address}:${HA_PORT}/`,
    role: index === 0 ? 'primary' : mode === 'HotStandby' ? 'standby' : 'secondary',
  })),
});

const handSubnets = ({ others, reserved }: Service, relay: string): readonly object[] => [
  {
    id: LOAD.id,
    subnet: LOAD.cidr,
    pools: [{ pool: LOAD.pool }],
    relay: { 'ip-addresses': [relay] },
    reservations: Array.from({ length: reserved }, (_, n) => ({
      'hw-address': macOf(n),
      'ip-address': reservedAddress(n),
    })),
  },
  ...Array.from({ length: others }, (_, n) => ({
    id: n + 1,
    subnet: `${otherPrefix(n)}.0/24`,
    pools: [{ pool: `${otherPrefix(n)}.100-${otherPrefix(n)}.199` }],
    'option-data': [{ name: 'routers', data: `${otherPrefix(n)}.1` }],
  })),
];
