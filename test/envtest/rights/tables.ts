/** Who may do what, by the roles of a release: a line is an account, whether it may, what for, and what kube-apiserver is asked. */
import { type Account, SYSTEM } from '../../support/chart.ts';

export const SOURCES = 'kea-system-leases';

const KEA = 'kea-operator.io';
const EXTERNAL = { host: 'db.example.org', adminSecret: 'pg-admin', caSecret: 'pg-ca' };

/** An access is written `get secrets/name in namespace`, `list pods`, `patch apps//deployments`: group, resource, name and namespace. */
export interface Table {
  readonly where: string;
  /** Of the chart. */
  readonly values: object;
  readonly rows: readonly (readonly [Account, 'may' | 'may not', string, readonly string[]])[];
}

export const CLUSTER: Table = {
  where: 'all namespaces are watched',
  values: {},
  rows: [
    [
      'kea-operator',
      'may',
      'look after pairs anywhere',
      [`list ${KEA}//hapairs`, 'create apps//statefulsets in other', 'get secrets/login in other'],
    ],
    [
      'kea-operator',
      'may',
      'keep the words of the release',
      [
        `patch secrets/kea-operator-ca in ${SYSTEM}`,
        `patch secrets/kea-operator-metrics-ca in ${SYSTEM}`,
        `patch secrets/kea-operator-metrics-tls in ${SYSTEM}`,
        `create secrets in ${SYSTEM}`,
      ],
    ],
    ['kea-operator', 'may', 'lead', [`update coordination.k8s.io//leases/kea-operator in ${SYSTEM}`]],
    ['kea-operator', 'may', 'see its own namespace go', [`watch namespaces/${SYSTEM}`, `get namespaces/other`]],
    [
      'kea-operator',
      'may',
      'tell the lease API of pairs',
      [`list secrets in ${SOURCES}`, `patch secrets/lease-source.dhcp.office in ${SOURCES}`],
    ],
    [
      'kea-operator',
      'may',
      'ask who reads its metrics',
      ['create authentication.k8s.io//tokenreviews', 'create authorization.k8s.io//subjectaccessreviews'],
    ],
    [
      'kea-operator',
      'may not',
      'take another’s lead',
      [
        `update coordination.k8s.io//leases/other in ${SYSTEM}`,
        `get coordination.k8s.io//leases/kube-scheduler in kube-system`,
      ],
    ],
    [
      'kea-operator',
      'may not',
      'list Secrets of pairs',
      ['list secrets', 'list secrets in dhcp', 'watch secrets in dhcp'],
    ],
    [
      'kea-operator',
      'may not',
      'change reservations, which it gives no finalizer',
      [`patch ${KEA}//hostreservations/printer in dhcp`],
    ],
    [
      'kea-operator',
      'may not',
      'change what objects are checked by',
      [`patch apiextensions.k8s.io//customresourcedefinitions/hapairs.${KEA}`],
    ],
    [
      'kea-operator',
      'may not',
      'give itself rights',
      [
        'create rbac.authorization.k8s.io//clusterrolebindings',
        'get rbac.authorization.k8s.io//clusterroles/cluster-admin',
      ],
    ],
    [
      'kea-operator',
      'may not',
      'write what owns a namespace or a node',
      ['patch nodes/node1', 'delete namespaces/dhcp', 'list namespaces'],
    ],
    [
      'kea-operator-leases',
      'may',
      'read where leases are',
      [`list secrets in ${SOURCES}`, `watch secrets in ${SOURCES}`],
    ],
    ['kea-operator-leases', 'may', 'know pairs and subnets', [`list ${KEA}//hapairs`, `watch ${KEA}//subnets`]],
    [
      'kea-operator-leases',
      'may',
      'ask who its callers are',
      [
        'create authorization.k8s.io//subjectaccessreviews',
        'get configmaps/extension-apiserver-authentication in kube-system',
      ],
    ],
    [
      'kea-operator-leases',
      'may not',
      'read the authority of the operator, or the password of PostgreSQL',
      [
        `get secrets/kea-operator-ca in ${SYSTEM}`,
        `get secrets/kea-operator-postgresql in ${SYSTEM}`,
        `list secrets in ${SYSTEM}`,
      ],
    ],
    [
      'kea-operator-leases',
      'may not',
      'read the Secrets of pairs',
      ['get secrets/office-kea-control in dhcp', 'list secrets'],
    ],
    [
      'kea-operator-leases',
      'may not',
      'write anything',
      [
        `patch secrets/lease-source.dhcp.office in ${SOURCES}`,
        `patch ${KEA}//hapairs/office in dhcp`,
        'delete apiregistration.k8s.io//apiservices/v1alpha1.state.kea-operator.io',
      ],
    ],
    [
      'kea-operator-uninstall',
      'may',
      'delete what the release made',
      [
        `delete secrets/kea-operator-ca in ${SYSTEM}`,
        `delete secrets/kea-operator-leases-tls in ${SYSTEM}`,
        `delete secrets/kea-operator-metrics-tls in ${SYSTEM}`,
      ],
    ],
    [
      'kea-operator-uninstall',
      'may not',
      'delete or read another Secret',
      [
        `delete secrets/pg-admin in ${SYSTEM}`,
        `get secrets/kea-operator-ca in ${SYSTEM}`,
        'delete secrets/login in dhcp',
      ],
    ],
  ],
};

export const FEW: Table = {
  where: 'the namespace dhcp alone is watched',
  values: { watchNamespaces: ['dhcp'], database: EXTERNAL, metrics: { authentication: false } },
  rows: [
    [
      'kea-operator',
      'may',
      'look after pairs there',
      [
        `list ${KEA}//hapairs in dhcp`,
        'create apps//statefulsets in dhcp',
        'get secrets/login in dhcp',
        'delete pods in dhcp',
        'get namespaces/dhcp',
      ],
    ],
    [
      'kea-operator',
      'may',
      'read the administrator of the default database',
      [`get secrets/pg-admin in ${SYSTEM}`, `get secrets/pg-ca in ${SYSTEM}`],
    ],
    [
      'kea-operator',
      'may',
      'read of the cluster what it must',
      ['list nodes', `get apiextensions.k8s.io//customresourcedefinitions/hapairs.${KEA}`],
    ],
    [
      'kea-operator',
      'may not',
      'see anything of another namespace',
      [
        `list ${KEA}//hapairs`,
        `list ${KEA}//hapairs in other`,
        'get secrets/login in other',
        'list pods in other',
        'get namespaces/other',
        'list pods',
      ],
    ],
    [
      'kea-operator',
      'may not',
      'write in another namespace',
      [
        'create apps//statefulsets in other',
        'create secrets in other',
        'create secrets in kube-system',
        'delete pods in other',
      ],
    ],
    [
      'kea-operator',
      'may not',
      'read another Secret of its own namespace',
      [
        `get secrets/theirs in ${SYSTEM}`,
        `list secrets in ${SYSTEM}`,
        `patch secrets/pg-admin in ${SYSTEM}`,
        `delete secrets/kea-operator-ca in ${SYSTEM}`,
      ],
    ],
    [
      'kea-operator-leases',
      'may',
      'know the pairs there',
      [`list ${KEA}//hapairs in dhcp`, `watch ${KEA}//subnets in dhcp`],
    ],
    [
      'kea-operator-leases',
      'may not',
      'know those of others',
      [`list ${KEA}//hapairs`, `list ${KEA}//subnets in other`],
    ],
    ['kea-operator-uninstall', 'may', 'take finalizers off there', [`patch ${KEA}//hapairs/office in dhcp`]],
    [
      'kea-operator-uninstall',
      'may not',
      'change the objects of others',
      [`list ${KEA}//hapairs`, `patch ${KEA}//hapairs/office in other`],
    ],
  ],
};
