import { describe, expect, it } from 'vitest';
import { office6, printer6, scene6 } from '../../test/support/ipv6.ts';
import { compileWith, messageOf, verdictOf } from '../../test/support/objects.ts';
import { OFFICE } from '../../test/support/office.ts';
import type { PdPoolBody, SubnetBody } from '../kea/state.ts';
import { delegatedBy, delegatedIn, prefixCount } from './pdPools.ts';

const bodyOf = (
  spec: object,
  of: object = {},
  reservations = [] as ReturnType<typeof printer6>[],
): SubnetBody | undefined =>
  compileWith(scene6({ subnets: [office6(spec)], reservations }, of)).desired.subnets.get(1)?.body;

describe('what Kea is to hold of pools of prefixes', () => {
  const pool = { prefix: '2001:DB8:8000:0::/48', delegatedLen: 56 };
  const HALVES = { mode: 'LoadBalancing' };
  it.each<readonly [string, object, object, readonly PdPoolBody[] | undefined]>([
    ['none of a Subnet without', {}, {}, undefined],
    ['none where the list is empty', { pdPools: [] }, {}, undefined],
    [
      'a prefix in its one spelling',
      { pdPools: [pool] },
      {},
      [{ prefix: '2001:db8:8000::', 'prefix-len': 48, 'delegated-len': 56 }],
    ],
    [
      'in ascending order',
      { pdPools: [{ prefix: '2001:db8:9000::/48', delegatedLen: 64 }, pool] },
      {},
      [
        { prefix: '2001:db8:8000::', 'prefix-len': 48, 'delegated-len': 56 },
        { prefix: '2001:db8:9000::', 'prefix-len': 48, 'delegated-len': 64 },
      ],
    ],
    [
      'the excluded prefix, the options and the classes',
      {
        pdPools: [
          {
            ...pool,
            excludedPrefix: '2001:db8:8000:ff::/64',
            optionData: [{ name: 'dns-servers', data: '2001:db8::53' }],
            clientClasses: ['KNOWN'],
          },
        ],
      },
      {},
      [
        {
          prefix: '2001:db8:8000::',
          'prefix-len': 48,
          'delegated-len': 56,
          'excluded-prefix': '2001:db8:8000:ff::',
          'excluded-prefix-len': 64,
          'option-data': [{ code: 23, space: 'dhcp6', data: '2001:db8::53', 'csv-format': true }],
          'client-classes': ['KNOWN'],
        },
      ],
    ],
    [
      'a half for each server, the excluded prefix moved along',
      { pdPools: [{ ...pool, excludedPrefix: '2001:db8:8000:ff::/64' }] },
      HALVES,
      [
        {
          prefix: '2001:db8:8000::',
          'prefix-len': 49,
          'delegated-len': 56,
          'excluded-prefix': '2001:db8:8000:ff::',
          'excluded-prefix-len': 64,
          'client-classes': ['HA_a'],
        },
        {
          prefix: '2001:db8:8000:8000::',
          'prefix-len': 49,
          'delegated-len': 56,
          'excluded-prefix': '2001:db8:8000:80ff::',
          'excluded-prefix-len': 64,
          'client-classes': ['HA_b'],
        },
      ],
    ],
    [
      'two prefixes, one for each server',
      { pdPools: [{ prefix: '2001:db8:8000::/55', delegatedLen: 56 }] },
      HALVES,
      [
        { prefix: '2001:db8:8000::', 'prefix-len': 56, 'delegated-len': 56, 'client-classes': ['HA_a'] },
        { prefix: '2001:db8:8000:100::', 'prefix-len': 56, 'delegated-len': 56, 'client-classes': ['HA_b'] },
      ],
    ],
    [
      'one that was divided by hand',
      { pdPools: [{ ...pool, clientClasses: ['HA_b'] }] },
      HALVES,
      [{ prefix: '2001:db8:8000::', 'prefix-len': 48, 'delegated-len': 56, 'client-classes': ['HA_b'] }],
    ],
  ])('%s', (_, spec, of, pools) => {
    expect(bodyOf(spec, of)?.['pd-pools']).toEqual(pools);
  });

  it('is divided for the clients of classes, too', () => {
    const guarded = office6({ pdPools: [{ ...pool, clientClasses: ['KNOWN'] }] });
    const { desired } = compileWith(scene6({ subnets: [guarded] }, HALVES));
    const guards = [...desired.subnets.values()].flatMap(({ body }) => body['pd-pools'] ?? []);
    expect(guards.map((half) => half['client-classes'])).toEqual([
      ['kea-operator/HA_a/KNOWN'],
      ['kea-operator/HA_b/KNOWN'],
    ]);
    expect(desired.classes.get('kea-operator/HA_a/KNOWN')?.body).toMatchObject({
      test: "member('HA_a') and member('KNOWN')",
      'depend-on-known': true,
    });
  });
});

describe('a Subnet that Kea would read as a great many rows', () => {
  const codes = Array.from({ length: 16 }, (_, index) => ({ code: 200 + index, csvFormat: false, data: 'AB' }));
  const pdPools = Array.from({ length: 8 }, (_, index) => ({
    prefix: `2001:db8:800${index}::/48`,
    delegatedLen: 56,
    optionData: codes,
  }));
  const pools = Array.from({ length: 8 }, (_, index) => ({ pool: `2001:db8:1::${index}00/120`, optionData: codes }));

  it('is refused, as its clients would wait for it', () => {
    const compiled = compileWith(scene6({ subnets: [office6({ pools, pdPools })] }));
    expect(messageOf(compiled, OFFICE)).toMatch(
      /^pools, pdPools and optionData, .* make 16384 rows .* make several Subnets of a SharedNetwork, or set the options there$/,
    );
  });

  it('may be as large as it likes without pools of prefixes, and with few', () => {
    expect(verdictOf(compileWith(scene6({ subnets: [office6({ pools })] })), OFFICE)).toBe('accepted');
    const few = office6({ pools, pdPools: pdPools.slice(0, 1) });
    expect(verdictOf(compileWith(scene6({ subnets: [few] })), OFFICE)).toBe('accepted');
  });
});

describe('how far servers look for what is kept of addresses and prefixes', () => {
  const pools = {
    pools: [{ pool: '2001:db8:1::100-2001:db8:1::1ff' }],
    pdPools: [{ prefix: '2001:db8:8000::/48', delegatedLen: 56 }],
  };
  it.each<readonly [string, object, Partial<SubnetBody>]>([
    ['an address outside the pools', { ipAddresses: ['2001:db8:1::9'] }, { 'reservations-out-of-pool': true }],
    ['an address of a pool', { ipAddresses: ['2001:db8:1::9', '2001:db8:1::1ff'] }, {}],
    ['a prefix outside the pools', { prefixes: ['2001:db8:9000::/56'] }, { 'reservations-out-of-pool': true }],
    ['a prefix of a pool', { prefixes: ['2001:db8:8000:100::/56'] }, {}],
    [
      'a prefix of a pool beside an address outside',
      { ipAddresses: ['2001:db8:1::9'], prefixes: ['2001:db8:8000::/56'] },
      {},
    ],
  ])('%s', (_, kept, derived) => {
    const body = bodyOf(pools, {}, [printer6(kept)]) ?? {};
    const lookups = Object.entries(body).filter(([keyword]) => keyword.startsWith('reservations-'));
    expect(Object.fromEntries(lookups)).toEqual(derived);
  });
});

describe('prefixes that are delegated', () => {
  it('are read of a spec of which nothing is known, and of a row', () => {
    const spec = {
      pdPools: [
        null,
        7,
        { prefix: 'x', delegatedLen: 9 },
        { prefix: '2001:db8::/48' },
        { prefix: '2001:db8::/48', delegatedLen: 56 },
      ],
    };
    expect(delegatedIn(spec).map(({ field, prefix, delegatedLen }) => [field, prefix.text, delegatedLen])).toEqual([
      ['pdPools[4]', '2001:db8::/48', 56],
    ]);
    expect([undefined, null, 'x', {}, { pdPools: 'x' }].flatMap(delegatedIn)).toEqual([]);
    const row = { 'pd-pools': [{ prefix: '2001:db8::', 'prefix-len': 48, 'delegated-len': 56 }] };
    expect(delegatedBy(row).map(({ prefix, delegatedLen }) => [prefix.text, delegatedLen])).toEqual([
      ['2001:db8::/48', 56],
    ]);
  });

  it.each([
    [56, 256n],
    [128, 1n << 80n],
    [48, 1n],
    [47, 0n],
    [999, 1n << 80n],
    [-1, 0n],
    [48.5, 0n],
  ])('of %s bits, there are so many in 48: %s', (delegatedLen, count) => {
    const [one] = delegatedIn({ pdPools: [{ prefix: '2001:db8::/48', delegatedLen }] });
    expect(one === undefined ? 0n : prefixCount(one)).toBe(count);
  });
});
