/** What metrics tell of leases, and of whose. */

/** Names one pair in every metric of our own. What each of its families has is told apart by `ip_family`, IPv4 or IPv6. */
export interface PairLabels {
  readonly namespace: string;
  readonly pair: string;
}

type Count = number | undefined;

export interface SubnetStatistics {
  readonly cidr: string;
  /** Kea's. */
  readonly subnetId: number;
  readonly sharedNetwork?: string | undefined;
  /** Addresses in its pools, those that are leased, and of these the declined ones. */
  readonly total: number;
  readonly assigned: number;
  readonly declined: number;
  /** Leased ones that are in no pool. */
  readonly outsidePools?: Count;
  /** Left out of a Subnet that delegates none, as what follows. */
  readonly prefixes?: Count;
  readonly delegated?: Count;
  readonly delegatedOutsidePools?: Count;
  readonly pools?:
    | readonly {
        readonly pool: string;
        readonly total: number;
        readonly assigned: number;
        readonly declined: number;
      }[]
    | undefined;
  readonly pdPools?:
    readonly { readonly prefix: string; readonly total: number; readonly delegated: number }[] | undefined;
}
