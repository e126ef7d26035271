import type { HAPair } from '../api/index.ts';
import type { DatabaseTarget } from '../database/target.ts';
import { ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import type { LeaseSourceDescriptor } from '../leases/descriptor.ts';
import type { WorkloadServer } from '../workload/workload.ts';
import type { Reach } from './connections.ts';

/** How the pair's database, servers and leases are reached. */
export const reachOf = (
  pair: HAPair,
  family: Family,
  database: DatabaseTarget,
  { servers }: { readonly servers: readonly Pick<WorkloadServer, 'endpoint'>[] },
): Reach => {
  const endpoints = servers.map(({ endpoint }) => endpoint);
  const name = {
    namespace: pair.metadata.namespace ?? '',
    pair: pair.metadata.name,
    ipFamily: ipFamilyOf(family),
  };
  const leases: LeaseSourceDescriptor =
    pair.spec.leaseStorage === 'PostgreSQL'
      ? { ...name, storage: 'PostgreSQL', database }
      : { ...name, storage: 'Memfile', servers: endpoints };
  return { family, database, endpoints, leases };
};
