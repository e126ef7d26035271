/** A DHCPv4 lease as both storages know it. */
export interface Lease {
  readonly address: string;
  readonly subnetId: number;
  /** Lower-case, colon-separated; absent where the client sent none. */
  readonly hwAddress?: string;
  /** Lower-case, colon-separated. */
  readonly clientId?: string;
  readonly hostname?: string;
  readonly state: LeaseState;
  /** Client's last transaction, seconds since 1970. */
  readonly cltt: number;
  /** Lease time in seconds; 4294967295: for ever. */
  readonly validLifetime: number;
}

/** Kea's lease states 0..4. `Active` is Kea's `default`; whether its time is over is for the reader to say (cltt + validLifetime). */
export type LeaseState = 'Active' | 'Declined' | 'Reclaimed' | 'Released' | 'Registered';

export interface SubnetUsage {
  readonly subnetId: number;
  /** Addresses in all pools; absent where only the lease tables were asked. */
  readonly total?: number;
  /** Leased addresses, declined ones among them (Kea's assigned-addresses). */
  readonly assigned: number;
  readonly declined: number;
}

export interface LeasePage {
  readonly leases: readonly Lease[];
  /** Where the next page starts: the last address seen. Absent at the end. */
  readonly next?: string;
}

/** The lease store cannot be read now. */
export class LeasesUnavailable extends Error {
  override readonly name = 'LeasesUnavailable';
}

/** Where leases are read: the lease tables (`postgres.ts`) or a server's lease_cmds (`control.ts`). */
export interface LeaseSource {
  get(address: string, signal?: AbortSignal): Promise<Lease | undefined>;
  /** Leases in ascending order of address, after the given one. */
  page(limit: number, after?: string, signal?: AbortSignal): Promise<LeasePage>;
  /** Figures of every subnet that has any. */
  usage(signal?: AbortSignal): Promise<readonly SubnetUsage[]>;
  close(): Promise<void>;
}
