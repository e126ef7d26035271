/** How the servers work: what they keep, check and look up, whatever the network of a client. */
import { z } from 'zod';
import type { MemberSchemas } from '../kea/keywords.ts';
import { seconds } from './lifetimes.ts';
import { text } from './text.ts';

const flag = (description: string) => z.boolean().meta({ description }).optional();
const number = (description: string, most: number, format: 'int32' | 'int64' = 'int32') =>
  z.int().min(0).max(most).meta({ description, format }).optional();
const MOST = 4_294_967_295;
const SHORT = 65_535;

const expiredLeasesProcessing = {
  reclaimTimerWaitTime: number(
    'Seconds between the end of one search for expired leases and the next; 0: none is searched for, and their addresses are given out all the same. Kea: 10.',
    SHORT,
  ),
  flushReclaimedTimerWaitTime: number(
    'Seconds between removals of leases that were reclaimed; 0: none. Kea: 25.',
    SHORT,
  ),
  holdReclaimedTime: seconds(
    'How long a lease that was reclaimed is kept, for its client to come back. Kea: 3600.',
    0,
  ).optional(),
  maxReclaimLeases: number('Leases that one search reclaims at most; 0: no bound. Kea: 100.', MOST, 'int64'),
  maxReclaimTime: number('Milliseconds that one search takes at most; 0: no bound. Kea: 250.', 10_000),
  unwarnedReclaimCycles: number(
    'Searches that may leave some over before there is a warning in the log. Kea: 5.',
    SHORT,
  ),
} as const satisfies MemberSchemas<'expired-leases-processing', 4>;

const sanityChecks = {
  leaseChecks: z
    .enum(['none', 'warn', 'fix', 'fix-del', 'del'])
    .meta({
      description:
        'What becomes of a lease whose subnet does not have its address, as the file of leases is read: nothing (none), a line in the log (warn), the right subnet (fix), that or removal (fix-del), removal (del). Kea: warn.',
    })
    .optional(),
  extendedInfoChecks: z
    .enum(['none', 'fix', 'strict', 'pedantic'])
    .meta({ description: 'How strictly what is kept of relay agents is checked, and put right. Kea: fix.' })
    .optional(),
} as const satisfies MemberSchemas<'sanity-checks', 4>;

const lenient = {
  lenientOptionParsing: flag('Read options whose lengths are wrong as far as they go. Kea: false.'),
} as const satisfies MemberSchemas<'compatibility', 6>;

const compatibility = {
  ...lenient,
  ignoreDhcpServerIdentifier: flag('Answer clients that name another server too. Kea: false.'),
  ignoreRaiLinkSelection: flag(
    'Choose the subnet by the address of the relay agent, not by the link that it names. Kea: false.',
  ),
  excludeFirstLast24: flag('Never give out addresses that end in .0 or .255, in subnets of /24 or larger. Kea: false.'),
} as const satisfies MemberSchemas<'compatibility', 4>;

const COMPATIBILITY = 'Work around clients and relay agents that do not keep to the standards.';

/** Of both families. */
export const processing = {
  storeExtendedInfo: flag(
    'Keep with each lease what the relay agents said, for lease queries and statistics. Kea: false.',
  ),
  statisticDefaultSampleCount: number(
    'How many values of a statistic the servers keep; 0: as many as statisticDefaultSampleAge says. Kea: 20.',
    SHORT,
  ),
  statisticDefaultSampleAge: seconds(
    'How long the servers keep values of statistics, where statisticDefaultSampleCount is 0; in seconds. Kea: 0.',
    0,
  ).optional(),
  parkedPacketLimit: number(
    'Packets that may wait for the partner to confirm their leases; 0: no bound. More are dropped. Kea: 256.',
    MOST,
    'int64',
  ),
  earlyGlobalReservationsLookup: flag(
    'Look up the global reservation of a client before its subnet is chosen, so that its classes count there. Kea: false.',
  ),
  reservationsLookupFirst: flag(
    'Look up who has reserved an address before who has leased it. Without effect with several threads, which do so anyway. Kea: false.',
  ),
  ipReservationsUnique: flag(
    'false: one address or prefix may be reserved for several clients, of which one has it at a time, as a laptop with a dock. The servers then keep no reservations in memory, so that every client is looked up in the database. Before it is true again only one may have each. Kea: true.',
  ),
  expiredLeasesProcessing: z
    .object(expiredLeasesProcessing)
    .meta({ description: 'What becomes of leases that expired.' })
    .optional(),
  sanityChecks: z.object(sanityChecks).meta({ description: 'Checks of the leases that a server has.' }).optional(),
} as const;

export const processing4 = {
  stashAgentOptions: flag(
    'Use what the relay agent said when the lease began for clients that renew without one. Kea: false.',
  ),
  compatibility: z.object(compatibility).meta({ description: COMPATIBILITY }).optional(),
} as const;

const MAC_SOURCES = [
  'any',
  'raw',
  'duid',
  'ipv6-link-local',
  'client-link-addr-option',
  'remote-id',
  'subscriber-id',
  'docsis-cmts',
  'docsis-modem',
] as const;

export const processing6 = {
  compatibility: z.object(lenient).meta({ description: COMPATIBILITY }).optional(),
  macSources: z
    .array(z.enum(MAC_SOURCES).meta({ description: 'Where it may be found.' }))
    .min(1)
    .max(MAC_SOURCES.length)
    .meta({
      description: 'Where the hardware address of a client is looked for, in this order. Kea: any.',
      'x-kubernetes-list-type': 'set',
    })
    .optional(),
  relaySuppliedOptions: z
    .array(
      text({
        description: 'Name or code of an option of DHCPv6.',
        max: 64,
        pattern: /^([a-z][-a-z0-9]*|[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3})$/,
        message: 'must be the name of an option of DHCPv6, or its code as a text, such as "65"',
      }),
    )
    .min(1)
    .max(64)
    .meta({
      description: 'Options that relay agents may give to clients (RFC 6422), beside 65, which they always may.',
      'x-kubernetes-list-type': 'set',
    })
    .optional(),
} as const;
