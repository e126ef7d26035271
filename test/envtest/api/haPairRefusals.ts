import { haPairFamilyRefusals, optionRefusalsIPv6, preferredRefusals } from './familyRefusals.ts';
import { anew, type ChangeRefusal, type Refusal } from './refusal.ts';
import { serverRefusals } from './serverRefusals.ts';
import {
  clientNameRefusals,
  guardRefusals,
  lifetimeRefusals,
  optionRefusals,
  optionRefusalsIPv4,
} from './sharedRefusals.ts';

const database = { host: 'db.example.org', name: 'kea', credentialsSecretRef: { name: 'kea' } };
const databaseRefusals: Refusal[] = [
  {
    because: 'a database without credentials',
    spec: { database: { host: 'db', name: 'kea' } },
    field: 'spec.database.credentialsSecretRef',
    says: 'Required value',
  },
  {
    because: 'host and port are two fields',
    spec: { database: { ...database, host: 'db.example.org:5432' } },
    field: 'spec.database.host',
    says: 'must not contain the port: give that in the field port',
  },
  {
    because: 'a connection string is no host',
    spec: { database: { ...database, host: 'postgres://db' } },
    field: 'spec.database.host',
    says: 'must be a host name or an address, such as postgresql.database.svc',
    also: ['spec.database.host'],
  },
  {
    because: 'PostgreSQL would need quotes around such a name',
    spec: { database: { ...database, name: '1 kea' } },
    field: 'spec.database.name',
    says: 'must be the name of a database, such as kea_office: letters, digits, _ and -, not beginning with a digit',
  },
  {
    because: 'TLS checks the server unless told otherwise, and that needs a CA',
    spec: { database: { ...database, tls: {} } },
    field: 'spec.database.tls',
    says: 'caSecretRef is required where mode is VerifyCA or VerifyFull: give it, or choose mode Require',
  },
  {
    because: 'there is no port 70000',
    spec: { database: { ...database, port: 70_000 } },
    field: 'spec.database.port',
    says: 'should be less than or equal to 65535',
  },
];

const otherRefusals: Refusal[] = [
  {
    because: 'a database that somebody else made is not the operator’s to remove',
    spec: { database, databaseDeletionPolicy: 'Delete' },
    field: 'spec.databaseDeletionPolicy',
    says: 'the operator removes only a database that it makes: give database.adminSecretRef, leave database out, or choose Retain',
  },
  {
    because: 'control channel and HA listener cannot share a port',
    spec: { controlPort: 8001 },
    field: 'spec.haPort',
    says: 'controlPort and haPort must differ',
  },
  {
    because: 'a class of the system lets a pod push others off that the node itself needs',
    spec: { priorityClassName: 'system-node-critical', image: 'registry.example.org/kea:3' },
    field: 'spec.priorityClassName',
    says: 'classes of the system are for the operator’s own image: leave image out, or choose another class',
  },
  {
    because: 'the operator finds pods by labels of its own',
    spec: { podLabels: { team: 'net', 'kea-operator.io/server': 'other' } },
    field: 'spec.podLabels',
    says: 'labels of kea-operator.io, app.kubernetes.io and of what makes the pods are not to be given: choose another key',
  },
  {
    because: 'annotations of beta days take away what holds a container',
    spec: { podAnnotations: { 'container.apparmor.security.beta.kubernetes.io/kea': 'unconfined' } },
    field: 'spec.podAnnotations',
    says: 'annotations of kea-operator.io, of kubectl, and those that take a container’s bounds away are not to be given: choose another key',
  },
  {
    because: 'a taint has a key',
    spec: { tolerations: [{ value: 'true' }] },
    field: 'spec.tolerations[0].operator',
    says: 'without a key the operator must be Exists: name the key of the taint, or bear all',
  },
  {
    because: 'whatever the value, and a value',
    spec: { tolerations: [{ key: 'dhcp', operator: 'Exists', value: 'true' }] },
    field: 'spec.tolerations[0].value',
    says: 'operator Exists takes no value: leave one of them out',
  },
  {
    because: 'only NoExecute ends what runs',
    spec: { tolerations: [{ key: 'dhcp', value: 'true', tolerationSeconds: 60 }] },
    field: 'spec.tolerations[0].tolerationSeconds',
    says: 'tolerationSeconds is of effect NoExecute only: leave it out, or name the effect',
  },
  {
    because: 'Kea switches the queue off in silence when there are several threads',
    spec: { packetQueue: {}, threads: 4 },
    field: 'spec.threads',
    says: 'packetQueue works without multi-threading only: leave threads out, or packetQueue',
  },
  ...['dhcp4', 'dhcp6'].map((field): Refusal => ({
    because: `a lease that is not written is one that the partner does not hear of: ${field}`,
    spec: { [field]: { cacheMaxAge: 60 } },
    field: `spec.${field}.cacheMaxAge`,
    says: 'cacheMaxAge must be 0 or left out, as the servers tell each other of leases when they write them: a client whose first request the partner missed would have a lease that the partner gives away. leaseStorage PostgreSQL takes another',
  })),
  {
    because: 'a server without threads has no queue of theirs',
    spec: { packetQueue: {}, threadQueue: 64 },
    field: 'spec.threadQueue',
    says: 'packetQueue takes the place of threads and of their queue: leave threadQueue out, or packetQueue',
  },
  {
    because: 'only messages of severity DEBUG have levels',
    spec: { loggers: [{ name: 'leases', severity: 'INFO', debuglevel: 50 }] },
    field: 'spec.loggers[0].debuglevel',
    says: 'debuglevel is of severity DEBUG alone: choose that, or leave debuglevel out',
  },
  {
    because: 'a set of characters that Kea cannot read leaves clients without an answer',
    spec: { dhcp4: { hostnameCharSet: '[^A-Za-z0-9' } },
    field: 'spec.dhcp4.hostnameCharSet',
    says: 'must list characters, as [^A-Za-z0-9.-] does: A-Z, a-z and 0-9, other signs one by one, - at the end',
  },
  {
    because: 'Kea takes the name of a logger that it has not in silence',
    spec: { loggers: [{ name: 'lease', severity: 'INFO' }] },
    field: 'spec.loggers[0].name',
    says: '"subnet-cmds-hooks", "tcp"',
  },
  {
    because: 'the HTTP logger writes passwords at DEBUG',
    spec: { loggers: [{ name: 'http', severity: 'DEBUG' }] },
    field: 'spec.loggers[0].name',
    says: '"subnet-cmds-hooks", "tcp"',
  },
  {
    because: 'a heartbeat must come before the partner counts as lost',
    spec: { ha: { heartbeatDelay: 60_000, maxResponseDelay: 10_000 } },
    field: 'spec.ha.heartbeatDelay',
    says: 'heartbeatDelay must be less than maxResponseDelay: else a healthy partner counts as lost between two heartbeats',
  },
  {
    because: 'Kea keeps HA timers in 16 bits',
    spec: { ha: { maxAckDelay: 65_536 } },
    field: 'spec.ha.maxAckDelay',
    says: 'should be less than or equal to 65535',
  },
  {
    because: 'a directory with .. could be anywhere on the node',
    spec: { storage: { hostPath: '/var/lib/../../etc' } },
    field: 'spec.storage.hostPath',
    says: 'must be an absolute path such as /var/lib/kea-operator: letters, digits, -, _ and ., no ..',
  },
  {
    because: 'a storage class says nothing about a directory on the node',
    spec: { storage: { storageClassName: 'fast' } },
    field: 'spec.storage.storageClassName',
    says: 'storageClassName goes with type PersistentVolumeClaim only: leave it out or set type',
  },
  {
    because: 'a size has a unit of its own',
    spec: { storage: { type: 'PersistentVolumeClaim', size: '1 GB' } },
    field: 'spec.storage.size',
    says: 'must be a quantity, such as 500m, 2, 256Mi or 1Gi',
  },
  {
    because: 'cpu is a quantity',
    spec: { resources: { requests: { cpu: 'two' } } },
    field: 'spec.resources.requests.cpu',
    says: 'must be a quantity, such as 500m, 2, 256Mi or 1Gi',
  },
  {
    because: 'there is no negative memory',
    spec: { resources: { limits: { memory: -1 } } },
    field: 'spec.resources.limits.memory',
    says: 'must be a quantity, such as 500m, 2, 256Mi or 1Gi',
  },
  {
    because: 'an image reference has no spaces',
    spec: { image: 'kea server' },
    field: 'spec.image',
    says: 'must be an image reference, such as registry.example.org/kea-server:3.0.4',
  },
  {
    because: 'Kea has no such identifier',
    spec: { dhcp4: { hostReservationIdentifiers: ['mac'] } },
    field: 'spec.dhcp4.hostReservationIdentifiers[0]',
    says: 'supported values: "hw-address", "client-id", "circuit-id", "duid", "flex-id"',
  },
  {
    because: 'an identifier would be looked up twice',
    spec: { dhcp4: { hostReservationIdentifiers: ['duid', 'duid'] } },
    field: 'spec.dhcp4.hostReservationIdentifiers[1]',
    says: 'Duplicate value: "duid"',
  },
  {
    because: 'the boot server is an address',
    spec: { dhcp4: { nextServer: 'tftp.example.org' } },
    field: 'spec.dhcp4.nextServer',
    says: 'must be an IPv4 address, such as 192.0.2.10',
  },
  {
    because: 'the name of a pod has no dots',
    name: 'head.office',
    field: '',
    says: 'the name of a HAPair must be a DNS label, as pods are named and labelled with it: no dots, at most 63 characters',
  },
  {
    because: 'the value of a label has at most 63 characters',
    name: 'x'.repeat(64),
    field: '',
    says: 'the name of a HAPair must be a DNS label, as pods are named and labelled with it: no dots, at most 63 characters',
  },
];

export const haPairRefusals: readonly Refusal[] = [
  ...serverRefusals,
  ...databaseRefusals,
  ...otherRefusals,
  ...lifetimeRefusals('spec.dhcp4', (dhcp4) => ({ dhcp4 })),
  ...clientNameRefusals('spec.dhcp4', (dhcp4) => ({ dhcp4 })),
  ...optionRefusals('spec.dhcp4', (dhcp4) => ({ dhcp4 })),
  ...optionRefusalsIPv4('spec.dhcp4', (dhcp4) => ({ dhcp4 })),
  ...guardRefusals('spec.dhcp4', (dhcp4) => ({ dhcp4 })),
  ...haPairFamilyRefusals,
  ...lifetimeRefusals('spec.dhcp6', (dhcp6) => ({ dhcp6 })),
  ...clientNameRefusals('spec.dhcp6', (dhcp6) => ({ dhcp6 })),
  ...preferredRefusals('spec.dhcp6', (dhcp6) => ({ dhcp6 })),
  ...optionRefusals('spec.dhcp6', (dhcp6) => ({ dhcp6 })),
  ...optionRefusalsIPv6('spec.dhcp6', (dhcp6) => ({ dhcp6 })),
];

export const haPairChanges: readonly ChangeRefusal[] = [
  {
    because: 'leases are not moved from memory files to the database',
    to: { leaseStorage: 'PostgreSQL' },
    field: 'spec.leaseStorage',
    says: 'leaseStorage is immutable: leases are not moved between storages',
  },
  {
    because: 'leases are not moved to another directory',
    to: { storage: { hostPath: '/srv/kea' } },
    field: 'spec.storage',
    says: 'storage is immutable: leases are not moved from one volume to another',
  },
  {
    because: 'leases in memory come to a new server from one that was there',
    to: {
      servers: [
        { name: 'three', node: 'node3', interfaces: ['eth1'] },
        { name: 'four', node: 'node4', interfaces: ['eth1'] },
      ],
    },
    field: 'spec.servers',
    says: 'at least one server must stay: a new server gets the leases from one that was there. Replace them one after the other',
  },
  {
    because: 'rows are not moved to another database server',
    from: { database },
    to: { database: { ...database, host: 'other.example.org' } },
    field: 'spec.database',
    says: 'host and name of the database are immutable: rows and ids are not moved between databases',
  },
  {
    because: 'rows are not moved to another database',
    from: { database },
    to: { database: { ...database, name: 'other' } },
    field: 'spec.database',
    says: 'host and name of the database are immutable: rows and ids are not moved between databases',
  },
  {
    because: 'a pair on the default server does not move to a database of its own',
    to: { database },
    field: 'spec.database',
    says: anew('database'),
  },
  {
    because: 'a pair with a database of its own does not move to the default server',
    from: { database },
    to: { database: undefined },
    field: 'spec.database',
    says: anew('database'),
  },
];
