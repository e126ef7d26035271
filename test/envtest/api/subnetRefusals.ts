import {
  sharedNetworkFamilyChanges,
  sharedNetworkFamilyRefusals,
  subnetFamilyChanges,
  subnetFamilyRefusals,
} from './networkFamilyRefusals.ts';
import { anew, type ChangeRefusal, type Refusal } from './refusal.ts';
import { networkRefusals, optionRefusalsIPv4 } from './sharedRefusals.ts';

const poolForm =
  'must be two addresses of one family, as 192.0.2.10-192.0.2.99 or 2001:db8:1::10-2001:db8:1::99, or a prefix, as 192.0.2.64/26';
const pool = (text: string) => ({ pools: [{ pool: text }] });

const poolRefusals: Refusal[] = [
  { because: 'one address is no range', spec: pool('192.0.2.10'), field: 'spec.pools[0].pool', says: poolForm },
  { because: 'the last address is whole', spec: pool('192.0.2.10-99'), field: 'spec.pools[0].pool', says: poolForm },
  {
    because: 'there is no address 192.0.2.256',
    spec: pool('192.0.2.10-192.0.2.256'),
    field: 'spec.pools[0].pool',
    says: poolForm,
  },
  {
    because: 'the addresses are swapped',
    spec: pool('192.0.2.100-192.0.2.99'),
    field: 'spec.pools[0].pool',
    says: 'the first address of the pool must not be greater than the last: swap them',
  },
  {
    because: "the operator's own mark is not the user's to set, in a pool either",
    spec: { pools: [{ pool: '192.0.2.0/25', userContext: { 'kea-operator': {} } }] },
    field: 'spec.pools[0].userContext',
    says: "the key kea-operator is the operator's own: choose another",
  },
  {
    because: 'a prefix as a pool has no host bits',
    spec: pool('192.0.2.65/26'),
    field: 'spec.pools[0].pool',
    says: 'must be a network address, without bits after the prefix length: write 192.0.2.64/26',
  },
  {
    because: 'a pool lies beside the subnet, and the answer names it',
    spec: { pools: [{ pool: '192.0.2.10-192.0.2.20' }, { pool: '192.0.3.10 - 192.0.3.20' }] },
    field: 'spec.pools',
    says: 'pool 192.0.3.10 - 192.0.3.20 does not lie within 192.0.2.0/24: correct the pool or cidr',
  },
  {
    because: 'a pool begins in the subnet and ends beside it',
    spec: pool('192.0.2.200-192.0.3.20'),
    field: 'spec.pools',
    says: 'pool 192.0.2.200-192.0.3.20 does not lie within 192.0.2.0/24: correct the pool or cidr',
  },
  {
    because: 'a prefix as a pool is greater than the subnet',
    spec: pool('192.0.2.0/23'),
    field: 'spec.pools',
    says: 'pool 192.0.2.0/23 does not lie within 192.0.2.0/24: correct the pool or cidr',
  },
];

export const subnetRefusals: readonly Refusal[] = [
  {
    because: 'a subnet without a parent is served by nobody',
    spec: { haPairRef: undefined },
    field: 'spec',
    says: 'give exactly one of haPairRef or sharedNetworkRef',
  },
  {
    because: 'a subnet has one parent',
    spec: { sharedNetworkRef: { name: 'campus' } },
    field: 'spec',
    says: 'give exactly one of haPairRef or sharedNetworkRef',
  },
  {
    because: 'a parent is of the same namespace: its name has no slash',
    spec: { haPairRef: { name: 'other/office' } },
    field: 'spec.haPairRef.name',
    says: 'must be the name of an object: lower-case letters, digits, - and ., such as head-office',
  },
  { because: 'a subnet has a prefix', spec: { cidr: undefined }, field: 'spec.cidr', says: 'Required value' },
  {
    because: 'Kea would take a prefix with host bits for another subnet',
    spec: { cidr: '192.0.2.17/24' },
    field: 'spec.cidr',
    says: 'must be a network address, without bits after the prefix length: write 192.0.2.0/24',
  },
  {
    because: 'an address is no prefix',
    spec: { cidr: '192.0.2.0' },
    field: 'spec.cidr',
    says: 'must be a prefix in CIDR notation, such as 192.0.2.0/24 or 2001:db8:1::/64',
  },
  {
    because: 'there is no prefix of 33 bits',
    spec: { cidr: '192.0.2.0/33' },
    field: 'spec.cidr',
    says: 'must be a prefix in CIDR notation, such as 192.0.2.0/24 or 2001:db8:1::/64',
  },
  {
    because: 'a netmask is no prefix length',
    spec: { cidr: '192.0.2.0/255.255.255.0' },
    field: 'spec.cidr',
    says: 'must be a prefix in CIDR notation, such as 192.0.2.0/24 or 2001:db8:1::/64',
  },
  ...(
    [
      ['0.0.0.0/0', '0.0.0.0/8'],
      ['0.0.0.0/8', '0.0.0.0/8'],
      ['127.0.0.1/32', '127.0.0.0/8'],
      ['192.0.0.0/2', '224.0.0.0/4'],
      ['224.0.0.0/4', '224.0.0.0/4'],
      ['240.0.0.0/8', '240.0.0.0/4'],
      ['255.255.255.255/32', '240.0.0.0/4'],
    ] as const
  ).map(([cidr, range]) => ({
    because: 'no client takes an address that no host can have',
    spec: { cidr },
    field: 'spec.cidr',
    says: `${cidr} overlaps ${range}, of which no host can have an address: choose another prefix`,
  })),
  {
    because: "Kea's id 0 means global",
    spec: { subnetId: 0 },
    field: 'spec.subnetId',
    says: 'should be greater than or equal to 1',
  },
  {
    because: "Kea's greatest id means unused",
    spec: { subnetId: 4_294_967_295 },
    field: 'spec.subnetId',
    says: 'should be less than or equal to 4294967294',
  },
  ...poolRefusals,
  {
    because: 'the policy is not one that there is',
    spec: { deletionPolicy: 'Retain' },
    field: 'spec.deletionPolicy',
    says: 'supported values: "Protect", "Drain", "Delete", "Orphan"',
  },
  ...networkRefusals,
  ...optionRefusalsIPv4('spec.pools[0]', (fields) => ({ pools: [{ pool: '192.0.2.0/25', ...fields }] })),
  ...subnetFamilyRefusals,
];

export const sharedNetworkRefusals: readonly Refusal[] = [
  {
    because: 'a network without a pair is served by nobody',
    spec: { haPairRef: undefined },
    field: 'spec.haPairRef',
    says: 'Required value',
  },
  {
    because: "the name becomes a part of Kea's",
    name: 'n'.repeat(64),
    field: '',
    says: 'the name of a SharedNetwork must not be longer than 63 characters',
  },
  {
    because: 'the policy is not one that there is',
    spec: { deletionPolicy: 'Retain' },
    field: 'spec.deletionPolicy',
    says: 'supported values: "Protect", "Delete", "Orphan"',
  },
  ...networkRefusals,
  ...sharedNetworkFamilyRefusals,
];

export const subnetChanges: readonly ChangeRefusal[] = [
  {
    because: 'another prefix is another subnet',
    to: { cidr: '198.51.100.0/24' },
    field: 'spec.cidr',
    says: anew('cidr'),
  },
  {
    because: 'a subnet does not move to another pair',
    to: { haPairRef: { name: 'other' } },
    field: 'spec.haPairRef',
    says: anew('haPairRef'),
  },
  {
    because: 'a subnet does not move into a shared network',
    to: { haPairRef: undefined, sharedNetworkRef: { name: 'campus' } },
    field: 'spec.haPairRef',
    says: anew('haPairRef'),
  },
  {
    because: 'a subnet does not move out of a shared network',
    from: { haPairRef: undefined, sharedNetworkRef: { name: 'campus' } },
    to: { haPairRef: { name: 'office' }, sharedNetworkRef: undefined },
    field: 'spec.sharedNetworkRef',
    says: anew('sharedNetworkRef'),
  },
  {
    because: 'leases are stored under the id',
    from: { subnetId: 7 },
    to: { subnetId: 8 },
    field: 'spec.subnetId',
    says: anew('subnetId'),
  },
  {
    because: 'a request that comes after the id was given must be that id',
    status: { subnetId: 7 },
    to: { subnetId: 8 },
    field: 'spec.subnetId',
    says: 'subnetId must be 7, the id that the subnet has already, or be left out: leases are stored under it',
  },
  ...subnetFamilyChanges,
];

export const sharedNetworkChanges: readonly ChangeRefusal[] = [
  {
    because: 'a network does not move to another pair',
    to: { haPairRef: { name: 'other' } },
    field: 'spec.haPairRef',
    says: anew('haPairRef'),
  },
  ...sharedNetworkFamilyChanges,
];
