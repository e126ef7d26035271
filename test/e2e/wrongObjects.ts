/** Objects that the API server takes and that are wrong all the same, beside those of the demo: each with what is said of it. */
import { NAMESPACE } from '../support/install.ts';
import { classes, definitions, reservations } from './wrongClients.ts';
import { of, option, PAIR, type Rest, type WrongObject } from './wrongForms.ts';

const networks: readonly Rest[] = [
  ['no-pair', { haPairRef: { name: 'nobody' } }, 'RefNotFound', 'haPairRef names the HAPair nobody', 'create it'],
  ['no-link', { interface: 'wan0' }, 'InterfaceNotServed', 'interface: no server', 'add it to interfaces'],
  ['option', option({ name: 'router', data: '192.0.2.1' }), 'InvalidOption', 'optionData[0]', "did you mean 'routers'"],
  ['value', option({ name: 'routers', data: 'gateway' }), 'InvalidOption', 'optionData[0] routers', 'IPv4 address'],
  ['guard', { clientClasses: ['nobody'] }, 'UnknownClientClass', 'clientClasses: ', 'create a ClientClass'],
  ['lifetimes', { minValidLifetime: 7200 }, 'InvalidLifetimes', 'minValidLifetime', 'set both here'],
  [
    'option6',
    { ipFamily: 'IPv6', ...option({ name: 'dns-servers', data: '192.0.2.53' }) },
    'InvalidOption',
    'optionData[0] dns-servers',
    'IPv6 address',
  ],
  [
    'both-links',
    { ipFamily: 'IPv6', interface: 'lan0', interfaceId: 'lan7' },
    'InvalidSpec',
    'interface',
    'leave one of the two out',
  ],
];

const subnets: readonly Rest[] = [
  ['same', { cidr: '198.51.100.0/24' }, 'PrefixConflict', 'cidr', 'office'],
  ['wider', { cidr: '198.51.0.0/16' }, 'PrefixOverlap', 'cidr', 'office'],
  [
    'overlap',
    { cidr: '10.5.0.0/24', pools: [{ pool: '10.5.0.0/25' }, { pool: '10.5.0.64/26' }] },
    'PoolOverlap',
    'pools[1]',
    'in one pool only',
  ],
  [
    'no-network',
    { haPairRef: undefined, sharedNetworkRef: { name: 'nobody' }, cidr: '10.6.0.0/24' },
    'RefNotFound',
    'sharedNetworkRef',
    'create it',
  ],
  ['link', { cidr: '10.7.0.0/24', interface: 'wan0' }, 'InterfaceNotServed', 'interface', 'add it to interfaces'],
  [
    'pool-guard',
    { cidr: '10.8.0.0/24', pools: [{ pool: '10.8.0.0/25', clientClasses: ['nobody'] }] },
    'UnknownClientClass',
    'pools[0].clientClasses',
    'create a ClientClass',
  ],
  [
    'additional',
    { cidr: '10.9.0.0/24', evaluateAdditionalClasses: ['nobody'] },
    'UnknownClientClass',
    'evaluateAdditionalClasses',
    'create a ClientClass',
  ],
  [
    'option-guard',
    { cidr: '10.10.0.0/24', ...option({ name: 'routers', data: '10.10.0.1', clientClasses: ['nobody'] }) },
    'UnknownClientClass',
    'optionData[0].clientClasses',
    'create a ClientClass',
  ],
  [
    'servers-option',
    { cidr: '10.11.0.0/24', ...option({ name: 'dhcp-lease-time', data: '600' }) },
    'InvalidOption',
    'optionData[0] dhcp-lease-time',
    'use validLifetime',
  ],
  [
    'undefined',
    { cidr: '10.12.0.0/24', ...option({ name: 'tray', data: '5' }) },
    'InvalidOption',
    'optionData[0] tray',
    'no OptionDefinition',
  ],
  [
    'half-a-byte',
    { cidr: '10.13.0.0/24', ...option({ name: 'ntp-servers', csvFormat: false, data: 'C00002' }) },
    'InvalidOption',
    'optionData[0] ntp-servers',
    'its bytes have to be',
  ],
  [
    'space',
    { cidr: '10.14.0.0/24', ...option({ space: 'paint', code: 1, csvFormat: false, data: '01' }) },
    'InvalidOption',
    "space 'paint'",
    'encapsulate',
  ],
  [
    'twice',
    {
      cidr: '10.15.0.0/24',
      optionData: [
        { name: 'routers', data: '10.15.0.1' },
        { code: 3, data: '10.15.0.2' },
      ],
    },
    'InvalidOption',
    'optionData[1]',
    'it is there already, as optionData[0]',
  ],
  [
    'lifetimes',
    { cidr: '10.16.0.0/24', minValidLifetime: 7200 },
    'InvalidLifetimes',
    'minValidLifetime',
    'set both here',
  ],
  [
    'authoritative',
    { haPairRef: undefined, sharedNetworkRef: { name: 'building-1' }, cidr: '10.18.0.0/24', authoritative: true },
    'AuthoritativeMismatch',
    'authoritative',
    'leave it out here',
  ],
  ['same6', { cidr: '2001:db8:1::/64' }, 'PrefixConflict', 'cidr', 'office-ipv6'],
  ['wider6', { cidr: '2001:db8:1::/48' }, 'PrefixOverlap', 'cidr', 'office-ipv6'],
  [
    'all-routers',
    { cidr: '2001:db8:21::/64', pools: [{ pool: '2001:db8:21::-2001:db8:21::9' }] },
    'PoolOutsidePrefix',
    'pools[0]',
    'choose',
  ],
  [
    'delegated-twice',
    { cidr: '2001:db8:24::/64', pdPools: [{ prefix: '2001:db8:8000::/48', delegatedLen: 56 }] },
    'DelegationOverlap',
    'pdPools[0]',
    'office-ipv6',
  ],
  [
    'excluded',
    {
      cidr: '2001:db8:25::/64',
      pdPools: [{ prefix: '2001:db8:9025::/48', delegatedLen: 56, excludedPrefix: '2001:db8:9025:100::/64' }],
    },
    'InvalidSpec',
    'pdPools[0]',
    'excludedPrefix',
  ],
  [
    'pd-guard',
    {
      cidr: '2001:db8:26::/64',
      pdPools: [{ prefix: '2001:db8:9026::/48', delegatedLen: 56, clientClasses: ['nobody'] }],
    },
    'UnknownClientClass',
    'pdPools[0].clientClasses',
    'create a ClientClass',
  ],
  [
    'option6',
    { cidr: '2001:db8:27::/64', ...option({ name: 'routers', data: '192.0.2.1' }) },
    'InvalidOption',
    'optionData[0]',
    'routers',
  ],
];

export const WRONG_OBJECTS: readonly WrongObject[] = [
  ...networks.map(of('SharedNetwork', PAIR)),
  ...subnets.map(of('Subnet', PAIR)),
  ...reservations.map(of('HostReservation', {})),
  ...classes.map(of('ClientClass', PAIR)),
  ...definitions.map(of('OptionDefinition', PAIR)),
];

export const manifestOf = ({ kind, name, spec }: WrongObject): object => ({
  apiVersion: 'kea-operator.io/v1alpha1',
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec: JSON.parse(JSON.stringify(spec)) as unknown,
});
