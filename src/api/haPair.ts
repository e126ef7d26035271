/** The kind HAPair: two or more DHCP servers that work together, and what they share. */
import { z } from 'zod';
import type { KubeObject } from '../runtime/object.ts';
import { cel, type CelRule, stays } from './cel.ts';
import { ipFamily } from './families.ts';
import { database, databaseDeletionPolicy, databaseRule, storage } from './haPairDatabase.ts';
import { dhcp4, dhcp6 } from './haPairGlobals.ts';
import { loggers, severity } from './haPairLoggers.ts';
import { podFields, priorityRule } from './haPairPods.ts';
import { ha, mode, packetQueue, serverRules, servers } from './haPairServers.ts';
import { defineKind, readyColumns } from './kind.ts';
import { cpuAndMemory, port } from './quantities.ts';
import { statusFields } from './status.ts';
import { localRef, text } from './text.ts';
import { summedUtilization } from './utilization.ts';

const ipFamilies = z
  .array(ipFamily.meta({ description: 'A family that the servers serve.' }))
  .min(1)
  .max(2)
  .default(['IPv4'])
  .meta({
    description:
      'Families that the servers serve, each by a daemon in a pod of its own. One that is taken out is served until nothing of it belongs to the HAPair any more.',
    'x-kubernetes-list-type': 'set',
  });

const spec = z
  .object({
    mode,
    ipFamilies,
    servers,
    database: database.optional(),
    databaseDeletionPolicy,
    leaseStorage: z
      .enum(['Memfile', 'PostgreSQL'])
      .default('Memfile')
      .meta({
        description:
          'Memfile: each server keeps the leases in memory and a file, and sends them to its partner; fastest. PostgreSQL: all servers share the lease tables of the database. Immutable.',
        ...cel({
          rule: 'self == oldSelf',
          message: 'leaseStorage is immutable: leases are not moved between storages',
        }),
      }),
    storage: storage.prefault({}),
    ha: ha.prefault({}),
    packetQueue: packetQueue.optional(),
    dhcp4: dhcp4.prefault({}),
    dhcp6: dhcp6.prefault({}),
    threads: z
      .int()
      .min(0)
      .max(256)
      .meta({
        description:
          'Threads of a server that work on packets. Left out or 0: 4 with leaseStorage Memfile, 8 with PostgreSQL, whose threads wait for the database.',
        format: 'int32',
      })
      .optional(),
    threadQueue: z
      .int()
      .min(0)
      .max(100_000)
      .meta({
        description:
          'Packets that may wait for the threads of a server; 0: no bound. More are dropped. Left out: 64 for each thread.',
        format: 'int32',
      })
      .optional(),
    controlPort: port("Port of a server's control channel on its node (HTTPS with client certificates).", 8000),
    haPort: port('Port of its node on which a server hears its partner.', 8001),
    logSeverity: severity(
      'What the servers log: this and what is worse. Left out: INFO, but of the loggers that write lines for each packet (commands, dhcp4, leases, packets) WARN. With INFO they write nine lines for each lease, which costs most of the throughput.',
    ).optional(),
    loggers,
    image: text({
      description: "Image of the Kea server. Left out: the operator's default.",
      max: 512,
      pattern: /^[^\s]+$/,
      message: 'must be an image reference, such as registry.example.org/kea-server:3.0.4',
    }).optional(),
    imagePullPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .meta({ description: 'When the node fetches the image, as in a pod.' })
      .optional(),
    imagePullSecrets: z
      .array(localRef('Secret'))
      .max(8)
      .meta({ description: 'Credentials of the image registry, as in a pod.', 'x-kubernetes-list-type': 'atomic' })
      .optional(),
    resources: z
      .object({
        requests: cpuAndMemory('What a server is sure to get.'),
        limits: cpuAndMemory('What a server may use at most.'),
      })
      .meta({ description: 'CPU and memory of a server, as in a pod.' })
      .optional(),
    ...podFields,
    changePolicy: z.enum(['Sync', 'DryRun']).default('Sync').meta({
      description:
        'Sync writes the changes of what belongs to the pair; DryRun only shows them, in status.plan. Changes of the HAPair itself are made in both.',
    }),
    paused: z
      .boolean()
      .default(false)
      .meta({ description: 'Leave database and servers alone until this is false again.' }),
  })
  .meta({
    description: 'Desired state of the HAPair.',
    ...cel(
      ...serverRules,
      { rule: 'self.controlPort != self.haPort', message: 'controlPort and haPort must differ', fieldPath: '.haPort' },
      {
        // Of one family alone the other's ports are nobody's.
        rule: 'self.ipFamilies.size() < 2 || ![self.controlPort, self.haPort].exists(p, p in [self.dhcp6.controlPort, self.dhcp6.haPort])',
        message:
          'controlPort and haPort of dhcp6 must be other ports than controlPort and haPort: the daemons of both families share a node',
        fieldPath: '.dhcp6',
      },
      ...(['dhcp4', 'dhcp6'] as const).map((field): CelRule => ({
        rule: `self.mode == 'Standalone' || self.leaseStorage != 'Memfile' || !has(self.${field}.cacheMaxAge) || self.${field}.cacheMaxAge == 0`,
        message:
          'cacheMaxAge must be 0 or left out, as the servers tell each other of leases when they write them: a client whose first request the partner missed would have a lease that the partner gives away. leaseStorage PostgreSQL takes another',
        fieldPath: `.${field}.cacheMaxAge`,
      })),
      {
        rule: '!has(self.packetQueue) || !has(self.threads) || self.threads <= 1',
        message: 'packetQueue works without multi-threading only: leave threads out, or packetQueue',
        fieldPath: '.threads',
      },
      {
        rule: '!has(self.packetQueue) || !has(self.threadQueue)',
        message: 'packetQueue takes the place of threads and of their queue: leave threadQueue out, or packetQueue',
        fieldPath: '.threadQueue',
      },
      {
        rule: 'self.servers.exists(s, oldSelf.servers.exists(o, o.name == s.name))',
        message:
          'at least one server must stay: a new server gets the leases from one that was there. Replace them one after the other',
        fieldPath: '.servers',
      },
      priorityRule,
      databaseRule,
      ...stays('database'),
      {
        rule: '!has(self.database) || !has(oldSelf.database) || (self.database.host == oldSelf.database.host && self.database.name == oldSelf.database.name)',
        message: 'host and name of the database are immutable: rows and ids are not moved between databases',
        fieldPath: '.database',
      },
    ),
  });

/** Bounds of a status are far off: a status that cannot be written tells nobody anything. */
const MESSAGE = 32_768;

const serverStatus = z
  .object({
    name: z.string().max(32).meta({ description: "The server's name in the pair." }),
    ipFamily: ipFamily.default('IPv4').meta({ description: 'Which of its daemons this is.' }),
    address: z.string().max(253).meta({ description: 'Address of its control channel.' }).optional(),
    role: z.string().max(64).meta({ description: 'Role in the pair.' }).optional(),
    state: z
      .string()
      .max(64)
      .meta({ description: "Kea's HA state, e.g. hot-standby or partner-down; standalone where there is no partner." })
      .optional(),
    scopes: z
      .array(z.string().max(64).meta({ description: 'Name of the server whose clients these are.' }))
      .max(16)
      .meta({
        description: "HA scopes that it serves: its own, and after a failure its partner's.",
        'x-kubernetes-list-type': 'atomic',
      })
      .optional(),
    lastHeartbeat: z
      .string()
      .meta({
        description: 'When the server last answered the operator; refreshed at most every 30 s.',
        format: 'date-time',
      })
      .optional(),
    version: z.string().max(128).meta({ description: 'Version of Kea.' }).optional(),
    synchronized: z.boolean().meta({ description: 'Whether it runs the present configuration.' }).optional(),
    message: z.string().max(MESSAGE).meta({ description: 'What is wrong with it.' }).optional(),
  })
  .meta({ title: 'ServerStatus', description: 'How one server is.' });

const revision = z.string().max(256).meta({ description: 'Audit revision that the operator wrote last.' }).optional();

const greatestSubnetId = z
  .int()
  .min(0)
  .meta({
    description:
      'Greatest subnet id that was ever given. It never decreases: where the database is restored from an older dump, no later id is given again.',
    format: 'int64',
  })
  .optional();

const neverLess: CelRule = {
  rule: '!has(oldSelf.greatestSubnetId) || (has(self.greatestSubnetId) && self.greatestSubnetId >= oldSelf.greatestSubnetId)',
  message: 'greatestSubnetId must not decrease: ids up to it may have leases',
  fieldPath: '.greatestSubnetId',
};

const objects = (description: string) => z.int().min(0).meta({ description, format: 'int32' }).optional();

const status = z
  .object({
    ...statusFields,
    serverTag: z.string().max(128).meta({ description: "Kea's server tag of the pair's rows." }).optional(),
    database: z.string().max(512).meta({ description: 'Host and name of the database.' }).optional(),
    schemaVersion: z.string().max(128).meta({ description: "Version of Kea's schema in the database." }).optional(),
    revision,
    servers: z
      .array(serverStatus)
      .max(16)
      .meta({
        description: 'The servers.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name', 'ipFamily'],
      })
      .optional(),
    serversReady: z.string().max(64).meta({ description: 'Servers that serve clients, of all, e.g. 2/2.' }).optional(),
    greatestSubnetId,
    dhcp6: z
      .object({ revision, greatestSubnetId, utilization: summedUtilization('IPv6').optional() })
      .meta({ description: 'Of IPv6, whose rows and subnet ids are apart.', ...cel(neverLess) })
      .optional(),
    utilization: summedUtilization('IPv4').optional(),
    accepted: objects('Number of objects of the pair that are accepted, of all kinds.'),
    rejected: objects('Number of those that are rejected; each says why in its conditions.'),
    rejectedObjects: z
      .array(z.string().max(512).meta({ description: 'One of them, e.g. Subnet office.' }))
      .max(16)
      .meta({
        description: 'The first objects that are rejected.',
        'x-kubernetes-list-type': 'atomic',
      })
      .optional(),
    plan: z
      .array(z.string().max(MESSAGE).meta({ description: 'One change, for people.' }))
      .max(256)
      .meta({
        description: 'Changes not made: those that DryRun shows or that are withheld. Of a great many the first.',
        'x-kubernetes-list-type': 'atomic',
      })
      .optional(),
  })
  .meta({
    description: 'Observed state of the HAPair, written by the operator.',
    ...cel(neverLess),
  });

export const haPairKind = defineKind({
  kind: 'HAPair',
  plural: 'hapairs',
  singular: 'hapair',
  shortNames: ['hap'],
  description: 'A set of Kea servers that serve the same subnets, their database and their globals.',
  spec,
  status,
  rules: [
    {
      rule: "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
      message:
        'the name of a HAPair must be a DNS label, as pods are named and labelled with it: no dots, at most 63 characters',
    },
  ],
  columns: [
    { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
    { name: 'Servers', type: 'string', jsonPath: '.status.serversReady' },
    // A path that matches several values shows the first alone.
    {
      name: 'State',
      type: 'string',
      jsonPath: '.status.servers[0].state',
      description: 'HA state of the first server.',
    },
    { name: 'Partner', type: 'string', jsonPath: '.status.servers[1].state', description: 'HA state of the second.' },
    { name: 'Accepted', type: 'integer', jsonPath: '.status.accepted' },
    { name: 'Rejected', type: 'integer', jsonPath: '.status.rejected' },
    {
      name: 'Database',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="BackendReachable")].status',
      description: 'Whether the database answers and has the schema that is needed.',
      priority: 1,
    },
    {
      name: 'Kea',
      type: 'string',
      jsonPath: '.status.servers[0].version',
      description: 'Version of the first server.',
      priority: 1,
    },
    ...readyColumns,
  ],
  selectable: [],
});

export type HAPairSpec = z.output<typeof spec>;
export type HAPairStatus = z.output<typeof status>;
export interface HAPair extends KubeObject<HAPairSpec, HAPairStatus> {
  spec: HAPairSpec;
}
export type ServerSpec = HAPairSpec['servers'][number];
export type ServerStatus = z.output<typeof serverStatus>;
