/** What an installation allows HAPairs, told once: for the operator, which starts nothing else, and for kube-apiserver, which refuses the rest. */
import type { Allowed } from '../../src/workload/allowed.ts';

/** As the chart has it. */
export const DEFAULT: Allowed = {
  hostPaths: ['/var/lib/kea-operator'],
  images: ['*'],
  servers: [{ namespaces: ['*'], nodes: ['*'], interfaces: ['*'] }],
  priorityClasses: ['*'],
};

const NOTHING: Allowed = { hostPaths: [], images: [], servers: [], priorityClasses: [] };

export const BOUNDED: Allowed = {
  hostPaths: ['/srv/leases', '/var/lib/kea-operator'],
  images: ['registry.example.org/dhcp/*', 'mirror.example.org/kea:3'],
  servers: [
    { namespaces: ['dhcp', 'lab-*'], nodes: ['node1', 'node2'], interfaces: ['eth1', 'bond0.*'] },
    { namespaces: ['dhcp'], nodes: ['edge-*'], interfaces: ['*'] },
    { namespaces: ['*'], nodes: ['shared'], interfaces: ['eth9'] },
  ],
  priorityClasses: ['dhcp', 'site-*'],
};

export interface AllowedCase {
  readonly what: string;
  readonly allowed: Allowed;
  readonly namespace: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** What may not be; left out: it is allowed. */
  readonly says?: string;
}

/** A pair with a server on each of these, as `eth1,eth2@node1`. */
const on = (...places: readonly string[]) => ({
  mode: places.length === 1 ? 'Standalone' : 'HotStandby',
  servers: places.map((place, index) => {
    const [interfaces = '', node = ''] = place.split('@');
    return { name: `s${index}`, node, interfaces: interfaces.split(',') };
  }),
});
const stored = (hostPath: string) => ({ ...on('eth1@node1'), storage: { type: 'HostPath', hostPath } });
const from = (image: string) => ({ ...on('eth1@node1'), image });

const of = (priorityClassName: string) => ({ ...on('eth1@node1'), priorityClassName });

const at =
  (namespace: string, allowed: Allowed) =>
  (what: string, spec: object, says?: string): AllowedCase => ({
    what,
    allowed,
    namespace,
    spec: { ...spec },
    ...(says === undefined ? {} : { says }),
  });
const byDefault = at('anywhere', DEFAULT);
const inDhcp = at('dhcp', BOUNDED);
const inLab = at('lab-7', BOUNDED);
const inEvil = at('evil', BOUNDED);
const whereNothing = at('dhcp', NOTHING);

const DIRECTORIES = '/srv/leases, /var/lib/kea-operator';
const IMAGES = 'registry.example.org/dhcp/*, mirror.example.org/kea:3';

export const ALLOWED_CASES: readonly AllowedCase[] = [
  byDefault('any node and interface', on('eth1@node1', 'lan0@node2')),
  byDefault('any image', from('somewhere.example.org/kea:1')),
  byDefault('the directory of the default', stored('/var/lib/kea-operator')),
  byDefault('another directory', stored('/etc'), 'keep leases in /etc of the nodes (allowed: /var/lib/kea-operator)'),
  byDefault(
    'a directory below the default, where links of a server’s own may be',
    stored('/var/lib/kea-operator/dhcp/office/a/x'),
    'keep leases in /var/lib/kea-operator/dhcp/office/a/x of the nodes (allowed: /var/lib/kea-operator)',
  ),
  byDefault('another directory that is not used, as leases are in PostgreSQL', {
    ...stored('/etc'),
    leaseStorage: 'PostgreSQL',
  }),
  byDefault('claims', { ...on('eth1@node1'), storage: { type: 'PersistentVolumeClaim', size: '1Gi' } }),
  inDhcp('a second directory', stored('/srv/leases')),
  inDhcp('the directory above it', stored('/srv'), `keep leases in /srv of the nodes (allowed: ${DIRECTORIES})`),
  inDhcp('an image below a path', from('registry.example.org/dhcp/kea:3')),
  inDhcp('an image by its whole name', from('mirror.example.org/kea:3')),
  inDhcp(
    'an image that only begins like it',
    from('mirror.example.org/kea:3.1'),
    `run the image mirror.example.org/kea:3.1 (allowed: ${IMAGES}`,
  ),
  inDhcp(
    'an image beside the path',
    from('registry.example.org/other'),
    `run the image registry.example.org/other (allowed: ${IMAGES}`,
  ),
  byDefault('a priority class of the system', of('system-node-critical')),
  inDhcp('a priority class by its name', of('dhcp')),
  inDhcp('a priority class by its beginning', of('site-high')),
  inDhcp(
    'another priority class',
    of('system-node-critical'),
    'have the priority class system-node-critical (allowed: dhcp, site-*)',
  ),
  whereNothing('a priority class', of('dhcp'), 'have the priority class dhcp (none is allowed)'),
  inDhcp('the interfaces of a rule, by name and by beginning', on('eth1,bond0.7@node1', 'eth1@node2')),
  inDhcp('addresses of these interfaces', on('eth1/10.0.0.1,eth1/10.0.0.2@node1')),
  inDhcp('an address of another interface', on('eth2/10.0.0.1@node1'), 'have servers on eth2/10.0.0.1 of node1'),
  inDhcp('nodes of two rules', on('eth1@node1', 'anything@edge-3', 'eth9@shared')),
  inDhcp('an interface that only another node has', on('eth1,eth9@node1'), 'have servers on eth9 of node1'),
  inDhcp(
    'several that are not',
    on('eth3,eth1,eth4@node1', 'eth9@shared', 'lan0@node2'),
    'have servers on eth3, eth4 of node1; lan0 of node2',
  ),
  inLab('a namespace by its beginning', on('eth1@node1')),
  inLab('a node of another namespace', on('eth1@edge-1'), 'have servers on eth1 of edge-1'),
  whereNothing('a directory of a node', stored('/var/lib/kea-operator'), 'of the nodes (none is allowed)'),
  whereNothing('an image', from('kea:3'), 'run the image kea:3 ('),
  whereNothing('a server', on('eth1@node1'), 'have servers on eth1 of node1'),
  inEvil('a node for everybody', on('eth9@shared')),
  inEvil('a node of another’s, paused', { ...on('eth1@node1'), paused: true }, 'have servers on eth1 of node1'),
  inEvil(
    'everything at once',
    { ...stored('/etc'), image: 'evil/kea' },
    `keep leases in /etc of the nodes (allowed: ${DIRECTORIES})`,
  ),
];
