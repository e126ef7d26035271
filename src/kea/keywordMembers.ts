/** The words of those keywords of Kea that are maps. */
import type { MapMember } from './keywordKinds.ts';

type Members = Readonly<Record<string, MapMember>>;

export const EXPIRED_LEASES = {
  'reclaim-timer-wait-time': { kind: 'integer', unit: 's', bounds: [0, 65_535] },
  'flush-reclaimed-timer-wait-time': { kind: 'integer', unit: 's', bounds: [0, 65_535] },
  'hold-reclaimed-time': { kind: 'integer', unit: 's', bounds: [0, 4_294_967_295] },
  'max-reclaim-leases': { kind: 'integer', bounds: [0, 4_294_967_295] },
  'max-reclaim-time': { kind: 'integer', unit: 'ms', bounds: [0, 10_000] },
  'unwarned-reclaim-cycles': { kind: 'integer', bounds: [0, 65_535] },
} as const satisfies Members;

export const SANITY_CHECKS = {
  'lease-checks': { kind: 'text' },
  'extended-info-checks': { kind: 'text' },
} as const satisfies Members;

export const COMPATIBILITY = {
  'lenient-option-parsing': { kind: 'boolean' },
  'ignore-dhcp-server-identifier': { kind: 'boolean', family: 4 },
  'ignore-rai-link-selection': { kind: 'boolean', family: 4 },
  'exclude-first-last-24': { kind: 'boolean', family: 4 },
} as const satisfies Members;
