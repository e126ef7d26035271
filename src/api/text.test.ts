import { describe, expect, test } from 'vitest';
import { clientClassKind } from './clientClass.ts';
import { hostReservationKind } from './hostReservation.ts';
import {
  clientClassName,
  interfaceName,
  interfaceOrAddress,
  ipAddress,
  ipPool,
  ipPrefix,
  ipv4,
  ipv6Prefix,
  objectName,
} from './text.ts';

// The API server checks the same by CEL (test/envtest/api.test.ts); here is what reads stored objects again.
const { identifier } = hostReservationKind.spec.shape;
const of = (type: string) => ({ safeParse: (value: string) => identifier.safeParse({ [type]: value }) });

describe.each([
  {
    name: 'an address',
    schema: ipv4(''),
    right: ['192.0.2.1', '0.0.0.0', '255.255.255.255'],
    wrong: ['192.0.2', '192.0.2.256', '192.0.02.1', '2001:db8::1', ' 192.0.2.1', '192.0.2.1/32', ''],
  },
  {
    name: 'a prefix',
    schema: ipPrefix(''),
    right: ['192.0.2.0/24', '0.0.0.0/0', '192.0.2.7/32', '2001:db8:1::/64'],
    wrong: [
      '192.0.2.0',
      '192.0.2.0/33',
      '192.0.2.0/024',
      '192.0.2.0/24 ',
      '2001:db8::',
      '2001:db8::/129',
      '2001::db8::/32',
    ],
  },
  {
    name: 'an address of either family',
    schema: ipAddress(''),
    right: ['192.0.2.1', '2001:db8::1', '2001:DB8:0:0::1', '::ffff:192.0.2.1'],
    wrong: ['192.0.2', '2001:db8', '2001:db8::1%eth0', 'fe80::1::2', '2001:db8::1/64', ''],
  },
  {
    name: 'a prefix of IPv6',
    schema: ipv6Prefix(''),
    right: ['2001:db8::/32', '2001:db8:1::/128', '::/0'],
    wrong: ['192.0.2.0/24', '2001:db8::', '2001:db8::/32/2', ':/1'],
  },
  {
    name: 'a pool',
    schema: ipPool(''),
    right: [
      '192.0.2.10-192.0.2.99',
      ' 192.0.2.10 -\t192.0.2.99 ',
      '192.0.2.64/26',
      ' 192.0.2.64 / 26',
      '2001:db8:1::10 - 2001:db8:1::99',
      '2001:db8:1:1::/80',
    ],
    wrong: [
      '192.0.2. 10-192.0.2.99',
      '192.0.2.10',
      '192.0.2.10-',
      '192.0.2.10-99',
      '192.0.2.10..192.0.2.99',
      '192.0.2.1-192.0.2.2-192.0.2.3',
      '192.0.2.1-2001:db8::1',
      '2001:db8::1::-2001:db8::2',
      '2001:db8:1::10',
    ],
  },
  {
    name: 'the name of an object',
    schema: objectName(''),
    right: ['office', 'a', '10-floor', 'a.b'],
    wrong: ['Office', 'office_1', '-office', 'office-', ''],
  },
  {
    name: 'an interface',
    schema: interfaceName(''),
    right: ['eth0', 'eth0.100', 'br-lan', 'lan@dhcp', ''],
    wrong: ['*', 'eth 0', 'eth0/192.0.2.1', 'a-name-that-is-too-long'],
  },
  {
    name: 'an interface that is served',
    schema: interfaceOrAddress(''),
    right: ['eth0', 'eth0.100', 'eth0/192.0.2.1', 'eth0/2001:db8::1'],
    wrong: [
      '*',
      '*/192.0.2.1',
      'eth0/',
      '/192.0.2.1',
      'eth0/192.0.2.1/24',
      'eth0/2001:db8',
      'eth0/fe80::1%eth0',
      'eth0 / 192.0.2.1',
      '',
    ],
  },
  {
    name: 'a host name',
    schema: hostReservationKind.spec.shape.hostname,
    right: ['printer', 'printer_3', 'printer-3.example.org', 'printer.', `${'x'.repeat(63)}.example`, ''],
    wrong: ['a..b', '.a', 'a-', '_a', 'a.-b', 'front desk', `${'x'.repeat(64)}.example`, '.'],
  },
  {
    name: 'a client class',
    schema: clientClassName,
    right: ['phones', 'VENDOR_CLASS_PXEClient', 'a b', 'x'],
    wrong: ['a,b', ' a', 'a ', 'a"b', ''],
  },
  {
    name: 'the name of a ClientClass',
    schema: clientClassKind.spec.shape.name,
    right: ['phones', 'VENDOR_CLASS_PXEClient', 'a b', 'x'],
    wrong: ['a,b', ' a', 'a ', 'a"b', "it's", "'", ''],
  },
  {
    name: 'a hardware address',
    schema: of('hwAddress'),
    right: ['02:00:5e:10:00:01', '02-00-5E-10-00-01', '02', '2:0:5e:10:0:1', '02005e100001', '0x02005e100001'],
    wrong: ['02:00:5e:10:00:', '0200.5e10.0001', '2005e100001', '02:005e:10', '02:00:5e:10:00:zz', "'printer'", ''],
  },
  {
    name: 'a client identifier',
    schema: of('clientId'),
    right: ['01:02:00:5e:10:00:01', '01 02 0 5e', '0102005e100001', '0x0102', "'printer-3'", "' two words '"],
    wrong: ['01', '012', "'x'", "' x '", "'printer", 'printer-3', "''", "'  '", '01:0203'],
  },
  {
    name: 'a DUID',
    schema: of('duid'),
    right: ['00:03:00:01:02:00:5e:10:00:01', '000300'],
    wrong: ["'text'", '00:03', '0003000'],
  },
])('$name', ({ schema, right, wrong }) => {
  test.each(right)('can be %j', (value) => {
    expect(schema.safeParse(value).success).toBe(true);
  });
  test.each(wrong)('cannot be %j', (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});
