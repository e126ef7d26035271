/** Series, as a Prometheus has them, and the alerts that fire then, and no others. */
import { pairs } from './pairs.ts';
import {
  type AlertCase,
  fires,
  labelsOf,
  LEADER,
  NEXT,
  ofPair,
  ofSubnet,
  pairFires,
  PROCESS,
  type Values,
} from './series.ts';
import { servers } from './servers.ts';

const FULL = { [ofSubnet('addresses', 'desks')]: '200x60', [ofSubnet('addresses_assigned', 'desks')]: '200x60' };
const ofDesks = { of: 'addresses', ip_family: 'IPv4', subnet: 'desks', cidr: '192.0.2.0/24' };
const ofFloor = { of: 'addresses', ip_family: 'IPv4', shared_network: 'floor' };

const subnets: readonly AlertCase[] = [
  {
    what: 'KeaSubnetUsageHigh from 80 % on',
    series: {
      [ofSubnet('addresses', 'desks')]: '200x60',
      [ofSubnet('addresses_assigned', 'desks')]: '162x60',
    },
    at: 31,
    fires: [pairFires('KeaSubnetUsageHigh', 'info', ofDesks)],
  },
  {
    what: 'none at 80 %, and none of a Subnet without pools',
    series: {
      [ofSubnet('addresses', 'desks')]: '200x60',
      [ofSubnet('addresses_assigned', 'desks')]: '160x60',
      [ofSubnet('addresses', 'reserved')]: '0x60',
      [ofSubnet('addresses_assigned', 'reserved')]: '0x60',
      [ofSubnet('addresses_declined', 'reserved')]: '0x60',
    },
    at: 60,
    fires: [],
  },
  {
    what: 'KeaSubnetUsageCritical beside it from 90 % on',
    series: {
      [ofSubnet('addresses', 'desks')]: '200x60',
      [ofSubnet('addresses_assigned', 'desks')]: '190x60',
    },
    at: 31,
    fires: [pairFires('KeaSubnetUsageCritical', 'warning', ofDesks), pairFires('KeaSubnetUsageHigh', 'info', ofDesks)],
  },
  {
    what: 'KeaSubnetExhausted at the end',
    series: FULL,
    at: 3,
    fires: [pairFires('KeaSubnetExhausted', 'critical', ofDesks)],
  },
  {
    what: 'none of a full Subnet whose SharedNetwork has room',
    series: {
      [ofSubnet('addresses', 'desks', { shared_network: 'floor' })]: '200x60',
      [ofSubnet('addresses_assigned', 'desks', { shared_network: 'floor' })]: '200x60',
      [ofSubnet('addresses', 'more', { shared_network: 'floor' })]: '200x60',
      [ofSubnet('addresses_assigned', 'more', { shared_network: 'floor' })]: '0x60',
    },
    at: 60,
    fires: [],
  },
  {
    what: 'KeaSubnetExhausted once of a SharedNetwork all of whose Subnets are full',
    series: {
      [ofSubnet('addresses', 'desks', { shared_network: 'floor' })]: '200x60',
      [ofSubnet('addresses_assigned', 'desks', { shared_network: 'floor' })]: '200x60',
      [ofSubnet('addresses', 'more', { shared_network: 'floor' })]: '50x60',
      [ofSubnet('addresses_assigned', 'more', { shared_network: 'floor' })]: '50x60',
    },
    at: 5,
    fires: [pairFires('KeaSubnetExhausted', 'critical', ofFloor)],
  },
  {
    what: 'KeaSubnetExhausted of prefixes while there are addresses',
    series: {
      [ofSubnet('addresses', 'homes', { ip_family: 'IPv6', cidr: '2001:db8::/64' })]: '1000000x60',
      [ofSubnet('addresses_assigned', 'homes', { ip_family: 'IPv6', cidr: '2001:db8::/64' })]: '4x60',
      [ofSubnet('prefixes', 'homes', { ip_family: 'IPv6', cidr: '2001:db8::/64' })]: '4x60',
      [ofSubnet('prefixes_assigned', 'homes', { ip_family: 'IPv6', cidr: '2001:db8::/64' })]: '4x60',
    },
    at: 5,
    fires: [
      pairFires('KeaSubnetExhausted', 'critical', {
        of: 'prefixes',
        ip_family: 'IPv6',
        subnet: 'homes',
        cidr: '2001:db8::/64',
      }),
    ],
  },
  {
    what: 'KeaDeclinedAddresses from 5 % on',
    series: { [ofSubnet('addresses', 'desks')]: '200x60', [ofSubnet('addresses_declined', 'desks')]: '11x60' },
    at: 16,
    fires: [pairFires('KeaDeclinedAddresses', 'warning', { ip_family: 'IPv4', subnet: 'desks', cidr: '192.0.2.0/24' })],
  },
  {
    what: 'not KeaDeclinedAddresses of a few',
    series: { [ofSubnet('addresses', 'desks')]: '200x60', [ofSubnet('addresses_declined', 'desks')]: '9x60' },
    at: 60,
    fires: [],
  },
];

const DAY = 86_400;
const end = (days: number): Values => `${days * DAY}x120`;

const processes: readonly AlertCase[] = [
  {
    what: 'KeaOperatorNoLeader where nobody tells anything',
    series: { [LEADER]: '_' },
    at: 6,
    fires: [fires('KeaOperatorNoLeader', 'critical')],
  },
  {
    what: 'KeaOperatorNoLeader where those that run stand by',
    series: { [LEADER]: '0x20', [`kea_operator_leader${labelsOf(NEXT)}`]: '0x20' },
    at: 6,
    fires: [fires('KeaOperatorNoLeader', 'critical')],
  },
  {
    what: 'not KeaOperatorNoLeader while the next one takes over, nor of one that stands by',
    series: { [LEADER]: '1x3 stale', [`kea_operator_leader${labelsOf(NEXT)}`]: '0x5 1x20' },
    at: 12,
    fires: [],
  },
  {
    what: 'KeaOperatorReconcileErrors where a pass fails again and again, as seldom as it is tried in the end',
    series: {
      [`kea_operator_reconcile_total{controller="HAPair",result="error",pod="kea-operator-1"}`]:
        '0x4 1x4 2x4 3x4 4x4 5x4 6x4 7x4 8x4 9x4 10x4',
      [`kea_operator_reconcile_total{controller="HAPair",result="success",pod="kea-operator-1"}`]: '0+10x60',
    },
    at: 45,
    fires: [fires('KeaOperatorReconcileErrors', 'warning', { controller: 'HAPair' })],
  },
  {
    what: 'not KeaOperatorReconcileErrors of some errors at once that are over',
    series: { [`kea_operator_reconcile_total{controller="HAPair",result="error",pod="kea-operator-1"}`]: '0x4 8x60' },
    at: 30,
    fires: [],
  },
  {
    what: 'KeaLeaseApiSourceFailures of both processes together',
    series: {
      'kea_operator_lease_api_source_failures_total{pod="kea-operator-leases-1"}': '0+1x40',
      'kea_operator_lease_api_source_failures_total{pod="kea-operator-leases-2"}': '0+1x40',
    },
    at: 16,
    fires: [fires('KeaLeaseApiSourceFailures', 'warning')],
  },
  {
    what: 'not KeaLeaseApiSourceFailures of a few',
    series: { 'kea_operator_lease_api_source_failures_total{pod="kea-operator-leases-1"}': '0x5 3x60' },
    at: 30,
    fires: [],
  },
  {
    what: 'KeaCertificateExpiring of a pair and of the operator, less than two weeks before their end',
    series: {
      [ofPair('certificate_expiry_timestamp_seconds', { certificate: 'server-a' })]: end(13),
      [`kea_operator_own_certificate_expiry_timestamp_seconds${labelsOf({ certificate: 'lease-api', ...PROCESS })}`]:
        end(1),
    },
    at: 61,
    fires: [
      fires('KeaCertificateExpiring', 'warning', { certificate: 'lease-api', pod: 'kea-operator-1' }),
      pairFires('KeaCertificateExpiring', 'warning', { certificate: 'server-a' }),
    ],
  },
  {
    what: 'not KeaCertificateExpiring of one that is renewed in time',
    series: {
      [ofPair('certificate_expiry_timestamp_seconds', { certificate: 'server-a' })]: end(29),
      [`kea_operator_own_certificate_expiry_timestamp_seconds${labelsOf({ certificate: 'lease-api', ...PROCESS })}`]:
        end(40),
    },
    at: 120,
    fires: [],
  },
];

export const ALERT_CASES: readonly AlertCase[] = [...servers, ...pairs, ...subnets, ...processes];
