/** A pair that serves both families, and its objects of IPv6: what the tests of them begin with. */
import type { HAPair } from '../../src/api/index.ts';
import type { Children } from '../../src/compile/types.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import { pair, reservation, type Scene, sceneOf, subnet, TO_PAIR } from './objects.ts';

export const BOTH = { ipFamilies: ['IPv4', 'IPv6'] };
export const scene6 = (children: Partial<Children>, spec: Parameters<typeof pair>[0] = {}): Scene => ({
  ...sceneOf(children, pair6(spec)),
  family: DHCPV6,
});
export const pair6 = (spec: Parameters<typeof pair>[0] = {}): HAPair => pair({ ...BOTH, ...spec });
export const office6 = (more: object = {}, cidr = '2001:db8:1::/64') => subnet('office', { ...TO_PAIR, cidr, ...more });
export const duid = (last: string) => ({ identifier: { duid: `00:01:${last}` } });
export const printer6 = (more: object = {}) =>
  reservation('printer', { subnetRef: { name: 'office' }, ...duid('01'), ...more });
