/** How near the pools of a Subnet or SharedNetwork are to their end. */
import type { Explanation } from './acceptedReasons.ts';

/** Of the condition `PoolPressure`, which is True where something is to be done. */
export const pressureReasons = {
  EnoughFree: { means: 'Less than 80 % of the addresses, and of the prefixes, are given.' },
  NearlyFull: {
    means: 'Of the addresses, or of the prefixes, 80 % or more are given.',
    remedy:
      'Add a pool, or a Subnet to the SharedNetwork. Where clients come and go, a smaller validLifetime frees their addresses sooner.',
  },
  AlmostExhausted: {
    means: 'Of the addresses, or of the prefixes, 95 % or more are given: new clients are about to get none.',
    remedy:
      'Add a pool, or a Subnet to the SharedNetwork, now. Where many addresses are declined, look for devices that use them without DHCP.',
  },
} as const satisfies Record<string, Explanation>;
