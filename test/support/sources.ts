/** Empty caches of the custom resources. */
import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../../src/api/index.ts';
import { createCache } from '../../src/runtime/cache.ts';

export const emptySources = () => ({
  pairs: createCache<HAPair>(),
  networks: createCache<SharedNetwork>(),
  subnets: createCache<Subnet>(),
  reservations: createCache<HostReservation>(),
});
