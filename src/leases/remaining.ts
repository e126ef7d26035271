/** Leases whose end somebody waits for, as nobody renews them any more. */
import { expiresAt, isActive, type Lease } from './source.ts';

/** Of a subnet. Declined addresses are nobody's, and what has no end would be waited for for ever: neither counts. */
export interface Remaining {
  readonly leases: number;
  /** When the last of them ends, in seconds since 1970; absent where there is none, or where there are so many that only their number was asked for. */
  readonly last?: number;
  /** Leases without an end. */
  readonly endless: number;
}

/** @param now Seconds since 1970. */
export const remainingOf = (all: readonly Lease[], now: number): Remaining => {
  const held = all.filter((lease) => lease.state === 'Active' && isActive(lease, now));
  const ends = held.flatMap((lease) => expiresAt(lease) ?? []);
  const last = ends.reduce((latest, end) => Math.max(latest, end), 0);
  return { leases: ends.length, endless: held.length - ends.length, ...(ends.length === 0 ? {} : { last }) };
};
