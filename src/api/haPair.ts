import { z } from 'zod';
import type { KubeObject } from '../runtime/object.ts';
import {
  allocator,
  bootFields,
  cel,
  ipv4,
  lifetimeRules,
  lifetimes,
  localRef,
  objectName,
  optionDataList,
  reservationFlags,
  statusFields,
} from './common.ts';
import { defineKind } from './kind.ts';

/** Kea's HA hook keeps these in 16 bits and refuses more. */
const milliseconds = (description: string, value: number) =>
  z.int().min(0).max(65_535).default(value).meta({ description, format: 'int32' });
const port = (description: string, value: number) =>
  z.int().min(1).max(65_535).default(value).meta({ description, format: 'int32' });

const server = z
  .object({
    name: z
      .string()
      .min(1)
      .max(32)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .meta({ description: "The server's name in the pair; Kea's this-server-name." }),
    role: z
      .enum(['Primary', 'Secondary', 'Standby', 'Backup'])
      .meta({
        description:
          'Role in the pair. Left out: the first server is Primary, the second Standby (HotStandby) or Secondary (LoadBalancing), further ones Backup.',
      })
      .optional(),
    node: objectName('The Kubernetes node that the server runs on.'),
    interfaces: z
      .array(
        z
          .string()
          .min(1)
          .max(15)
          .regex(/^[^/\s*]+$/),
      )
      .min(1)
      .max(64)
      .meta({ description: "The node's network interfaces that DHCP is served on.", 'x-kubernetes-list-type': 'set' }),
    address: ipv4(
      "The node's address for the control channel and for the partner. Left out: the node's InternalIP.",
    ).optional(),
  })
  .meta({ description: 'One Kea server.' });

const database = z
  .object({
    host: z.string().min(1).max(253).meta({ description: 'Host name or address of the PostgreSQL server.' }),
    port: port('Port of the PostgreSQL server.', 5432),
    name: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/)
      .meta({ description: 'Name of the database. One database serves one pair.' }),
    credentialsSecretRef: localRef('Secret').meta({
      description: 'Secret with the keys username and password of the role that Kea and the operator use.',
    }),
    adminSecretRef: localRef('Secret')
      .meta({
        description:
          'Secret with the keys username and password of a role that may create roles and databases. Given, the operator creates what is missing.',
      })
      .optional(),
    tls: z
      .object({
        mode: z
          .enum(['Disable', 'Require', 'VerifyCA', 'VerifyFull'])
          .default('VerifyFull')
          .meta({ description: "As libpq's sslmode." }),
        caSecretRef: z
          .object({
            name: objectName('Name of the Secret, in the same namespace.'),
            key: z.string().min(1).max(253).default('ca.crt').meta({ description: 'Key in the Secret.' }),
          })
          .meta({ description: 'CA certificate of the database server.' })
          .optional(),
      })
      .meta({
        description: 'TLS towards the database.',
        ...cel({
          rule: "!(self.mode in ['VerifyCA', 'VerifyFull']) || has(self.caSecretRef)",
          message: 'caSecretRef is required where mode is VerifyCA or VerifyFull',
        }),
      })
      .optional(),
  })
  .meta({ description: "The pair's PostgreSQL database." });

const storage = z
  .object({
    type: z.enum(['HostPath', 'PersistentVolumeClaim']).default('HostPath').meta({ description: 'Kind of volume.' }),
    hostPath: z
      .string()
      .min(2)
      .max(512)
      .regex(/^\/[^:]*$/)
      .meta({
        description:
          'Directory on the node; the server writes below it in a directory of its own, <namespace>/<pair>/<server>.',
      })
      .default('/var/lib/kea-operator'),
    storageClassName: objectName('Storage class of the claim.').optional(),
    size: z
      .string()
      .max(32)
      .regex(/^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$/)
      .default('1Gi')
      .meta({ description: 'Size of the claim.' }),
  })
  .meta({ description: 'Where a server keeps its memfile leases.' });

const ha = z
  .object({
    heartbeatDelay: milliseconds('Time between heartbeats, in ms.', 10_000),
    maxResponseDelay: milliseconds('Silence of the partner after which it counts as lost, in ms.', 60_000),
    maxAckDelay: milliseconds('How old an unanswered client request is when it counts as unacked, in ms.', 10_000),
    maxUnackedClients: z.int().min(0).max(4_294_967_295).default(10).meta({
      description: 'Unacked clients before a silent partner is taken to be down; 0: at once when it is silent.',
      format: 'int64',
    }),
  })
  .meta({ description: "High availability timers, with Kea's defaults." });

const packetQueue = z
  .object({
    capacity: z
      .int()
      .min(16)
      .max(100_000)
      .default(5000)
      .meta({ description: 'Packets kept while the server is busy.', format: 'int32' }),
  })
  .meta({
    description:
      'Keep packets waiting while a server takes a configuration change instead of losing them. Kea can do so only without multi-threading, which this turns off: fewer leases per second, none lost.',
  });

const dhcp4 = z
  .object({
    ...lifetimes,
    optionData: optionDataList('DHCP options for every client of the pair.'),
    hostReservationIdentifiers: z
      .array(z.enum(['hw-address', 'client-id', 'circuit-id', 'duid', 'flex-id']))
      .min(1)
      .max(5)
      .meta({
        description:
          'Identifiers that reservations are looked up by, in this order. Left out: those that the HostReservations of the pair use, which spares lookups.',
        'x-kubernetes-list-type': 'set',
      })
      .optional(),
    ...bootFields,
    ...reservationFlags,
    allocator: allocator.optional(),
    matchClientId: z.boolean().meta({ description: 'Recognise clients by their client identifier.' }).optional(),
    authoritative: z.boolean().meta({ description: 'Refuse (NAK) addresses that do not belong here.' }).optional(),
    echoClientId: z.boolean().meta({ description: 'Send the client identifier back to the client.' }).optional(),
    declineProbationPeriod: z
      .int()
      .min(0)
      .max(4_294_967_295)
      .meta({ description: 'How long a declined address is not given out, in seconds.', format: 'int64' })
      .optional(),
    dhcpSocketType: z
      .enum(['raw', 'udp'])
      .default('raw')
      .meta({ description: 'raw serves clients on the link and behind relays; udp only clients behind relays.' }),
  })
  .meta({ description: 'Globals of the DHCPv4 servers.', ...cel(...lifetimeRules) });

const quantity = z
  .string()
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti|k|M|G|T)?$/);
const quantities = (description: string) =>
  z.object({ cpu: quantity.optional(), memory: quantity.optional() }).meta({ description }).optional();

const spec = z
  .object({
    mode: z
      .enum(['Standalone', 'HotStandby', 'LoadBalancing'])
      .default('HotStandby')
      .meta({ description: 'How the servers share the work.' }),
    servers: z
      .array(server)
      .min(1)
      .max(8)
      .meta({
        description: 'The servers: one (Standalone), two, or more with role Backup.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    database: database
      .meta({
        description:
          "The pair's PostgreSQL database. Left out, the operator makes a role and a database on its default server.",
      })
      .optional(),
    leaseStorage: z
      .enum(['Memfile', 'PostgreSQL'])
      .default('Memfile')
      .meta({
        description:
          'Memfile: each server keeps the leases in memory and a file, and sends them to its partner; fastest. PostgreSQL: all servers share the lease tables. Immutable.',
        ...cel({
          rule: 'self == oldSelf',
          message: 'leaseStorage is immutable: leases are not moved between storages',
        }),
      }),
    storage: storage.prefault({}),
    ha: ha.prefault({}),
    packetQueue: packetQueue.optional(),
    dhcp4: dhcp4.prefault({}),
    threads: z
      .int()
      .min(0)
      .max(256)
      .default(0)
      .meta({ description: 'Packet threads of a server; 0: one per CPU.', format: 'int32' }),
    controlPort: port("Port of a server's control channel on its node (HTTPS with client certificates).", 8000),
    haPort: port('Port on which a server hears its partner.', 8001),
    logSeverity: z
      .enum(['DEBUG', 'INFO', 'WARN', 'ERROR'])
      .default('INFO')
      .meta({ description: "The servers' log level." }),
    image: z
      .string()
      .min(1)
      .max(512)
      .meta({ description: "Image of the Kea server. Left out: the operator's default." })
      .optional(),
    imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).meta({ description: 'As in a pod.' }).optional(),
    imagePullSecrets: z
      .array(localRef('Secret'))
      .max(8)
      .meta({ description: 'As in a pod.', 'x-kubernetes-list-type': 'atomic' })
      .optional(),
    resources: z
      .object({
        requests: quantities('What the server is sure to get.'),
        limits: quantities('What the server may use at most.'),
      })
      .meta({ description: 'CPU and memory of a server, as in a pod.' })
      .optional(),
    changePolicy: z
      .enum(['Sync', 'DryRun'])
      .default('Sync')
      .meta({ description: 'Sync applies changes; DryRun only shows them in status.plan.' }),
    paused: z
      .boolean()
      .default(false)
      .meta({ description: 'Leave database and servers alone until this is false again.' }),
  })
  .meta({
    description: 'What is wished for.',
    ...cel(
      {
        rule: "self.mode != 'Standalone' || self.servers.size() == 1",
        message: 'mode Standalone takes exactly one server: remove servers or choose HotStandby or LoadBalancing',
      },
      {
        rule: "self.mode == 'Standalone' || self.servers.size() >= 2",
        message: 'mode HotStandby and LoadBalancing take at least two servers: add one or choose Standalone',
      },
      {
        rule: 'self.servers.all(s, self.servers.exists_one(t, t.node == s.node))',
        message: 'servers must run on different nodes: give each its own node',
      },
      {
        rule: 'self.servers.filter(s, has(s.role)).size() in [0, self.servers.size()]',
        message: 'give a role to every server or to none',
      },
      {
        rule: "!has(self.servers[0].role) || self.servers.filter(s, s.role == 'Primary').size() == 1",
        message: 'exactly one server must have role Primary',
      },
      {
        rule: "self.mode != 'HotStandby' || !has(self.servers[0].role) || (self.servers.filter(s, s.role == 'Standby').size() == 1 && !self.servers.exists(s, s.role == 'Secondary'))",
        message: 'mode HotStandby takes one Primary and one Standby; further servers are Backup',
      },
      {
        rule: "self.mode != 'LoadBalancing' || !has(self.servers[0].role) || (self.servers.filter(s, s.role == 'Secondary').size() == 1 && !self.servers.exists(s, s.role == 'Standby'))",
        message: 'mode LoadBalancing takes one Primary and one Secondary; further servers are Backup',
      },
      { rule: 'self.controlPort != self.haPort', message: 'controlPort and haPort must differ' },
      {
        rule: '!has(self.packetQueue) || self.threads <= 1',
        message: 'packetQueue works without multi-threading only: leave threads out',
      },
      {
        rule: 'has(self.database) == has(oldSelf.database) && (!has(self.database) || (self.database.host == oldSelf.database.host && self.database.name == oldSelf.database.name))',
        message: 'database is immutable: rows and ids are not moved between databases',
      },
    ),
  });

const serverStatus = z.object({
  name: z.string(),
  address: z.string().meta({ description: 'Address of its control channel.' }).optional(),
  role: z.string().meta({ description: 'Role in the pair.' }).optional(),
  state: z.string().meta({ description: "Kea's HA state, e.g. hot-standby; standalone without a partner." }).optional(),
  scopes: z.array(z.string()).meta({ description: 'HA scopes that the server serves.' }).optional(),
  lastHeartbeat: z
    .string()
    .meta({ description: 'When the server last answered; refreshed at most every 30 s.', format: 'date-time' })
    .optional(),
  version: z.string().meta({ description: 'Version of Kea.' }).optional(),
  synchronized: z.boolean().meta({ description: 'Whether the server runs the present configuration.' }).optional(),
  message: z.string().meta({ description: 'What is wrong with it.' }).optional(),
});

const status = z.object({
  ...statusFields,
  serverTag: z.string().meta({ description: "Kea's server tag of the pair's rows." }).optional(),
  database: z.string().meta({ description: 'Host and name of the database.' }).optional(),
  schemaVersion: z.string().meta({ description: "Version of Kea's database schema." }).optional(),
  revision: z.string().meta({ description: 'Last audit revision that the operator wrote.' }).optional(),
  servers: z
    .array(serverStatus)
    .meta({ description: 'The servers.', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .optional(),
  serversReady: z.string().meta({ description: 'Servers that serve clients, of all.' }).optional(),
  accepted: z.int().meta({ description: 'Accepted objects of the pair.', format: 'int32' }).optional(),
  rejected: z.int().meta({ description: 'Rejected objects of the pair.', format: 'int32' }).optional(),
  plan: z
    .array(z.string())
    .meta({
      description: 'Changes not made: those that DryRun shows or that are withheld. At most 50 lines.',
      'x-kubernetes-list-type': 'atomic',
    })
    .optional(),
});

export const haPairKind = defineKind({
  kind: 'HAPair',
  plural: 'hapairs',
  singular: 'hapair',
  shortNames: ['hap'],
  description: 'A set of Kea servers that serve the same subnets, their database and their globals.',
  spec,
  status,
  columns: [
    { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
    { name: 'Servers', type: 'string', jsonPath: '.status.serversReady' },
    { name: 'State', type: 'string', jsonPath: '.status.servers[*].state' },
    { name: 'Accepted', type: 'integer', jsonPath: '.status.accepted' },
    { name: 'Rejected', type: 'integer', jsonPath: '.status.rejected' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export type HAPairSpec = z.output<typeof spec>;
export type HAPairStatus = z.output<typeof status>;
export type HAPair = KubeObject<HAPairSpec, HAPairStatus>;
export type ServerSpec = HAPairSpec['servers'][number];
export type ServerStatus = z.output<typeof serverStatus>;
