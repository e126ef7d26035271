import { describe, expect, it } from 'vitest';
import { ApiFailure } from './failure.ts';
import { type FieldTerm, parseFieldSelector } from './fieldSelector.ts';

const host = (text: string, isPrefix = false): FieldTerm => ({ field: 'hostname', text, isPrefix });
const mac: FieldTerm = { field: 'hwAddress', bytes: '02:00:5e:10:00:01' };

describe('a field selector', () => {
  it.each<[string, readonly FieldTerm[], string]>([
    ['', [], 'nothing selects everything'],
    [' , ,', [], 'nor do commas'],
    ['metadata.name=192.0.2.1', [{ field: 'name', name: '192.0.2.1' }], 'a name'],
    ['metadata.namespace == dhcp', [{ field: 'namespace', namespace: 'dhcp' }], 'a namespace'],
    [
      'spec.subnet=lan,status.haPair=x',
      [
        { field: 'subnet', name: 'lan' },
        { field: 'haPair', name: 'x' },
      ],
      'two',
    ],
    ['status.subnetId=7', [{ field: 'subnetId', id: 7 }], 'where the field is need not be remembered'],
    ['spec.state=Expired', [{ field: 'state', state: 'Expired' }], 'a state'],
    ['spec.hwAddress=02:00:5E:10:00:01', [mac], 'capitals'],
    ['spec.hwAddress=02-00-5e-10-00-01', [mac], 'dashes'],
    ['spec.hwAddress=02005e100001', [mac], 'digits alone'],
    ['spec.hwAddress=0200.5e10.0001', [mac], 'as Cisco writes it'],
    ['spec.hwAddress=0x02005e100001', [mac], 'as Kea writes bytes'],
    ['spec.clientId=01 02', [{ field: 'clientId', bytes: '01:02' }], 'spaces'],
    ['spec.duid=00:03:00', [{ field: 'duid', bytes: '00:03:00' }], 'a DUID'],
    ['spec.hostname=Printer', [host('printer')], 'names have no case'],
    ['spec.hostname=prin*', [host('prin', true)], 'what a name begins with'],
    ['spec.hostname=a\\,b\\=c\\\\d', [host('a,b=c\\d')], 'what is written with a backslash'],
    ['spec.hostname=a=b', [host('a=b')], 'the first sign counts'],
  ])('%j is understood: %#', (text, expected, because) => {
    expect(parseFieldSelector(text), because).toEqual(expected);
  });

  it.each([
    ['status.address=10.1.0.0/16', 4, 0x0a010000n, 0x0a01ffffn],
    ['spec.address=10.1.2.3/16', 4, 0x0a010000n, 0x0a01ffffn],
    ['spec.address=10.1.2.3', 4, 0x0a010203n, 0x0a010203n],
    ['spec.address=0.0.0.0/0', 4, 0n, 0xffffffffn],
    ['spec.address=2001:DB8::/64', 6, 0x20010db8n << 96n, (0x20010db8n << 96n) | 0xffffffffffffffffn],
  ])('%j is of the addresses', (text, version, first, last) => {
    expect(parseFieldSelector(text)).toEqual([{ field: 'address', version, range: { first, last } }]);
  });

  it.each([
    ['nonsense', 'invalid field selector "nonsense"'],
    ['spec.state!=Active', 'leases can be selected, by = alone, by metadata.name, metadata.namespace, spec.address'],
    ['spec.iaid=1', 'field selector "spec.iaid=1" is not supported'],
    ['address=10.0.0.1', 'field selector "address=10.0.0.1" is not supported'],
    ['spec.constructor=1', 'is not supported'],
    ['metadata.uid=1', 'is not supported'],
    ['=1', 'is not supported'],
    ['spec.address=10.0.0', 'address must be an address or a prefix, as 10.1.0.0/16: "10.0.0"'],
    ['spec.address=10.0.0.0/33', 'address must be'],
    ['spec.address=', 'address must be'],
    ['spec.subnetId=-1', 'subnetId must be a number of 0 to 4294967295: "-1"'],
    ['spec.subnetId=4294967296', 'subnetId must be'],
    ['spec.hwAddress=xy', 'hwAddress must be 1 to 20 bytes in hexadecimal digits'],
    [`spec.hwAddress=${'01'.repeat(21)}`, 'hwAddress must be 1 to 20 bytes'],
    ['spec.clientId=01', 'clientId must be 2 to 255 bytes'],
    ['spec.duid=0102', 'duid must be 3 to 130 bytes'],
    ['spec.hostname=', 'hostname must be a host name'],
    ['spec.hostname=*', 'hostname must be a host name'],
    ['spec.hostname=a*b', 'hostname must be a host name'],
    ['spec.hostname=a\0', 'hostname must be a host name'],
    [
      'status.state=active',
      'state must be one of Active, Declined, Expired, Reclaimed, Registered, Released: "active"',
    ],
    [`metadata.name=${'a'.repeat(254)}`, 'name must not be longer than 253 characters'],
  ])('%j is refused', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(ApiFailure);
    expect(() => parseFieldSelector(text)).toThrow(message);
  });

  it.each(['a'.repeat(1e6), '!'.repeat(1e6), '\\'.repeat(1e6), `spec.duid=${'0:'.repeat(5e5)}`, `${' '.repeat(1e6)}=`])(
    'of a million characters is judged at once: %#',
    (text) => {
      expect(() => parseFieldSelector(text)).toThrow(ApiFailure);
    },
  );
});
