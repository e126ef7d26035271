import { describe, expect, it } from 'vitest';
import {
  canonicalClass,
  canonicalHost,
  canonicalJson,
  canonicalNetwork,
  canonicalOptionDef,
  canonicalSubnet,
  changedFields,
  equalBodies,
  type SubnetDraft,
} from './canonical.ts';
import type { OptionData } from './state.ts';

const routers: OptionData = { code: 3, space: 'dhcp4', data: '192.0.2.1', 'csv-format': true };
const dns: OptionData = { code: 6, space: 'dhcp4', data: '192.0.2.53', 'csv-format': true };

describe('canonicalSubnet', () => {
  const cases: readonly [sentence: string, draft: Partial<SubnetDraft>, expected: object][] = [
    ['cuts the bits after the prefix length off', { subnet: '192.0.2.7/24' }, { subnet: '192.0.2.0/24' }],
    [
      'drops what is not set: null, undefined, empty text, empty lists and maps',
      {
        interface: '',
        'valid-lifetime': null,
        pools: [],
        'option-data': [],
        relay: { 'ip-addresses': [] },
        'user-context': {},
        allocator: undefined,
      },
      {},
    ],
    [
      'keeps false and 0, which are values',
      { authoritative: false, 'offer-lifetime': 0 },
      { authoritative: false, 'offer-lifetime': 0 },
    ],
    [
      'spells pools first-last and sorts them by number, not as text',
      { pools: [{ pool: '192.0.2.100 - 192.0.2.110' }, { pool: '192.0.2.16/30' }] },
      { pools: [{ pool: '192.0.2.16-192.0.2.19' }, { pool: '192.0.2.100-192.0.2.110' }] },
    ],
    [
      'sorts options by space and code',
      { 'option-data': [{ ...dns, space: 'vendor-4491' }, dns, routers] },
      { 'option-data': [routers, dns, { ...dns, space: 'vendor-4491' }] },
    ],
    [
      'sorts the classes of an option, each once',
      {
        'option-data': [
          { ...dns, data: '192.0.2.2', 'client-classes': ['b', 'a', 'b'] },
          { ...dns, data: '192.0.2.1' },
        ],
      },
      {
        'option-data': [
          { ...dns, data: '192.0.2.2', 'client-classes': ['a', 'b'] },
          { ...dns, data: '192.0.2.1' },
        ],
      },
    ],
    [
      'writes hexadecimal in upper case',
      { 'option-data': [{ code: 224, space: 'dhcp4', data: '0a0b', 'csv-format': false }] },
      { 'option-data': [{ code: 224, space: 'dhcp4', data: '0A0B', 'csv-format': false }] },
    ],
    [
      'knows one spelling of an option without a value',
      { 'option-data': [{ code: 80, space: 'dhcp4', data: '', 'csv-format': true }] },
      { 'option-data': [{ code: 80, space: 'dhcp4', 'csv-format': false }] },
    ],
    [
      'spells relay addresses in one way',
      { relay: { 'ip-addresses': ['2001:DB8::2', '2001:db8:0::2', '2001:db8::1'] } },
      { relay: { 'ip-addresses': ['2001:db8::1', '2001:db8::2'] } },
    ],
    [
      'sorts relay addresses by number',
      { relay: { 'ip-addresses': ['192.0.2.10', '192.0.2.9', '192.0.2.10'] } },
      { relay: { 'ip-addresses': ['192.0.2.9', '192.0.2.10'] } },
    ],
    [
      'drops bounds that say no more than the lease time',
      { 'valid-lifetime': 600, 'min-valid-lifetime': 600, 'max-valid-lifetime': 900 },
      { 'valid-lifetime': 600, 'max-valid-lifetime': 900 },
    ],
    [
      'drops bounds without a lease time, as rows lose them',
      { 'min-valid-lifetime': 600, 'max-valid-lifetime': 901 },
      {},
    ],
    ['keeps the name of the network', { 'shared-network-name': 'floor' }, { 'shared-network-name': 'floor' }],
  ];
  it.each(cases)('%s', (_, draft, expected) => {
    expect(canonicalSubnet({ id: 7, subnet: '192.0.2.0/24', ...draft })).toEqual({
      id: 7,
      subnet: '192.0.2.0/24',
      ...expected,
    });
  });

  it('is its own canonical form', () => {
    const once = canonicalSubnet({
      id: 7,
      subnet: '192.0.2.9/24',
      pools: [{ pool: '192.0.2.16/30' }],
      'min-valid-lifetime': 9,
    });
    expect(canonicalSubnet(once)).toEqual(once);
  });
});

it('canonicalNetwork keeps the name and the inherited keywords', () => {
  expect(canonicalNetwork({ name: 'floor', interface: 'eth0', 'next-server': null })).toEqual({
    name: 'floor',
    interface: 'eth0',
  });
});

it("canonicalHost writes the identifier in lower case and keeps the classes' order", () => {
  const host = canonicalHost({
    'subnet-id': 0,
    'identifier-type': 'hw-address',
    identifier: '02005E10000A',
    'client-classes': ['z', 'a'],
  });
  expect(host).toEqual({
    'subnet-id': 0,
    'identifier-type': 'hw-address',
    identifier: '02005e10000a',
    'client-classes': ['z', 'a'],
  });
});

it('canonicalClass has no bounds that a row would lose, and its definitions in one order', () => {
  const definition = { space: 'dhcp4', name: 'b', type: 'string' } as const;
  const draft = {
    name: 'gold',
    'order-index': 1,
    test: '',
    'min-valid-lifetime': 5,
    'only-in-additional-list': undefined,
    'option-def': [
      { ...definition, code: 230, array: null as never, encapsulate: '' },
      { ...definition, code: 224 },
    ],
    'option-data': [],
  };
  expect(canonicalClass(draft)).toEqual({
    name: 'gold',
    'order-index': 1,
    'option-def': [
      { ...definition, code: 224 },
      { ...definition, code: 230 },
    ],
  });
});

it('canonicalOptionDef has the types of a record in one spelling, and nothing that is not set', () => {
  const draft = {
    space: 'dhcp4',
    code: 222,
    name: 'site',
    type: 'record',
    'record-types': 'uint16,string , ',
  } as const;
  expect(canonicalOptionDef({ ...draft, array: false as never, encapsulate: '' })).toEqual({
    ...draft,
    'record-types': 'uint16, string',
  });
  expect(canonicalOptionDef({ ...draft, 'record-types': ' ' })).not.toHaveProperty('record-types');
});

describe('comparison', () => {
  it('does not see the order of keys, at any depth', () => {
    expect(equalBodies({ a: 1, b: { c: [1, { d: 2, e: 3 }] } }, { b: { c: [1, { e: 3, d: 2 }] }, a: 1 })).toBe(true);
    expect(canonicalJson({ b: 1, a: undefined })).toBe('{"b":1}');
  });
  it('takes no name that the prototype has for a member', () => {
    expect(equalBodies(JSON.parse('{"__proto__":{}}'), { b: 1 })).toBe(false);
  });
  it('sees the order of lists', () => {
    expect(equalBodies({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  });
  it('names the top-level keywords that differ, also those that came or went', () => {
    expect(changedFields({ same: { x: 1 }, gone: 1, other: [1] }, { same: { x: 1 }, other: [2], come: false })).toEqual(
      ['come', 'gone', 'other'],
    );
  });
});
