/** The objects of a pair, as manifests. */
import type { HAPairSpec } from '../api/index.ts';
import { canonicalJson } from '../kea/canonical.ts';
import type { KubeObject } from '../runtime/object.ts';
import { DATABASE_CA, type SecretData } from './bootstrap/files.ts';
import { DAEMON_LABEL, metadata, pairLabels, pairSelector, serverLabels, serverSelector } from './labels.ts';
import { dnsLabel, hashOf } from './names.ts';
import { encoded, type Job, type Secret, type StatefulSet } from './objects.ts';
import { CONFIG_DIRECTORY } from './podPaths.ts';
import {
  daemonVariable,
  imageOf,
  keepsLeasesOnNode,
  libpqEnvironment,
  nodePlacement,
  ownImage,
  POD_SECURITY,
  type PodContext,
  type PodDefaults,
  podTemplate,
  pullSecrets,
  RESTRICTED,
  scheduling,
} from './podTemplate.ts';
import type { PairServer, Topology } from './topology.ts';

/** A manifest to be applied. */
export type PairManifest = KubeObject & { spec?: object };

export const pairSecret = (topology: Topology, name: string, component: string, data: SecretData): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: metadata(topology, name, pairLabels(topology, component)),
  type: 'Opaque',
  data: encoded(data),
});

export const bootstrapSecret = (topology: Topology, server: PairServer, data: SecretData): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: metadata(topology, server.names.bootstrap, {
    ...serverLabels(topology, server),
    'app.kubernetes.io/component': 'bootstrap',
  }),
  type: 'Opaque',
  data: encoded(data),
});

/** One server, one replica. Pods are replaced when the operator deletes them: one at a time, when the partner can do without. */
export const statefulSet = (context: PodContext, server: PairServer): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: metadata(context.topology, server.names.workload, serverLabels(context.topology, server)),
  spec: {
    replicas: 1,
    // No Service is there: nobody looks servers up by name. Kubernetes 1.31 wants the field all the same.
    serviceName: server.names.workload,
    selector: { matchLabels: serverSelector(context.topology, server) },
    updateStrategy: { type: 'OnDelete' },
    // OrderedReady would not replace a pod that never became ready.
    podManagementPolicy: 'Parallel',
    revisionHistoryLimit: 2,
    template: podTemplate(context, server),
  },
});

/** The claim for memfile leases; the operator never removes it: leases outlive a deleted pair, as they do on a host path. */
export const leaseClaim = (spec: HAPairSpec, topology: Topology, server: PairServer): PairManifest => {
  const { storageClassName, size } = spec.storage;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadata(topology, server.names.claim, serverLabels(topology, server)),
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storageClassName === undefined ? {} : { storageClassName }),
      resources: { requests: { storage: size } },
    },
  };
};

/**
 * All servers but one stay when nodes are drained. A single server has none: it would only forbid every drain. A broken server may always be
 * evicted.
 */
export const disruptionBudget = (topology: Topology): PairManifest | undefined =>
  topology.servers.length < 2
    ? undefined
    : {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: metadata(topology, topology.names.disruptionBudget, pairLabels(topology, 'dhcp-server')),
        spec: {
          minAvailable: topology.servers.length - 1,
          selector: { matchLabels: { ...pairSelector(topology), [DAEMON_LABEL]: topology.family.daemon } },
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
        },
      };

/** Keys of the Secret that names a pair's database. */
export const DATABASE_KEYS = {
  host: 'host',
  port: 'port',
  name: 'database',
  user: 'username',
  password: 'password',
  sslMode: 'sslmode',
  ca: DATABASE_CA,
  /** All of it but TLS, as a file of libpq's services. */
  service: 'service',
} as const;

/** Of the spec what makes no other schema: where the pods of Jobs may be, what they take and how they are called. */
const OF_PODS: ReadonlySet<string> = new Set<keyof HAPairSpec>([
  'tolerations',
  'priorityClassName',
  'podLabels',
  'podAnnotations',
  'resources',
]);

const withoutPods = (spec: HAPairSpec): HAPairSpec =>
  Object.fromEntries(Object.entries(spec).filter(([key]) => !OF_PODS.has(key))) as HAPairSpec;

/** What the pod of a schema Job is made of. Where it changed, a Job that has not come to its end is made anew; its name stays. */
export const JOB_ANNOTATION = 'kea-operator.io/job';

/**
 * Makes or upgrades Kea's schema with Kea's own kea-admin. Its name carries what the schema is made of: another image or database is another Job.
 * A pod of it meets the Pod Security Standard `restricted`.
 */
export const schemaJob = (context: PodContext, target: string): Job => {
  const { spec, topology } = context;
  const jobSpec = schemaJobSpec(context);
  const schema = schemaJobSpec({ ...context, spec: withoutPods(spec) });
  const name = `${topology.names.schemaJob}-${hashOf(canonicalJson({ jobSpec: schema, target }))}`;
  const annotations = { [JOB_ANNOTATION]: hashOf(canonicalJson(jobSpec)) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...metadata(topology, name, schemaLabels(context)), annotations },
    spec: jobSpec,
  };
};

const schemaLabels = ({ topology }: PodContext) => ({ ...pairLabels(topology, SCHEMA), [DAEMON_LABEL]: 'kea-schema' });

const schemaJobSpec = (context: PodContext) => {
  const { spec, topology, defaults } = context;
  const secret = topology.names.database;
  const variable = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: secret, key } } });
  return {
    // Every attempt that fails is repeated, at last every five minutes: a database may be away for a day.
    backoffLimit: 1000,
    template: {
      metadata: ofJob(spec, schemaLabels(context)),
      spec: {
        restartPolicy: 'OnFailure',
        ...scheduling(spec),
        ...ownImageFirst(spec, defaults),
        ...databasePod(context, {
          name: 'kea-db-init',
          command: ['/usr/local/bin/kea-db-init'],
          env: [
            variable('PGHOST', DATABASE_KEYS.host),
            variable('PGPORT', DATABASE_KEYS.port),
            variable('PGDATABASE', DATABASE_KEYS.name),
            variable('PGUSER', DATABASE_KEYS.user),
            { name: 'PASSWORD_FILE', value: `${CONFIG_DIRECTORY}/${DATABASE_KEYS.password}` },
          ],
          file: DATABASE_KEYS.password,
        }),
      },
    },
  };
};

/** Servers with an image of their own need the operator's as well: what cannot fetch it ends before any of them is replaced. */
const ownImageFirst = (spec: HAPairSpec, defaults: PodDefaults) =>
  spec.image === undefined || !keepsLeasesOnNode(spec)
    ? {}
    : {
        initContainers: [
          {
            name: 'default-image',
            ...ownImage(spec, defaults),
            command: ['true'],
            resources: ofJobs(spec),
            securityContext: RESTRICTED,
          },
        ],
      };

/**
 * Reads the database once, from a server's node and as that server would: where the operator itself reaches it from says nothing of the node.
 *
 * @param attempt Tells apart Jobs that are made of the same; a Job's template cannot be changed, so that what it is made of is in its name.
 * @param revision What the database must have come to at least.
 */
export const databaseCheckJob = (
  context: PodContext,
  server: PairServer,
  { attempt, digest, revision }: { readonly attempt: number; readonly digest: string; readonly revision: number },
): Job => {
  const { spec, topology } = context;
  const labels = { ...pairLabels(topology, DATABASE_CHECK), [DAEMON_LABEL]: 'kea-database-check' };
  const jobSpec = {
    backoffLimit: 0,
    activeDeadlineSeconds: 30,
    ttlSecondsAfterFinished: 30,
    template: {
      metadata: ofJob(spec, labels),
      spec: {
        restartPolicy: 'Never',
        ...nodePlacement(spec, server),
        ...databasePod(context, {
          name: 'kea-db-check',
          command: ['/usr/local/bin/kea-db-check', `${CONFIG_DIRECTORY}/${DATABASE_KEYS.service}`, String(revision)],
          env: daemonVariable(topology.family),
          file: DATABASE_KEYS.service,
        }),
      },
    },
  };
  const name = dnsLabel(`${server.names.workload}-check-${hashOf(canonicalJson({ jobSpec, digest, attempt }))}`);
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: metadata(topology, name, labels), spec: jobSpec };
};

/** What keeps others from a Job's pod, as a label that leaves a service mesh out, is the pair's to say; a sidecar would let it never end. */
const ofJob = ({ podLabels, podAnnotations }: HAPairSpec, labels: Readonly<Record<string, string>>) => ({
  labels: { ...podLabels, ...labels },
  ...(podAnnotations === undefined ? {} : { annotations: podAnnotations }),
});

/** A namespace whose quota asks something of every container takes the Jobs of a pair whose servers it takes. */
const ofJobs = ({ resources }: HAPairSpec) => resources ?? { requests: { cpu: '10m', memory: '32Mi' } };

/** Components of the pods of Jobs. */
export const SCHEMA = 'schema';
export const DATABASE_CHECK = 'database-check';

/** A pod that does one thing with the pair's database; it meets the Pod Security Standard `restricted` but for where it is placed. */
const databasePod = (
  { spec, topology, defaults, tls }: PodContext,
  work: {
    readonly name: string;
    readonly command: readonly string[];
    readonly env: readonly object[];
    /** The key of the pair's database Secret that it reads as a file, beside the CA. */
    readonly file: string;
  },
) => ({
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  ...pullSecrets(spec, defaults),
  securityContext: POD_SECURITY,
  containers: [
    {
      name: work.name,
      ...imageOf(spec, defaults),
      command: work.command,
      env: [...work.env, ...libpqEnvironment(tls, work.name)],
      resources: ofJobs(spec),
      terminationMessagePolicy: 'FallbackToLogsOnError',
      securityContext: RESTRICTED,
      volumeMounts: [
        { name: 'database', mountPath: CONFIG_DIRECTORY, readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    },
  ],
  volumes: [
    {
      name: 'database',
      secret: {
        secretName: topology.names.database,
        defaultMode: 0o440,
        items: [work.file, ...(tls.hasCa ? [DATABASE_KEYS.ca] : [])].map((key) => ({ key, path: key })),
      },
    },
    { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
  ],
});
