/** The globals of a HAPair's servers: what is not set in a network or subnet. */
import { z } from 'zod';
import type { Schemas } from '../kea/keywords.ts';
import type { IdentifierType } from '../kea/state.ts';
import { cel } from './cel.ts';
import { lifetimeRules, lifetimes, offerLifetime, preferredLifetimes, preferredRules, seconds } from './lifetimes.ts';
import { clientNameRules, clientNames, clientNamesGlobally } from './names.ts';
import { allocator, authoritative, bootFields, matchClientId, pdAllocator, reservationFlags } from './network.ts';
import { codesInAByte, optionDataList } from './options.ts';
import { processing, processing4, processing6 } from './processing.ts';
import { port } from './quantities.ts';

const commonGlobals = {
  ...lifetimes,
  optionData: optionDataList(
    'DHCP options for every client of the pair; those of network, subnet, pool and host go before.',
  ),
  ...clientNames,
  ...clientNamesGlobally,
  ...processing,
  ...reservationFlags,
  allocator: allocator.optional(),
  declineProbationPeriod: seconds(
    'How long an address that a client declined, as somebody else uses it, is not given out; in seconds. Kea: 86400.',
    0,
  ).optional(),
} as const;

const identifiers = <const T extends readonly [IdentifierType, ...IdentifierType[]]>(kinds: T, leftOut: string) =>
  z
    .array(z.enum(kinds).meta({ description: 'Kind of identifier.' }))
    .min(1)
    .max(kinds.length)
    .meta({
      description: `Identifiers that reservations are looked up by, in this order. Left out: ${leftOut}; fewer spare lookups. flex-id finds nobody, as the servers do not load the hook flex_id yet.`,
      'x-kubernetes-list-type': 'set',
    })
    .optional();

/** No schema sees what is in it: what has a place of its own is found when a server's configuration is made (extra.ts), the rest by Kea. */
const extra = z
  .looseObject({})
  .meta({
    description:
      "Globals that a later Kea has and this API does not, as Kea's own JSON: {adaptive-lease-time-threshold: 0.9}. What has a field here is refused. A server that does not take them goes on with its former configuration.",
    maxProperties: 32,
    'x-kubernetes-preserve-unknown-fields': true,
  })
  .optional();

const globals4 = {
  ...commonGlobals,
  hostReservationIdentifiers: identifiers(
    ['hw-address', 'client-id', 'circuit-id', 'duid', 'flex-id'],
    'hw-address, duid, circuit-id and client-id',
  ),
  offerLifetime: offerLifetime.optional(),
  ...bootFields,
  ...processing4,
  matchClientId: matchClientId.optional(),
  authoritative: authoritative.optional(),
  echoClientId: z
    .boolean()
    .meta({ description: 'Send the client identifier back to the client (RFC 6842). Kea: true.' })
    .optional(),
} as const satisfies Schemas<'global', 4>;

const globals6 = {
  ...commonGlobals,
  hostReservationIdentifiers: identifiers(['hw-address', 'duid', 'flex-id'], 'hw-address and duid'),
  ...preferredLifetimes,
  ...processing6,
  pdAllocator: pdAllocator.optional(),
} as const satisfies Schemas<'global', 6>;

export const dhcp4 = z
  .object({
    ...globals4,
    extra,
    dhcpSocketType: z
      .enum(['raw', 'udp'])
      .default('raw')
      .meta({ description: 'raw serves clients on the link and behind relays; udp only clients behind relays.' }),
  })
  .meta({
    description: 'Globals of the DHCPv4 servers: what is not set in a network or subnet.',
    ...cel(...lifetimeRules, ...clientNameRules, codesInAByte('false')),
  });

export const dhcp6 = z
  .object({
    ...globals6,
    extra,
    controlPort: port("Port of the control channel of a server's DHCPv6 daemon on its node.", 8002),
    haPort: port('Port of its node on which the DHCPv6 daemon of a server hears its partner.', 8003),
  })
  .meta({
    description: 'Globals of the DHCPv6 servers: what is not set in a network or subnet.',
    ...cel(...lifetimeRules, ...preferredRules, ...clientNameRules, {
      rule: 'self.controlPort != self.haPort',
      message: 'controlPort and haPort of dhcp6 must differ',
      fieldPath: '.haPort',
    }),
  });
