/** Of each family a network, a subnet and a reservation with every keyword. */
import type { Fields } from '../../src/kea/keywords.ts';
import type { PdPoolBody } from '../../src/kea/state.ts';
import { option, option6 } from './classRows.ts';

/** Kea refuses `ddns-ttl` beside the other three: see DDNS_TTL. */
const CLIENT_NAMES = {
  'ddns-send-updates': false,
  'ddns-override-no-update': true,
  'ddns-override-client-update': true,
  'ddns-replace-client-name': 'when-not-present',
  'ddns-generated-prefix': 'dyn',
  'ddns-qualifying-suffix': 'campus.example.org',
  'ddns-ttl-percent': 0.15,
  'ddns-ttl-min': 300,
  'ddns-ttl-max': 900,
} as const;
export const DDNS_TTL: Pick<Fields<'network'>, 'ddns-ttl'> = { 'ddns-ttl': 77 };

/** Every keyword that a shared network hands down. The types of these demand all of the table (src/kea/keywords.ts). */
export const NETWORK_KEYWORDS: Required<Omit<Fields<'network', 4>, 'name' | 'ddns-ttl'>> = {
  interface: 'eth0',
  'valid-lifetime': 3600,
  'min-valid-lifetime': 1800,
  'max-valid-lifetime': 7200,
  'renew-timer': 900,
  'rebind-timer': 1800,
  'calculate-tee-times': true,
  't1-percent': 0.45,
  't2-percent': 0.75,
  'cache-threshold': 0.35,
  'cache-max-age': 120,
  ...CLIENT_NAMES,
  'offer-lifetime': 30,
  'next-server': '192.0.2.7',
  'server-hostname': 'boot.example.org',
  'boot-file-name': '/pxe/boot.efi',
  'reservations-global': true,
  'reservations-in-subnet': false,
  'reservations-out-of-pool': false,
  allocator: 'random',
  'match-client-id': false,
  authoritative: true,
  relay: { 'ip-addresses': ['192.0.2.2', '192.0.2.10'] },
  'option-data': [option(42, '192.0.2.5, 192.0.2.6'), option(15, 'campus.example.org')],
  'client-classes': ['phones', 'printers'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { site: { floor: 3, name: 'Ägypten "3"' }, tags: ['a', 'b'] },
};

const POOL: Required<Fields<'pool', 4>> = {
  pool: '198.51.100.128-198.51.100.191',
  'option-data': [option(4, '198.51.100.7')],
  'client-classes': ['phones'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

export const SUBNET_KEYWORDS: Required<Omit<Fields<'subnet', 4>, 'id' | 'subnet' | 'ddns-ttl'>> = {
  ...NETWORK_KEYWORDS,
  'shared-network-name': 'campus',
  interface: 'eth0',
  'valid-lifetime': 600,
  'min-valid-lifetime': 300,
  'max-valid-lifetime': 1200,
  't1-percent': 0.3,
  'calculate-tee-times': false,
  'cache-threshold': 0.45,
  'cache-max-age': 0,
  'ddns-send-updates': true,
  'ddns-replace-client-name': 'never',
  'ddns-qualifying-suffix': 'office.example.org.',
  'reservations-global': false,
  'reservations-in-subnet': true,
  'reservations-out-of-pool': true,
  allocator: 'iterative',
  'match-client-id': true,
  relay: { 'ip-addresses': ['198.51.100.254'] },
  'option-data': [
    option(3, '198.51.100.1'),
    { ...option(6, '198.51.100.2, 198.51.100.3'), 'always-send': true, 'client-classes': ['phones', 'printers'] },
    { code: 44, space: 'dhcp4', 'csv-format': false, 'never-send': true },
    { code: 66, space: 'dhcp4', data: '612C62', 'csv-format': false },
    { code: 80, space: 'dhcp4', 'csv-format': false, 'always-send': true },
    option(121, '10.0.0.0/8 - 198.51.100.1, 0.0.0.0/0 - 198.51.100.1'),
    { code: 252, space: 'dhcp4', data: '687474703A2F2F77706164', 'csv-format': false },
    { code: 2, space: 'vendor-4491', data: 'C6336405', 'csv-format': false, 'always-send': true },
  ],
  'client-classes': ['phones'],
  'evaluate-additional-classes': ['a class'],
  pools: [
    { pool: '198.51.100.10-198.51.100.99', 'option-data': [option(4, '198.51.100.8'), option(3, '198.51.100.9')] },
    POOL,
    { pool: '198.51.100.200-198.51.100.200' },
  ],
  'user-context': { rack: 7 },
};

export const HOST_KEYWORDS: Required<Omit<Fields<'host', 4>, 'subnet-id' | 'identifier' | 'identifier-type'>> = {
  'ip-address': '198.51.100.77',
  hostname: 'printer.example.org',
  'client-classes': ['printers', 'a class'],
  'next-server': '192.0.2.8',
  'server-hostname': 'boot2.example.org',
  'boot-file-name': '/pxe/printer',
  'option-data': [
    option(6, '192.0.2.53, 192.0.2.54'),
    { ...option(15, 'printers.example.org'), 'always-send': true },
    { code: 66, space: 'dhcp4', data: '612C62', 'csv-format': false },
    { code: 42, space: 'dhcp4', 'csv-format': false, 'never-send': true },
  ],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

/** Kea refuses `interface-id` beside `interface`: see INTERFACE_ID. */
export const NETWORK6_KEYWORDS: Required<Omit<Fields<'network', 6>, 'name' | 'interface-id' | 'ddns-ttl'>> = {
  interface: 'eth0',
  'valid-lifetime': 3600,
  'min-valid-lifetime': 1800,
  'max-valid-lifetime': 7200,
  'preferred-lifetime': 1800,
  'min-preferred-lifetime': 900,
  'max-preferred-lifetime': 3600,
  'renew-timer': 600,
  'rebind-timer': 1200,
  'calculate-tee-times': true,
  't1-percent': 0.45,
  't2-percent': 0.75,
  'cache-threshold': 0.35,
  'cache-max-age': 120,
  ...CLIENT_NAMES,
  'rapid-commit': true,
  'reservations-global': true,
  'reservations-in-subnet': false,
  'reservations-out-of-pool': false,
  allocator: 'random',
  'pd-allocator': 'random',
  relay: { 'ip-addresses': ['2001:db8::2', '2001:db8::10'] },
  'option-data': [option6(31, '2001:db8::5, 2001:db8::6'), option6(24, 'campus.example.org')],
  'client-classes': ['phones', 'printers'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { site: { floor: 3, name: 'Ägypten "3"' }, tags: ['a', 'b'] },
};

const POOL6: Required<Fields<'pool', 6>> = {
  pool: '2001:db8:1::1000-2001:db8:1::1fff',
  'option-data': [option6(31, '2001:db8:1::7')],
  'client-classes': ['phones'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

const PD_POOL: Required<PdPoolBody> = {
  prefix: '2001:db8:1:8000::',
  'prefix-len': 52,
  'delegated-len': 56,
  'excluded-prefix': '2001:db8:1:8000::',
  'excluded-prefix-len': 64,
  'option-data': [option6(31, '2001:db8:1::8')],
  'client-classes': ['routers'],
  'evaluate-additional-classes': ['printers', 'a class'],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

export const SUBNET6_KEYWORDS: Required<Omit<Fields<'subnet', 6>, 'id' | 'subnet' | 'interface-id' | 'ddns-ttl'>> = {
  ...NETWORK6_KEYWORDS,
  'shared-network-name': 'campus',
  'valid-lifetime': 600,
  'min-valid-lifetime': 300,
  'max-valid-lifetime': 1200,
  'preferred-lifetime': 400,
  'min-preferred-lifetime': 200,
  'max-preferred-lifetime': 500,
  'calculate-tee-times': false,
  'cache-threshold': 0.45,
  'cache-max-age': 0,
  'ddns-send-updates': true,
  'ddns-replace-client-name': 'never',
  'ddns-qualifying-suffix': 'office.example.org.',
  'reservations-global': false,
  'reservations-in-subnet': true,
  'reservations-out-of-pool': true,
  allocator: 'iterative',
  'pd-allocator': 'iterative',
  relay: { 'ip-addresses': ['2001:db8:1::fe'] },
  'option-data': [
    { ...option6(23, '2001:db8:1::53, 2001:db8:1::54'), 'always-send': true, 'client-classes': ['phones', 'printers'] },
    { code: 24, space: 'dhcp6', 'csv-format': false, 'never-send': true },
    { code: 59, space: 'dhcp6', data: '612C62', 'csv-format': false },
    { code: 300, space: 'dhcp6', data: '0102', 'csv-format': false },
    { code: 2, space: 'vendor-4491', data: 'C6336405', 'csv-format': false, 'always-send': true },
  ],
  'client-classes': ['phones'],
  'evaluate-additional-classes': ['a class'],
  pools: [
    { pool: '2001:db8:1::10-2001:db8:1::99', 'option-data': [option6(31, '2001:db8:1::9')] },
    POOL6,
    { pool: '2001:db8:1:ffff::-2001:db8:1:ffff:ffff:ffff:ffff:ffff' },
  ],
  'pd-pools': [PD_POOL, { prefix: '2001:db8:1:9000::', 'prefix-len': 60, 'delegated-len': 64 }],
  'user-context': { rack: 7 },
};

export const HOST6_KEYWORDS: Required<Omit<Fields<'host', 6>, 'subnet-id' | 'identifier' | 'identifier-type'>> = {
  'ip-addresses': ['2001:db8:1::77', '2001:db8:1::7'],
  prefixes: ['2001:db8:1:a100::/56', '2001:db8:1:a000::/60'],
  hostname: 'printer.example.org',
  'client-classes': ['printers', 'a class'],
  'option-data': [
    option6(23, '2001:db8::53, 2001:db8::54'),
    { ...option6(31, '2001:db8::9'), 'always-send': true },
    { code: 59, space: 'dhcp6', data: '612C62', 'csv-format': false },
    { code: 24, space: 'dhcp6', 'csv-format': false, 'never-send': true },
  ],
  'user-context': { port: { 'x-y': ['ü', 1.5] } },
};

/** What a relay agent puts into option 18. */
export const INTERFACE_ID: Pick<Fields<'subnet', 6>, 'interface-id'> = { 'interface-id': 'port-7 "a"' };
