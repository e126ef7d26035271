/** The kind Subnet: a prefix, its pools, and what its clients get. */
import { z } from 'zod';
import type { Version } from '../kea/family.ts';
import type { Schemas } from '../kea/keywords.ts';
import type { KubeObject } from '../runtime/object.ts';
import { cel, type CelRule, exactlyOneOf, immutable, stays } from './cel.ts';
import { BY_PAIR, defineKind, pressureColumn, readyColumns } from './kind.ts';
import { lifetimeRules, preferredRules } from './lifetimes.ts';
import { networkFamilyRules, networkFields, userContext } from './network.ts';
import { codesInAByte, optionDataList } from './options.ts';
import { statusFields } from './status.ts';
import { additionalClasses, clientClasses, compact, immutableRef, ipPool, ipPrefix, ipv6Prefix } from './text.ts';
import { count, subnetUtilization } from './utilization.ts';

const poolKeywords = {
  pool: ipPool(
    'First and last address, as 192.0.2.10-192.0.2.99, or a prefix, as 192.0.2.64/26: of that the network and the broadcast address of the subnet are left out.',
  ),
  optionData: optionDataList('DHCP options for clients with an address of this pool.', 16),
  clientClasses: clientClasses('Only clients of one of these classes get addresses of this pool. Left out: all do.'),
  evaluateAdditionalClasses: additionalClasses,
  userContext: userContext.optional(),
} as const satisfies Schemas<'pool', Version>;

const pdPoolKeywords = {
  delegatedLen: z
    .int()
    .min(1)
    .max(128)
    .meta({ description: 'Length of the prefixes that clients get, e.g. 56.', format: 'int32' }),
  optionData: optionDataList('DHCP options for clients with a prefix of this pool.', 16),
  clientClasses: clientClasses('Only clients of one of these classes get prefixes of this pool. Left out: all do.'),
  evaluateAdditionalClasses: additionalClasses,
  userContext: userContext.optional(),
} as const satisfies Schemas<'pd-pool', 6>;

const pdPool = z
  .object({
    prefix: ipv6Prefix('Prefix that is cut up for clients, e.g. 2001:db8:8000::/48. It need not lie within cidr.'),
    excludedPrefix: ipv6Prefix(
      'Prefix within the first that is delegated, which the client keeps for its link to the provider (RFC 6603).',
    ).optional(),
    ...pdPoolKeywords,
  })
  .meta({
    description: 'A prefix out of which clients, as routers are, get prefixes of their own.',
    ...cel(
      {
        rule: '!isCIDR(self.prefix) || cidr(self.prefix).prefixLength() < self.delegatedLen',
        message: 'delegatedLen must be greater than the length of prefix: prefixes that are delegated are parts of it',
        fieldPath: '.delegatedLen',
      },
      {
        // Whether it is the first, compile says: no text that CEL makes of a number has a bound.
        rule: '!has(self.excludedPrefix) || !isCIDR(self.excludedPrefix) || !isCIDR(self.prefix) || (cidr(self.excludedPrefix).prefixLength() > self.delegatedLen && cidr(self.prefix).containsCIDR(self.excludedPrefix))',
        message:
          'excludedPrefix must be a part of the first prefix of delegatedLen bits in prefix: choose one that is longer, and begins as prefix does',
        fieldPath: '.excludedPrefix',
      },
    ),
  });

const pool = z
  .object(poolKeywords)
  .meta({ description: 'A range of addresses to hand out.', ...cel(codesInAByte("self.pool.contains(':')")) });

/** Whether pool `p` lies in the subnet; true of a malformed one, as another rule refuses that. */
const POOL_INSIDE = `(p.pool.contains('/') ? (!isCIDR(${compact('p.pool')}) || cidr(self.cidr).containsCIDR(${compact('p.pool')})) : p.pool.split('-', 2).all(a, !isIP(a.trim()) || cidr(self.cidr).containsIP(a.trim())))`;

const poolsInside: CelRule = {
  rule: `!has(self.pools) || !isCIDR(self.cidr) || self.pools.all(p, ${POOL_INSIDE})`,
  message: 'every pool must lie within cidr: correct the pool or cidr',
  messageExpression: `'pool %s does not lie within %s: correct the pool or cidr'.format([self.pools.filter(p, !${POOL_INSIDE})[0].pool, self.cidr])`,
  fieldPath: '.pools',
};

/**
 * No host on a link has an address of these (RFC 1122 3.2.1.3, RFC 6890), and a prefix that overlaps one cannot be that of a link. Kea takes
 * them, and clients refuse what it offers.
 */
export const UNUSABLE = {
  '0.0.0.0/8': 'this network',
  '127.0.0.0/8': 'loopback',
  '224.0.0.0/4': 'multicast',
  '240.0.0.0/4': 'reserved',
  '::/8': 'reserved by the IETF',
  'fe80::/10': 'link-local',
  'ff00::/8': 'multicast',
} as const;

const LIST = `[${Object.keys(UNUSABLE)
  .map((prefix) => `'${prefix}'`)
  .join(', ')}]`;
/** Whether prefix `r` shares addresses with this one: two prefixes do where one contains the other. */
const OVERLAPS = '(cidr(r).containsCIDR(self) || cidr(self).containsCIDR(r))';

const usable: CelRule = {
  rule: `!isCIDR(self) || !${LIST}.exists(r, ${OVERLAPS})`,
  message:
    'must be a prefix whose addresses hosts can have: not this network, loopback, link-local, multicast or reserved',
  messageExpression: `'%s overlaps %s, of which no host can have an address: choose another prefix'.format([self, ${LIST}.filter(r, ${OVERLAPS})[0]])`,
};

const keywords = {
  pools: z
    .array(pool)
    .max(128)
    .meta({
      description:
        'Ranges of addresses to hand out, within cidr and without overlaps. None: only reservations are served.',
      'x-kubernetes-list-type': 'atomic',
    })
    .optional(),
  pdPools: z
    .array(pdPool)
    .max(64)
    .meta({
      description: 'Prefixes to delegate, of an IPv6 Subnet. None overlaps another.',
      'x-kubernetes-list-type': 'atomic',
    })
    .optional(),
  ...networkFields,
} as const satisfies Schemas<'subnet', Version>;

const deletionPolicy = z.enum(['Protect', 'Drain', 'Delete', 'Orphan']).default('Protect').meta({
  description:
    'What becomes of the subnet when the object is deleted. Protect: it serves on while leases are active, then goes. Drain: clients get and renew nothing any more, and it goes when the last lease has ended, after the lease time at the latest. Delete: it goes at once. Orphan: its row in the database stays for good, and the operator forgets it.',
});

const spec = z
  .object({
    haPairRef: immutableRef(
      'haPairRef',
      'HAPair',
      'The HAPair that serves this subnet. Give this or sharedNetworkRef. Immutable.',
    ).optional(),
    sharedNetworkRef: immutableRef(
      'sharedNetworkRef',
      'SharedNetwork',
      'The SharedNetwork that this subnet is part of. Give this or haPairRef. Immutable.',
    ).optional(),
    cidr: ipPrefix(
      'The prefix of the subnet, e.g. 192.0.2.0/24 or 2001:db8:1::/64: its family is that of the subnet. Subnets of one namespace must not overlap. Immutable.',
      usable,
      immutable('cidr'),
    ),
    subnetId: z
      .int()
      .min(1)
      .max(4_294_967_294)
      .meta({
        description:
          "Kea's id of the subnet, which leases and reservations are stored under. Left out, the operator chooses one and keeps it for this prefix for ever. Immutable once set.",
        format: 'int64',
        ...cel(immutable('subnetId')),
      })
      .optional(),
    ...keywords,
    deletionPolicy,
  })
  .meta({
    description: 'Desired state of the Subnet.',
    ...cel(
      exactlyOneOf('haPairRef', 'sharedNetworkRef'),
      ...stays('haPairRef', 'sharedNetworkRef'),
      poolsInside,
      ...lifetimeRules,
      ...preferredRules,
      ...networkFamilyRules('subnet', "self.cidr.contains(':')", 'cidr', 'Subnet'),
    ),
  });

const status = z
  .object({
    ...statusFields,
    subnetId: count("Kea's id of the subnet.").optional(),
    haPair: z.string().max(253).meta({ description: 'Name of the HAPair that serves the subnet.' }).optional(),
    utilization: subnetUtilization.optional(),
  })
  .meta({ description: 'Observed state of the Subnet, written by the operator.' });

export const subnetKind = defineKind({
  kind: 'Subnet',
  plural: 'subnets',
  singular: 'subnet',
  shortNames: ['dsub'],
  description: 'A subnet of DHCPv4 or DHCPv6: its prefix, its pools and what its clients are told.',
  spec,
  status,
  rules: [
    {
      rule: '!has(self.spec.subnetId) || has(oldSelf.spec.subnetId) || !has(oldSelf.status) || !has(oldSelf.status.subnetId) || self.spec.subnetId == oldSelf.status.subnetId',
      message: 'subnetId must be the id that the subnet has already, or be left out: leases are stored under it',
      messageExpression:
        "'subnetId must be %d, the id that the subnet has already, or be left out: leases are stored under it'.format([oldSelf.status.subnetId])",
      fieldPath: '.spec.subnetId',
    },
  ],
  columns: [
    { name: 'CIDR', type: 'string', jsonPath: '.spec.cidr' },
    { name: 'Pair', type: 'string', jsonPath: '.status.haPair' },
    { name: 'Network', type: 'string', jsonPath: '.spec.sharedNetworkRef.name' },
    { name: 'ID', type: 'integer', jsonPath: '.status.subnetId' },
    { name: 'Used', type: 'integer', jsonPath: '.status.utilization.assigned' },
    { name: 'Total', type: 'integer', jsonPath: '.status.utilization.total' },
    { name: 'Outside', type: 'integer', jsonPath: '.status.utilization.outsidePools', priority: 1 },
    { name: 'Use%', type: 'integer', jsonPath: '.status.utilization.percent', priority: 1 },
    pressureColumn,
    ...readyColumns,
  ],
  selectable: [...BY_PAIR, '.spec.sharedNetworkRef.name', '.status.haPair'],
});

export type SubnetSpec = z.output<typeof spec>;
export type SubnetStatus = z.output<typeof status>;
export interface Subnet extends KubeObject<SubnetSpec, SubnetStatus> {
  spec: SubnetSpec;
}
