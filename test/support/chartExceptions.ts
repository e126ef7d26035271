/** What kube-score finds in the chart and is meant so. */

export interface Exception {
  /** Of kube-score. */
  readonly check: string;
  /** Left out: of every object. */
  readonly object?: RegExp;
  /** Left out: with every set of values. */
  readonly values?: string;
  readonly because: string;
}

const OPERATOR = /^Deployment\/.*(?<!-leases)$/;
const POSTGRESQL = /^StatefulSet\/.*-postgresql$/;

export const EXCEPTIONS: readonly Exception[] = [
  {
    check: 'container-image-pull-policy',
    because:
      'IfNotPresent starts a server also where the registry is away; who shares nodes with strangers sets Always',
  },
  {
    check: 'container-ephemeral-storage-request-and-limit',
    because: 'root file systems are read-only and volumes are of memory: nothing is written to the disk of a node',
  },
  {
    check: 'container-security-context-user-group-id',
    because:
      'the images say their users, all above 10,000: so OpenShift may give others, and the registry of the images is the installation’s',
  },
  {
    check: 'container-resources',
    because: 'a limit of the processor would slow down what is due at once; memory has one',
  },
  {
    check: 'pod-networkpolicy',
    because: 'whether the network keeps policies, and the addresses of nodes, are the cluster’s: networkPolicy.enabled',
  },
  {
    check: 'deployment-replicas',
    object: OPERATOR,
    because: 'one leads; while there is none the servers serve on',
  },
  {
    check: 'statefulset-has-servicename',
    object: POSTGRESQL,
    because:
      'clients go to the one pod by the Service’s own address, and the field cannot change in a release that runs',
  },
  {
    check: 'pod-probes',
    object: POSTGRESQL,
    because: 'PostgreSQL ends by itself where it cannot go on; one that recovers must not be ended for being slow',
  },
  { check: 'pod-probes', object: /^Pod\/.*-test$/, because: 'the pod of helm test asks, and ends' },
  {
    check: 'deployment-has-host-podantiaffinity',
    values: 'a podAntiAffinity in place of the chart’s',
    because: 'asked for',
  },
  { check: 'deployment-strategy', values: 'strategies and revisions', because: 'asked for as well' },
];
