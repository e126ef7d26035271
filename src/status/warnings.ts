/** What is not wrong, and may surprise: the warnings of a status. They change no condition. */
import type { Subnet } from '../api/index.ts';
import type { Reason } from '../api/reasons.ts';
import { scalarsOf, timersLeftOut } from '../compile/inherit.ts';
import { at, isRecord } from '../compile/objects.ts';
import { SKEW_LIMIT } from '../kea/ha.ts';
import { addressCount, parseRange } from '../kea/address.ts';
import { clockSkew } from './pair.ts';
import type { Attempt } from './types.ts';

interface Warning {
  readonly reason: Reason;
  readonly message: string;
}

export const pairWarnings = ({ snapshot, servers, notAllowed }: Attempt): readonly Warning[] => [
  ...skewWarnings(servers),
  ...timerWarnings(at(snapshot.pair.spec, 'dhcp4')),
  ...(notAllowed === undefined
    ? []
    : [{ reason: 'NotAllowed', message: `${notAllowed}. What runs goes on; no further server is started` } as const]),
];

const skewWarnings = (servers: Attempt['servers']): readonly Warning[] => {
  const skew = clockSkew(servers);
  if (skew === undefined) return [];
  const message = `${skew}: from ${SKEW_LIMIT} s on they end their work together, and nobody takes over any more. Set the clocks right (NTP)`;
  return [{ reason: 'ClockSkew', message }];
};

const timerWarnings = (globals: unknown): readonly Warning[] =>
  isRecord(globals)
    ? timersLeftOut(scalarsOf(globals), []).map(({ reason, message }) => ({ reason, message: `dhcp4: ${message}` }))
    : [];

/** Below so many addresses of a pool a client may well find its half used up while the other is not. */
const SMALL_POOL = 32n;

export const subnetWarnings = ({ spec }: Subnet, mode: unknown): readonly Warning[] => {
  if (mode !== 'LoadBalancing') return [];
  const pools = at(spec, 'pools');
  const texts = (Array.isArray(pools) ? (pools as readonly unknown[]) : []).map((pool) => at(pool, 'pool'));
  const small = texts.filter((text): text is string => {
    const range = typeof text === 'string' ? parseRange(text) : undefined;
    return range !== undefined && addressCount(range) < SMALL_POOL;
  });
  if (small.length === 0) return [];
  const message = `pools: ${small.join(', ')}: with mode LoadBalancing each server gives out its half of a pool only, so that clients of one may get no address while the other has some left. Use pools of ${SMALL_POOL} addresses or more, or mode HotStandby`;
  return [{ reason: 'SmallPoolHalves', message }];
};
