import { describe, expect, it } from 'vitest';
import type { CelRule } from './cel.ts';
import { objectSchema } from './crd.ts';
import { familyRules } from './families.ts';
import { haPairKind } from './haPair.ts';
import { hostReservationKind } from './hostReservation.ts';
import { sharedNetworkKind } from './sharedNetwork.ts';
import { subnetKind } from './subnet.ts';

/** The rules of a spec, by the field that they name. The API server itself judges by them (test/envtest/api.test.ts). */
const rulesOf = (kind: Parameters<typeof objectSchema>[0]): readonly CelRule[] =>
  (objectSchema(kind).properties?.spec?.['x-kubernetes-validations'] ?? []) as readonly CelRule[];

describe('fields of one family alone', () => {
  const fields = (kind: Parameters<typeof objectSchema>[0]) =>
    rulesOf(kind)
      .filter(({ message }) => message.includes('alone: leave it out'))
      .map(({ message }) => message);

  it.each([
    ['SharedNetwork', sharedNetworkKind, ['rapidCommit', 'interfaceId', 'pdAllocator', 'preferredLifetime']],
    ['Subnet', subnetKind, ['rapidCommit', 'interfaceId', 'pdAllocator', 'preferredLifetime', 'pdPools']],
  ] as const)('are refused in a %s of the other', (what, kind, ofIPv6) => {
    const said = fields(kind);
    for (const field of ofIPv6) {
      expect(said).toContain(`${field} is of DHCPv6 alone: leave it out of an IPv4 ${what}`);
    }
    for (const field of ['offerLifetime', 'nextServer', 'bootFileName', 'matchClientId', 'authoritative']) {
      expect(said).toContain(`${field} is of DHCPv4 alone: leave it out of an IPv6 ${what}`);
    }
    // Both have these.
    for (const field of ['validLifetime', 'pools', 'relay', 'interface', 'allocator']) {
      expect(said.filter((message) => message.startsWith(`${field} `))).toEqual([]);
    }
  });

  it('are told by what says the family of the object', () => {
    const rules = new Map(familyRules('network', 'self.six', 'thing').map(({ fieldPath, rule }) => [fieldPath, rule]));
    expect(rules.get('.rapidCommit')).toBe('!has(self.rapidCommit) || self.six');
    expect(rules.get('.authoritative')).toBe('!has(self.authoritative) || !(self.six)');
  });
});

describe('what is left out', () => {
  const servers = [{ name: 'a', node: 'n1', interfaces: ['eth0'] }];

  it('of a HAPair is IPv4, and ports that nobody else has', () => {
    const spec = haPairKind.spec.parse({ servers });
    expect(spec.ipFamilies).toEqual(['IPv4']);
    expect([spec.controlPort, spec.haPort, spec.dhcp6.controlPort, spec.dhcp6.haPort]).toEqual([
      8000, 8001, 8002, 8003,
    ]);
  });

  it('of a SharedNetwork is IPv4, and of a HostReservation nothing, as its Subnet says it', () => {
    expect(sharedNetworkKind.spec.parse({ haPairRef: { name: 'hq' } }).ipFamily).toBe('IPv4');
    const spec = hostReservationKind.spec.parse({ subnetRef: { name: 'office' }, identifier: { duid: '000102' } });
    expect(spec.ipFamily).toBeUndefined();
  });

  it('of a server in a status is IPv4, as of one that an earlier version wrote', () => {
    expect(haPairKind.status.parse({ servers: [{ name: 'a' }] }).servers?.[0]?.ipFamily).toBe('IPv4');
  });
});

describe('a HAPair', () => {
  const spec = (more: object) =>
    haPairKind.spec.safeParse({ servers: [{ name: 'a', node: 'n1', interfaces: ['eth0'] }], ...more }).success;

  it.each([
    [['IPv4'], true],
    [['IPv6'], true],
    [['IPv6', 'IPv4'], true],
    [[], false],
    [['IPv5'], false],
    ['IPv6', false],
  ])('serves %j: %s', (ipFamilies, taken) => {
    expect(spec({ ipFamilies })).toBe(taken);
  });

  it('has globals of each family by themselves', () => {
    expect(spec({ dhcp6: { preferredLifetime: 300, hostReservationIdentifiers: ['duid'], pdAllocator: 'flq' } })).toBe(
      true,
    );
    expect(spec({ dhcp6: { hostReservationIdentifiers: ['client-id'] } })).toBe(false);
    const parsed = haPairKind.spec.parse({
      servers: [{ name: 'a', node: 'n1', interfaces: ['eth0'] }],
      dhcp4: { preferredLifetime: 300 },
      dhcp6: { nextServer: '192.0.2.1' },
    });
    expect([parsed.dhcp4, parsed.dhcp6]).toEqual([{ dhcpSocketType: 'raw' }, { controlPort: 8002, haPort: 8003 }]);
  });

  it('has other ports for the second family only where it serves both', () => {
    const rules = rulesOf(haPairKind).filter(({ message }) => message.includes('Port'));
    expect(rules.map(({ rule, fieldPath }) => [rule, fieldPath])).toEqual([
      ['self.controlPort != self.haPort', '.haPort'],
      [
        'self.ipFamilies.size() < 2 || ![self.controlPort, self.haPort].exists(p, p in [self.dhcp6.controlPort, self.dhcp6.haPort])',
        '.dhcp6',
      ],
    ]);
  });
});

describe('a Subnet of IPv6', () => {
  const spec = (more: object) =>
    subnetKind.spec.safeParse({ haPairRef: { name: 'hq' }, cidr: '2001:db8:1::/64', ...more }).success;

  it.each<readonly [string, object, boolean]>([
    ['pools', { pools: [{ pool: '2001:db8:1::10 - 2001:db8:1::99' }, { pool: '2001:db8:1::1:0/112' }] }, true],
    ['a pool of prefixes', { pdPools: [{ prefix: '2001:db8:8000::/48', delegatedLen: 56 }] }, true],
    [
      'one with all that it can have',
      {
        pdPools: [
          {
            prefix: '2001:db8:8000::/48',
            delegatedLen: 56,
            excludedPrefix: '2001:db8:8000:1::/64',
            clientClasses: ['routers'],
            optionData: [{ code: 23, data: '2001:db8::53' }],
          },
        ],
      },
      true,
    ],
    ['a prefix of IPv4', { pdPools: [{ prefix: '10.0.0.0/8', delegatedLen: 24 }] }, false],
    ['a prefix without a length', { pdPools: [{ prefix: '2001:db8:8000::', delegatedLen: 56 }] }, false],
    ['no length of what clients get', { pdPools: [{ prefix: '2001:db8:8000::/48' }] }, false],
    ['a length that no prefix has', { pdPools: [{ prefix: '2001:db8:8000::/48', delegatedLen: 129 }] }, false],
    ['an interface id', { interfaceId: 'lan7/0:1' }, true],
    ['an interface id that Kea would show as something else', { interfaceId: 'für' }, false],
    ['relay agents', { relay: { ipAddresses: ['2001:db8::1', 'fe80::1'] } }, true],
    ['a relay agent with a zone', { relay: { ipAddresses: ['fe80::1%eth0'] } }, false],
  ])('%s', (_, more, taken) => {
    expect(spec(more)).toBe(taken);
  });

  it('can have figures of prefixes beside those of addresses', () => {
    const utilization = { total: 9, assigned: 1, declined: 0, percent: 11, prefixes: 256, delegated: 3 };
    expect(subnetKind.status.parse({ utilization }).utilization).toEqual(utilization);
  });
});

describe('a HostReservation of IPv6', () => {
  const spec = (more: object) =>
    hostReservationKind.spec.safeParse({ subnetRef: { name: 'office' }, identifier: { duid: '000102' }, ...more })
      .success;

  it.each<readonly [string, object, boolean]>([
    [
      'addresses and prefixes',
      { ipAddresses: ['2001:db8:1::9', '2001:DB8:1::A'], prefixes: ['2001:db8:8000::/56'] },
      true,
    ],
    ['an address of IPv4', { ipAddresses: ['192.0.2.9'] }, false],
    ['an address with a length', { ipAddresses: ['2001:db8:1::9/64'] }, false],
    ['a prefix of IPv4', { prefixes: ['192.0.2.0/24'] }, false],
    ['a prefix without a length', { prefixes: ['2001:db8:8000::'] }, false],
    ['the field of IPv4', { ipAddress: '2001:db8:1::9' }, false],
    ['more than anybody has', { prefixes: Array.from({ length: 17 }, (_, n) => `2001:db8:${n}::/48`) }, false],
  ])('%s', (_, more, taken) => {
    expect(spec(more)).toBe(taken);
  });
});
