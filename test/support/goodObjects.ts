/** Objects that are right, of every kind and both families, for tests that spoil them. */
import { pair, TO_PAIR } from './objects.ts';

/** As long as the API server lets names be. */
const LONG = `${'a'.repeat(60)}.`.repeat(4).slice(0, 252);
export const nameOf = (kind: string, index: number): string => `${index === 3 ? LONG : kind}${index}`;

export const PAIR = pair({
  ipFamilies: ['IPv4', 'IPv6'],
  controlPort: 8000,
  dhcp4: {
    validLifetime: 600,
    renewTimer: 900,
    reservationsGlobal: true,
    optionData: [{ name: 'routers', data: '10.0.0.1' }],
  },
  dhcp6: { validLifetime: 600, reservationsGlobal: true, optionData: [{ name: 'dns-servers', data: '2001:db8::53' }] },
}).spec;
const goodNetwork = () => ({ ...TO_PAIR, interface: 'lan0', userContext: { a: [1, { b: null }] } });
const goodSubnet = (index: number) => ({
  ...(index % 3 === 0 ? { sharedNetworkRef: { name: nameOf('n', 0) } } : TO_PAIR),
  cidr: `10.0.${index}.0/24`,
  ...(index % 2 === 0 ? { subnetId: 5 + index } : {}),
  pools: [
    { pool: `10.0.${index}.10-10.0.${index}.20`, optionData: [{ name: 'routers', data: '10.0.0.1' }] },
    { pool: `10.0.${index}.64/26`, userContext: { floor: 3, tags: [null, 'ü'] } },
  ],
  optionData: [
    { code: 6, data: '10.0.0.1' },
    { name: 'root-path', data: 'a\\,b' },
    { code: 224, csvFormat: false, data: "'x'" },
  ],
  relay: { ipAddresses: ['10.9.9.9'] },
  validLifetime: 3600,
  userContext: { site: { 'x-y': ['ü', 1.5] } },
  deletionPolicy: 'Protect',
});
const goodHost = (index: number) => ({
  ...(index % 5 === 4 ? TO_PAIR : { subnetRef: { name: nameOf('s', index % 4) } }),
  identifier: index % 2 === 0 ? { hwAddress: `02:00:5e:10:00:1${index % 10}` } : { clientId: "'port-7'" },
  ipAddress: `10.0.${index % 4}.${30 + index}`,
  hostname: 'printer-3.example.org',
  optionData: [{ name: 'ip-forwarding', data: 'true' }],
  clientClasses: ['gold'],
  userContext: { asset: 'A-17', ports: [1, { b: null }] },
});
const goodNetwork6 = () => ({ ...goodNetwork(), ipFamily: 'IPv6', rapidCommit: true });
const goodSubnet6 = (index: number) => ({
  ...(index % 3 === 0 ? { sharedNetworkRef: { name: nameOf('n', 0) } } : { ...TO_PAIR, interfaceId: 'lan\\7' }),
  cidr: `2001:db8:${index}::/64`,
  ...(index % 2 === 0 ? { subnetId: 5 + index } : {}),
  pools: [{ pool: `2001:db8:${index}::10 - 2001:db8:${index}::20` }, { pool: `2001:db8:${index}::1:0/112` }],
  pdPools: [
    {
      prefix: `2001:db8:800${index % 10}::/48`,
      delegatedLen: 56,
      excludedPrefix: `2001:db8:800${index % 10}:1::/64`,
      optionData: [{ name: 'dns-servers', data: '2001:db8::53' }],
    },
    { prefix: `2001:db8:${index}:8000::/52`, delegatedLen: 64, clientClasses: ['gold'], userContext: { floor: 3 } },
  ],
  optionData: [{ code: 23, data: '2001:db8::53' }],
  relay: { ipAddresses: ['2001:db8:9::9'] },
  preferredLifetime: 300,
  userContext: { site: { 'x-y': ['ü', 1.5] } },
  deletionPolicy: 'Protect',
});
const goodHost6 = (index: number) => ({
  ...(index % 5 === 4 ? { ...TO_PAIR, ipFamily: 'IPv6' } : { subnetRef: { name: nameOf('s', index % 4) } }),
  identifier: index % 2 === 0 ? { hwAddress: `02:00:5e:10:00:1${index % 10}` } : { duid: '00:01:02' },
  ipAddresses: [`2001:db8:${index % 4}::${30 + index}`],
  prefixes: [`2001:db8:800${index % 4}:${index}00::/56`, `2001:db8:f00${index % 10}::/56`],
  optionData: [{ name: 'dns-servers', data: '2001:db8::53' }],
  clientClasses: ['gold'],
  userContext: { asset: 'A-17', ports: [1, { b: null }] },
});
/** What objects of a family hold that are right. */
export const GOOD = {
  4: { network: goodNetwork, subnet: goodSubnet, host: goodHost },
  6: { network: goodNetwork6, subnet: goodSubnet6, host: goodHost6 },
} as const;
export const GOOD_STATUS = {
  observedGeneration: 1,
  subnetId: 6,
  conditions: [
    {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'x',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      observedGeneration: 1,
    },
    {
      type: 'Programmed',
      status: 'Unknown',
      reason: 'AwaitingServers',
      message: 'x',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
};
