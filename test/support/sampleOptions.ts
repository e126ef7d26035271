/** A value for every option, as text. */
import type { FieldType, KnownOption } from '../../src/kea/optionDefinition.ts';

const SAMPLES: Readonly<Record<FieldType, string>> = {
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  prefix: '2001:db8::/44',
  uint8: '7',
  uint16: '700',
  uint32: '70000',
  int8: '-7',
  int16: '-700',
  int32: '-7',
  boolean: 'true',
  string: 'some text',
  fqdn: 'host.example.org',
  binary: '0102',
  counted: '03010203',
  tuples: '000301020300020405',
  psid: '3/4',
  tuple: 'https://example.org',
  shortTuple: 'https://example.org',
  routes: '10.0.0.0/8 - 192.0.2.1',
  text: '10, dot1.example.org., 192.0.2.1, alpn=dot',
  resolver: '10, dot1.example.org., 2001:db8::1 2001:db8::2, alpn=dot\\,doq',
};

/** Where the numbers of a record have a meaning that Kea looks at. */
const OTHERWISE: Readonly<Record<string, string>> = { 'client-fqdn': '1, host.example.org' };

export const sampleOf = ({ name, fields, list }: KnownOption): string | undefined => {
  if (fields.length === 0) return undefined;
  const values = fields.map((field) => SAMPLES[field]);
  return OTHERWISE[name] ?? [...values, ...(list ? values.slice(-1) : [])].join(', ');
};
