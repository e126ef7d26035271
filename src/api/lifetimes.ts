/** The lifetimes and timers of the custom resources, with the rules that hold between them. */
import { z } from 'zod';
import { cel, type CelRule } from './cel.ts';

/** Seconds as Kea stores them: unsigned 32 bit; 4294967295 means forever. */
export const seconds = (description: string, least: number) =>
  z.int().min(least).max(4_294_967_295).meta({ description, format: 'int64' });

/** Kea refuses 0 and 1 themselves. (The API server rounds a bound of 0.99 to 0 in its answer, so the rule is in CEL.) */
export const fraction = (description: string) => {
  const message = 'must be greater than 0 and less than 1, such as 0.5';
  return z
    .number()
    .refine((value) => value > 0 && value < 1, message)
    .meta({ description, format: 'double', ...cel({ rule: 'self > 0.0 && self < 1.0', message }) });
};

/** Lifetimes and timers: the same keywords at every level of Kea's inheritance (global, shared network, subnet). */
export const lifetimes = {
  validLifetime: seconds(
    'Lease time, unless the client asks for another; in seconds, 4294967295 is forever. Kea: 7200.',
    1,
  ).optional(),
  minValidLifetime: seconds('Shortest lease time a client may ask for, in seconds.', 1).optional(),
  maxValidLifetime: seconds('Longest lease time a client may ask for, in seconds.', 1).optional(),
  renewTimer: seconds(
    'T1: when clients start to renew at the server they know; seconds from the start of the lease.',
    1,
  ).optional(),
  rebindTimer: seconds('T2: when clients start to ask any server; seconds from the start of the lease.', 1).optional(),
  calculateTeeTimes: z
    .boolean()
    .meta({
      description:
        'Where no timers are given, compute T1 and T2 as t1Percent and t2Percent of the lease time. Kea: false.',
    })
    .optional(),
  t1Percent: fraction('T1 as a part of the lease time. Kea: 0.5.').optional(),
  t2Percent: fraction('T2 as a part of the lease time. Kea: 0.875.').optional(),
  cacheThreshold: fraction(
    'A client that asks again before this part of its lease time has passed gets the lease as it is, and nothing is written. Kea: 0.25.',
  ).optional(),
  cacheMaxAge: seconds(
    'The same as a number of seconds; 0: each request is written. Both hold where both are given. Only 0 where servers tell each other of leases: with leaseStorage Memfile in modes other than Standalone. Kea: no bound.',
    0,
  ).optional(),
} as const;

export const offerLifetime = seconds(
  'How long an offered address is kept for the client until it asks for it, in seconds; 0: not at all.',
  0,
);

/** Of DHCPv6: how long a client begins new connections from an address. */
export const preferredLifetimes = {
  preferredLifetime: seconds(
    'How long clients prefer an address or prefix to newer ones; in seconds, 4294967295 is forever. Kea: 0.625 of validLifetime.',
    1,
  ).optional(),
  minPreferredLifetime: seconds('Shortest preferred lifetime a client may ask for, in seconds.', 1).optional(),
  maxPreferredLifetime: seconds('Longest preferred lifetime a client may ask for, in seconds.', 1).optional(),
} as const;

/** A rule that two numbers are in order where both are given. */
export const ordered = (small: string, operator: '<' | '<=', great: string, words: string): CelRule => ({
  rule: `!has(self.${small}) || !has(self.${great}) || self.${small} ${operator} self.${great}`,
  message: `${small} ${words} ${great}`,
  fieldPath: `.${small}`,
});

/**
 * Rules over `lifetimes`, for the object that holds them. Kea refuses minimum > maximum ("Invalid triplet values"). What is inherited
 * is judged by `compile`, as is what Kea takes and a warning tells of: timers that it never sends.
 */
export const lifetimeRules: readonly CelRule[] = [
  ordered('minValidLifetime', '<=', 'validLifetime', 'must not be greater than'),
  ordered('validLifetime', '<=', 'maxValidLifetime', 'must not be greater than'),
  ordered('minValidLifetime', '<=', 'maxValidLifetime', 'must not be greater than'),
  ordered('t1Percent', '<', 't2Percent', 'must be less than'),
];

/** Rules over `preferredLifetimes`, beside those over `lifetimes`. Kea takes preferred above valid, and clients refuse such an answer (RFC 8415 21.6). */
export const preferredRules: readonly CelRule[] = [
  ordered('minPreferredLifetime', '<=', 'preferredLifetime', 'must not be greater than'),
  ordered('preferredLifetime', '<=', 'maxPreferredLifetime', 'must not be greater than'),
  ordered('minPreferredLifetime', '<=', 'maxPreferredLifetime', 'must not be greater than'),
  ordered('preferredLifetime', '<=', 'validLifetime', 'must not be greater than'),
];
