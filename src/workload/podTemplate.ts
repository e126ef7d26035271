/** The pods of servers, and what pods of Jobs have in common with them. */
import type { HAPairSpec } from '../api/index.ts';
import { ANNOTATIONS } from '../api/kind.ts';
import { hostPathIn } from '../api/stored.ts';
import type { SslMode } from '../database/tls.ts';
import { urlOf } from '../kea/client.ts';
import type { Family } from '../kea/family.ts';
import { DATABASE_CA } from './bootstrap/files.ts';
import { serverLabels } from './labels.ts';
import { hashOf, ofFamily } from './names.ts';
import { CONFIG_DIRECTORY, LEASE_DIRECTORY, ROWS_DIRECTORY } from './podPaths.ts';
import type { PairServer, Topology } from './topology.ts';

/** What the operator's own settings say of the pods it makes. */
export interface PodDefaults {
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecrets?: readonly string[];
}

/** How libpq reaches the database: Kea 3.0 has no words of its own for TLS towards PostgreSQL. */
export interface DatabaseTls {
  readonly sslMode: SslMode;
  readonly hasCa: boolean;
}

/** What the pods of a pair are made of. */
export interface PodContext {
  readonly spec: HAPairSpec;
  readonly topology: Topology;
  readonly defaults: PodDefaults;
  readonly tls: DatabaseTls;
  /** With another value the servers start anew. */
  readonly restartedAt?: string | undefined;
}

/** User and group of the server image (server-image/finish). */
export const KEA_ID = 10_067;

/** Container of the server; init containers and Jobs have other names. */
export const CONTAINER = 'kea';

/** What the Pod Security Standard `restricted` asks of a container, less what NET_RAW makes impossible. */
export const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;

export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: KEA_ID,
  runAsGroup: KEA_ID,
  fsGroup: KEA_ID,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

const variable = (name: string, value: string) => ({ name, value });

export const libpqEnvironment = (tls: DatabaseTls, application: string) => [
  variable('PGAPPNAME', application.slice(0, 63)),
  variable('PGSSLMODE', tls.sslMode),
  ...(tls.hasCa ? [variable('PGSSLROOTCERT', `${CONFIG_DIRECTORY}/${DATABASE_CA}`)] : []),
  // Without these libpq looks for a Kerberos ticket, and for a client certificate in a home that may not be readable.
  variable('PGGSSENCMODE', 'disable'),
  variable('HOME', '/tmp'),
];

/** The pod of one server. A change here means a restart; the configuration is not in it (the Secret's content may change alone). */
export const podTemplate = (context: PodContext, server: PairServer) => ({
  metadata: {
    labels: { ...context.spec.podLabels, ...serverLabels(context.topology, server) },
    annotations: {
      ...context.spec.podAnnotations,
      'kubectl.kubernetes.io/default-container': CONTAINER,
      // Where the control channel listens: the operator could not follow a server that moves it while it runs.
      'kea-operator.io/control-address': controlAddress(context.topology, server),
      ...(context.restartedAt === undefined ? {} : { [ANNOTATIONS.restartedAt]: legibleOrHash(context.restartedAt) }),
    },
  },
  spec: {
    ...nodePlacement(context.spec, server),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 10,
    ...pullSecrets(context.spec, context.defaults),
    securityContext: POD_SECURITY,
    initContainers: [...(keepsLeasesOnNode(context.spec) ? [ownLeases(context, server)] : []), tellAddresses(context)],
    containers: [serverContainer(context, server)],
    volumes: volumes(context, server),
  },
});

/** Somebody's text in as many bytes as a time has: annotations of a pod have a bound together. */
const legibleOrHash = (text: string): string => (/^[\x20-\x7e]{1,64}$/.test(text) ? text : hashOf(text));

/** `192.0.2.1:8000`, `[2001:db8::1]:8000` */
const controlAddress = ({ controlPort: port }: Topology, { address }: PairServer): string =>
  new URL(urlOf({ address, port })).host;

/** On the server's node, in the node's own network. */
export const nodePlacement = (spec: HAPairSpec, server: PairServer) => ({
  hostNetwork: true,
  dnsPolicy: 'ClusterFirstWithHostNet',
  affinity: { nodeAffinity: onNode(server.node) },
  ...scheduling(spec, TOLERATIONS),
});

/** What the pair says of where its pods may be, and who goes first there. */
export const scheduling = (
  { tolerations = [], priorityClassName }: Pick<HAPairSpec, 'tolerations' | 'priorityClassName'>,
  own: readonly object[] = [],
) => ({
  ...(own.length + tolerations.length === 0 ? {} : { tolerations: [...own, ...tolerations] }),
  ...(priorityClassName === undefined ? {} : { priorityClassName }),
});

/** By the node's name, as DaemonSets do: the label kubernetes.io/hostname may differ from it. */
const onNode = (node: string) => ({
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
  },
});

/**
 * As a DaemonSet's pod: a server that is cut off from the control plane, or on a node under pressure, goes on serving its clients.
 * `unschedulable` is not among them, so that a drained node stays empty.
 */
const TOLERATIONS = [
  ...['not-ready', 'unreachable'].map((name) => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect: 'NoExecute',
  })),
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'network-unavailable'].map((name) => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect: 'NoSchedule',
  })),
  { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
];

export const imageOf = (spec: Pick<HAPairSpec, 'image' | 'imagePullPolicy'>, defaults: PodDefaults) => {
  const policy = spec.imagePullPolicy ?? defaults.imagePullPolicy;
  return { image: spec.image ?? defaults.image, ...(policy === undefined ? {} : { imagePullPolicy: policy }) };
};

export const pullSecrets = (spec: HAPairSpec, defaults: PodDefaults) => {
  const names = spec.imagePullSecrets?.map(({ name }) => name) ?? defaults.imagePullSecrets ?? [];
  return names.length > 0 ? { imagePullSecrets: names.map((name) => ({ name })) } : {};
};

const leasesAreLocal = (spec: HAPairSpec): boolean => spec.leaseStorage === 'Memfile';

export const keepsLeasesOnNode = (spec: HAPairSpec): boolean => hostPathIn(spec) !== undefined;

/** The operator's own image, as the pair fetches images: what runs as root, or must be there for it, is nobody else's. */
export const ownImage = ({ imagePullPolicy }: HAPairSpec, defaults: PodDefaults) =>
  imageOf(imagePullPolicy === undefined ? {} : { imagePullPolicy }, defaults);

/**
 * Gives a directory of root's to the servers, and none that holds something of another's: `lost+found` is a file system's own. The mode
 * first: afterwards root, without more capabilities, may not.
 */
export const giveAway = (directory: string): string =>
  `
owner=$(stat -c %u ${directory})
[ "$owner" != ${KEA_ID} ] || exit 0
strange=$(find ${directory} -mindepth 1 -maxdepth 1 ! -user ${KEA_ID} ! -name lost+found -print -quit)
if [ "$owner" != 0 ] || [ -n "$strange" ]; then
  echo "the directory for leases on the node belongs to user $owner\${strange:+ and holds \${strange##*/}}: only an empty one of root's is given to the server" >&2
  exit 1
fi
chmod 0750 ${directory}
chown ${KEA_ID}:${KEA_ID} ${directory}
`.trim();

/** The kubelet makes the host's directory for root, and fsGroup does not reach host paths: root gives it away, once, with this one capability. */
const ownLeases = ({ spec, topology, defaults }: PodContext, server: PairServer) => ({
  name: 'lease-directory',
  ...ownImage(spec, defaults),
  command: ['sh', '-ec', giveAway(LEASE_DIRECTORY)],
  resources: resourcesOf(spec),
  terminationMessagePolicy: 'FallbackToLogsOnError',
  securityContext: {
    ...RESTRICTED,
    runAsNonRoot: false,
    runAsUser: 0,
    runAsGroup: 0,
    capabilities: { drop: ['ALL'], add: ['CHOWN'] },
  },
  volumeMounts: [leaseMount(spec, topology, server)],
});

/** Init container whose last words are addresses. */
export const ADDRESSES = 'addresses';

/** Prints the addresses of a family that all interfaces have, a line `lan0 192.0.2.2` each. */
export const listAddresses = ({ version }: Pick<Family, 'version'>): string => {
  const [keyword, characters] = version === 4 ? ['inet', '0-9.'] : ['inet6', '0-9a-f:'];
  return String.raw`busybox ip -${version} -o addr show scope global | sed -n 's/^[0-9]*: *\([^ ]*\) *${keyword} \([${characters}]*\).*/\1 \2/p'`;
};

/**
 * A pool that holds an address of its own server would give it to a client, and Kea tells nobody which addresses it has (until 3.2, interface-list). So they
 * are told in the status of the pod. What keeps them from that keeps no server from starting.
 */
const tellAddresses = ({ spec, topology, defaults }: PodContext) => ({
  name: ADDRESSES,
  ...imageOf(spec, defaults),
  command: ['sh', '-c', `${listAddresses(topology.family)} >/dev/termination-log || true`],
  resources: resourcesOf(spec),
  securityContext: RESTRICTED,
});

const probe = (what: 'live' | 'ready', timing: { periodSeconds: number; failureThreshold: number }) => ({
  exec: { command: ['/usr/local/bin/kea-probe', what] },
  timeoutSeconds: 5,
  ...timing,
});

/**
 * Without privilege escalation a program that is not root has its capabilities only where the runtime itself starts it, and its file carries
 * them. This one (server-image/finish) hands them on to a script, and that to the server.
 */
const start = (family: Family): readonly string[] => {
  const names = capabilitiesOf(family)
    .toReversed()
    .map((name) => `+${name.toLowerCase()}`)
    .join(',');
  return ['/usr/local/sbin/setpriv', '--inh-caps', names, '--ambient-caps', names, '/usr/local/bin/kea-start'];
};

/** A server of DHCPv4 answers clients that have no address yet by raw sockets; one of DHCPv6 their link-local addresses, from a port below 1024. */
const capabilitiesOf = ({ version }: Pick<Family, 'version'>): readonly string[] =>
  version === 4 ? ['NET_BIND_SERVICE', 'NET_RAW'] : ['NET_BIND_SERVICE'];

/** The server that the scripts of the server image are about; left out: that of DHCPv4. */
export const daemonVariable = ({ version, daemon }: Family) => (version === 4 ? [] : [variable('KEA_DAEMON', daemon)]);

const serverContainer = ({ spec, topology, defaults, tls }: PodContext, server: PairServer) => ({
  name: CONTAINER,
  ...imageOf(spec, defaults),
  command: start(topology.family),
  env: [
    ...daemonVariable(topology.family),
    ...libpqEnvironment(tls, `${topology.family.daemon} ${topology.namespace}.${topology.pair} ${server.name}`),
  ],
  // No ports: declared on the host network they would keep a second pod off the node, and nothing else reads them.
  resources: resourcesOf(spec),
  // Why a server ended shows in the pair's status.
  terminationMessagePolicy: 'FallbackToLogsOnError',
  securityContext: { ...RESTRICTED, capabilities: { drop: ['ALL'], add: capabilitiesOf(topology.family) } },
  // The first answer comes when the configuration and all rows are read: 50,000 subnets take about 6 s.
  startupProbe: probe('live', { periodSeconds: 1, failureThreshold: 180 }),
  readinessProbe: probe('ready', { periodSeconds: 5, failureThreshold: 2 }),
  // Patient: a server that waits for its database answers late, and killing it would end the service that it still gives.
  livenessProbe: probe('live', { periodSeconds: 15, failureThreshold: 12 }),
  volumeMounts: [
    { name: 'bootstrap', mountPath: CONFIG_DIRECTORY, readOnly: true },
    { name: 'rows', mountPath: ROWS_DIRECTORY, readOnly: true },
    { name: 'run', mountPath: '/run' },
    { name: 'tmp', mountPath: '/tmp' },
    leaseMount(spec, topology, server),
  ],
});

/** Of init containers as well: the pod takes no more by that, and a namespace whose quota asks limits of every container takes it. */
const resourcesOf = (spec: HAPairSpec) => spec.resources ?? { requests: { cpu: '50m', memory: '64Mi' } };

const volumes = ({ spec, topology }: PodContext, server: PairServer) => [
  { name: 'bootstrap', secret: { secretName: server.names.bootstrap, defaultMode: 0o440 } },
  // Optional: a pair that serves nothing yet has none.
  { name: 'rows', secret: { secretName: topology.names.rows, optional: true, defaultMode: 0o440 } },
  // Rows that a server is given are unpacked there: 30,000 subnets are about 10 MB.
  { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
  { name: 'leases', ...leaseVolume(spec, server) },
];

const leaseVolume = (spec: HAPairSpec, server: PairServer) => {
  if (keepsLeasesOnNode(spec)) return { hostPath: { path: spec.storage.hostPath, type: 'DirectoryOrCreate' } };
  return leasesAreLocal(spec) ? { persistentVolumeClaim: { claimName: server.names.claim } } : { emptyDir: {} };
};

/**
 * Of a directory of the node no container sees more than the server's own. The kubelet makes it, and opens it from the volume down without
 * following a link that leads out: a `hostPath` as long as this would be followed wherever somebody's links lead.
 */
const leaseMount = (spec: HAPairSpec, { namespace, pair, family }: Topology, { name }: PairServer) => ({
  name: 'leases',
  mountPath: LEASE_DIRECTORY,
  ...(keepsLeasesOnNode(spec) ? { subPath: `${namespace}/${pair}/${ofFamily(name, family)}` } : {}),
});
