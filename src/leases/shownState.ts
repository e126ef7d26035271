/** The state of a lease as people mean it. */
import { isActive, type Lease } from './source.ts';

export const SHOWN_STATES = ['Active', 'Declined', 'Reclaimed', 'Released', 'Registered', 'Expired'] as const;
export type ShownState = (typeof SHOWN_STATES)[number];

/**
 * Kea calls a lease "default" until it is reclaimed, however long its time is over.
 * @param now Seconds since 1970.
 */
export const shownState = (lease: Lease, now: number): ShownState =>
  lease.state === 'Active' || lease.state === 'Declined'
    ? isActive(lease, now)
      ? lease.state
      : 'Expired'
    : lease.state;
