/** Empty caches of the custom resources. */
import type {
  ClientClass,
  HAPair,
  HostReservation,
  OptionDefinition,
  SharedNetwork,
  Subnet,
} from '../../src/api/index.ts';
import { createCache } from '../../src/runtime/cache.ts';

export const emptySources = () => ({
  pairs: createCache<HAPair>(),
  definitions: createCache<OptionDefinition>(),
  classes: createCache<ClientClass>(),
  networks: createCache<SharedNetwork>(),
  subnets: createCache<Subnet>(),
  reservations: createCache<HostReservation>(),
});
