import { describe, expect, it } from 'vitest';
import { leaseOf } from '../../test/support/leaseAnswers.ts';
import { Complaint } from './exit.ts';
import { parseWhat } from './what.ts';

const selectors = (given: string): readonly string[] =>
  parseWhat(given).searches.map(({ fieldSelector }) => fieldSelector);
const identifiers = (bytes: string, ...fields: readonly string[]): readonly string[] =>
  fields.map((field) => `spec.${field}=${bytes}`);

const MAC = '02:00:5e:10:00:01';

describe('what a person has in hand', () => {
  it.each([
    ['an address of IPv4', '10.7.0.1', ['spec.address=10.7.0.1']],
    ['an address with blanks around it, as from a table', ' 10.7.0.1 ', ['spec.address=10.7.0.1']],
    ['an address of IPv6 in any spelling', '2001:DB8:0::0001', ['spec.address=2001:db8::1']],
    ['a prefix, also with bits after its length', '10.7.1.9/16', ['spec.address=10.7.0.0/16']],
    ['a prefix of IPv6', '2001:db8:8000::/48', ['spec.address=2001:db8:8000::/48']],
    ['the name of a lease of a prefix', '2001:db8:8000::-56', ['metadata.name=2001:db8:8000::-56']],
    [
      'a MAC address, which may also be what a client calls itself',
      MAC,
      identifiers(MAC, 'hwAddress', 'clientId', 'duid'),
    ],
    ['a MAC address with dashes', '02-00-5E-10-00-01', identifiers(MAC, 'hwAddress', 'clientId', 'duid')],
    ['a MAC address as Cisco writes it', '0200.5e10.0001', identifiers(MAC, 'hwAddress', 'clientId', 'duid')],
    ['a client identifier in quotes', "'port-7'", identifiers('70:6f:72:74:2d:37', 'hwAddress', 'clientId', 'duid')],
    ['one byte is of no identifier but a hardware address', '0x0a', identifiers('0a', 'hwAddress')],
    [
      'a DUID too long for a hardware address',
      '0x' + '01'.repeat(21),
      identifiers(Array(21).fill('01').join(':'), 'clientId', 'duid'),
    ],
    [
      'bare digits may be bytes, a Subnet, or the start of a host name',
      'cafe',
      [...identifiers('ca:fe', 'hwAddress', 'clientId'), 'spec.subnet=cafe', 'spec.hostname=cafe*'],
    ],
    [
      'eight bytes with colons are an address too',
      '1:2:3:4:5:6:7:8',
      ['spec.address=1:2:3:4:5:6:7:8', ...identifiers('01:02:03:04:05:06:07:08', 'hwAddress', 'clientId', 'duid')],
    ],
    [
      'a host may be called as two bytes are',
      'db-01',
      [...identifiers('db:01', 'hwAddress', 'clientId'), 'spec.subnet=db-01', 'spec.hostname=db-01*'],
    ],
    ['a name', 'desks', ['spec.subnet=desks', 'spec.hostname=desks*']],
    ['a name with a capital is of no object', 'Printer', ['spec.hostname=printer*']],
    ['the start of a name', 'print*', ['spec.subnet=print', 'spec.hostname=print*']],
    ['a part of a name, which no index finds', '*rint*', []],
  ] as const)('%s', (_because, given, expected) => {
    expect(selectors(given)).toEqual(expected);
  });

  it.each([
    ['printer', 'printer'],
    ['*Print*', 'print'],
    ['printer*', undefined],
    ['10.7.0.1', undefined],
    [MAC, undefined],
  ])('%s is looked for within host names as %s', (given, within) => {
    expect(parseWhat(given).within).toBe(within);
  });

  it.each([
    '',
    ' ',
    'a,b',
    'a=b',
    '10.7.0.0/33',
    '-',
    '\u001b[2J',
    'x'.repeat(300),
    '/'.repeat(100_000),
    'spec.state=Active',
  ])('nothing: %j', (given) => {
    expect(() => parseWhat(given)).toThrow(Complaint);
  });

  it('an address of IPv6 may be in a prefix that was delegated', () => {
    const { otherwise } = parseWhat('2001:db8:8000:1::5');
    const prefix = leaseOf('2001:db8:8000::', { prefixLength: 56 });
    expect(otherwise).toHaveLength(33);
    expect(otherwise.filter(({ matches }) => matches(prefix))).toHaveLength(1);
    expect(otherwise.map(({ fieldSelector }) => fieldSelector)).toContain('metadata.name=2001:db8:8000::-56');
    expect(parseWhat('10.7.0.1').otherwise).toEqual([]);
  });

  it.each([
    ['10.7.0.0/24', leaseOf('10.7.0.9'), true],
    ['10.7.0.0/24', leaseOf('10.7.1.9'), false],
    ['10.7.0.0/24', leaseOf('::a07:9'), false],
    [MAC, leaseOf('10.7.0.9', { hwAddress: MAC }), true],
    [MAC, leaseOf('10.7.0.9', { hwAddress: '02:00:5e:10:00:02' }), false],
    ['DESKS', leaseOf('10.7.0.9', { hostname: 'Desks-4' }), true],
    ['desks', leaseOf('10.7.0.9', { subnet: 'desks' }), true],
    ['desks', leaseOf('10.7.0.9', { hostname: 'my-desks' }), false],
  ])('the questions of %s match %j: %s', (given, lease, expected) => {
    expect(parseWhat(given).searches.some(({ matches }) => matches(lease))).toBe(expected);
  });
});
