/** Keywords of Kea that the table (keywords.ts) does not have at a level: what to do instead. */
import type { Version } from './family.ts';
import { type Field, fieldsAt, type Level } from './keywords.ts';

export interface OtherKeyword {
  readonly keywords: readonly string[];
  readonly at: readonly Level[];
  readonly instead: string;
  /** A later Kea has it, and `extra` may. */
  readonly isLater?: true;
}

const NETWORKS: readonly Level[] = ['network', 'subnet'];
const GLOBAL: readonly Level[] = ['global'];
const POOLS: readonly Level[] = ['pool', 'pd-pool'];
const INHERITED: readonly Level[] = ['global', ...NETWORKS];
const GUARDED: readonly Level[] = [...NETWORKS, ...POOLS];

export const OTHER_KEYWORDS: readonly OtherKeyword[] = [
  { keywords: ['subnet4', 'subnet6'], at: ['global', 'network'], instead: 'make Subnets' },
  { keywords: ['shared-networks'], at: GLOBAL, instead: 'make SharedNetworks' },
  { keywords: ['client-classes'], at: GLOBAL, instead: 'make ClientClasses' },
  { keywords: ['option-def'], at: GLOBAL, instead: 'make OptionDefinitions' },
  { keywords: ['reservations'], at: ['global', 'subnet'], instead: 'make HostReservations' },
  {
    keywords: ['hooks-libraries'],
    at: GLOBAL,
    instead: 'the operator loads the hooks that it needs, and no others can be loaded yet',
  },
  { keywords: ['lease-database'], at: GLOBAL, instead: 'use leaseStorage of the HAPair' },
  {
    keywords: ['hosts-database', 'hosts-databases', 'config-control'],
    at: GLOBAL,
    instead: 'use database of the HAPair',
  },
  {
    keywords: ['control-socket', 'control-sockets'],
    at: GLOBAL,
    instead: 'the operator needs its own: controlPort of the HAPair is their port',
  },
  {
    keywords: ['interfaces-config'],
    at: GLOBAL,
    instead: 'use interfaces of servers of the HAPair, and dhcpSocketType',
  },
  {
    keywords: ['server-tag', 'server-id'],
    at: GLOBAL,
    instead: 'the operator makes it of namespace and name of the HAPair',
  },
  { keywords: ['data-directory'], at: GLOBAL, instead: 'use storage of the HAPair' },
  { keywords: ['loggers'], at: GLOBAL, instead: 'use logSeverity and loggers of the HAPair' },
  { keywords: ['multi-threading'], at: GLOBAL, instead: 'use threads and threadQueue of the HAPair' },
  { keywords: ['dhcp-queue-control'], at: GLOBAL, instead: 'use packetQueue of the HAPair' },
  { keywords: ['dhcp-ddns'], at: GLOBAL, instead: 'it is not offered yet: the servers tell the DNS of no names' },
  {
    keywords: ['dhcp4o6-port', '4o6-interface', '4o6-interface-id', '4o6-subnet'],
    at: ['global', 'subnet'],
    instead: 'DHCPv4 over DHCPv6 is not offered',
  },
  {
    keywords: ['adaptive-lease-time-threshold', 'allow-address-registration'],
    at: GLOBAL,
    isLater: true,
    instead: 'Kea has it from 3.1 on: put it into extra, with an image of that version',
  },
  {
    keywords: ['adaptive-lease-time-threshold'],
    at: NETWORKS,
    instead: 'Kea 3.0 does not have it',
  },
  {
    keywords: [
      'hostname-char-set',
      'hostname-char-replacement',
      'store-extended-info',
      'ddns-update-on-renew',
      'ddns-conflict-resolution-mode',
    ],
    at: NETWORKS,
    instead: 'rows have no column for it: set it for all, in the HAPair',
  },
  {
    keywords: [
      'ddns-send-updates',
      'ddns-override-no-update',
      'ddns-override-client-update',
      'ddns-replace-client-name',
      'ddns-generated-prefix',
      'ddns-qualifying-suffix',
      'ddns-ttl-percent',
      'ddns-ttl',
      'ddns-ttl-min',
      'ddns-ttl-max',
    ],
    at: ['pool'],
    instead: 'rows have no column for it: set it in the Subnet',
  },
  {
    keywords: [
      'hostname-char-set',
      'hostname-char-replacement',
      'ddns-update-on-renew',
      'ddns-conflict-resolution-mode',
    ],
    at: ['pool'],
    instead: 'rows have no column for it: set it for all, in the HAPair',
  },
  {
    keywords: ['pool-id'],
    at: POOLS,
    instead: 'rows have no column for it: figures are those of the Subnet, of all its pools together',
  },
  { keywords: ['client-class'], at: GUARDED, instead: 'Kea has given it up: use clientClasses' },
  { keywords: ['require-client-classes'], at: GUARDED, instead: 'Kea has given it up: use evaluateAdditionalClasses' },
  {
    keywords: ['reservation-mode'],
    at: INHERITED,
    instead: 'Kea has given it up: use reservationsGlobal, reservationsInSubnet and reservationsOutOfPool',
  },
  {
    keywords: ['ddns-use-conflict-resolution'],
    at: INHERITED,
    instead: 'Kea has given it up: use ddnsConflictResolutionMode of the HAPair',
  },
  { keywords: ['name'], at: ['option'], instead: 'give it as name of the option: the row has its code' },
  { keywords: ['user-context'], at: [...GLOBAL, 'option'], instead: 'use annotations of the object' },
  {
    keywords: ['comment'],
    at: [...NETWORKS, ...POOLS, 'option-def'],
    instead: 'Kea keeps it as comment in the user-context: use userContext',
  },
  { keywords: ['comment'], at: [...GLOBAL, 'option'], instead: 'use annotations of the object' },
  {
    keywords: ['metadata'],
    at: [...GUARDED, 'option', 'option-def'],
    instead: 'Kea writes it into answers, and nobody sets it',
  },
];

/** What to do instead of a global keyword of Kea in `extra`; undefined: nothing is known of it, and it may stand there. */
export const insteadOf = (version: Version, keyword: string): string | undefined => {
  const fields: readonly Field[] = fieldsAt('global');
  const known = fields.find((field) => field.keyword === keyword);
  if (known === undefined) {
    return OTHER_KEYWORDS.find(
      ({ keywords, at, isLater }) => !isLater && at.includes('global') && keywords.includes(keyword),
    )?.instead;
  }
  return (known.family ?? version) === version
    ? `it has a field of its own: use ${known.field}`
    : `it is of DHCPv${String(known.family)} alone: leave it out`;
};
