/** Keywords that stand at several levels of Kea's inheritance: subnet, else shared network, else the globals of the pair. */
import { z } from 'zod';
import type { Version } from '../kea/family.ts';
import type { Schemas } from '../kea/keywords.ts';
import { cel, type CelRule } from './cel.ts';
import { familyRules } from './families.ts';
import { lifetimes, offerLifetime, preferredLifetimes } from './lifetimes.ts';
import { clientNameRules, clientNames } from './names.ts';
import { codesInAByte, optionDataList } from './options.ts';
import { additionalClasses, clientClasses, interfaceName, ipAddress, ipv4OrEmpty, text } from './text.ts';

/** Kea counts bytes and shows others than ASCII as something else; a control character has no business in a packet's field. */
const plainText = (description: string, max: number) =>
  text({
    description,
    max,
    orEmpty: true,
    pattern: /^[ -~]+$/,
    message: 'must be plain ASCII text without control characters',
  });

/** Where a booting client finds its next server: the fixed BOOTP fields of the packet, of 64 and 128 bytes. */
export const bootFields = {
  nextServer: ipv4OrEmpty('Address of the server that the client boots from (siaddr), e.g. a TFTP server.').optional(),
  serverHostname: plainText('Host name of the boot server (sname).', 63).optional(),
  bootFileName: plainText('Name of the boot file (file).', 127).optional(),
} as const;

/** Which reservations apply to the clients of a subnet or network. */
export const reservationFlags = {
  reservationsGlobal: z
    .boolean()
    .meta({ description: 'Look up global reservations, those of the pair. Kea: false.' })
    .optional(),
  reservationsInSubnet: z
    .boolean()
    .meta({ description: 'Look up the reservations of the subnet itself. Kea: true.' })
    .optional(),
  reservationsOutOfPool: z
    .boolean()
    .meta({
      description:
        'All reserved addresses lie outside the pools: spares a lookup for every address handed out of a pool. Kea: false.',
    })
    .optional(),
} as const;

export const allocator = z.enum(['iterative', 'random', 'flq']).meta({
  description:
    'How free addresses are chosen: iterative (one after another), random, or flq (a queue of free ones: fast in full pools, slow to start with large ones). Kea: iterative.',
});

export const pdAllocator = z.enum(['iterative', 'random', 'flq']).meta({
  description: 'How free prefixes are chosen, as allocator says for addresses. Kea: iterative.',
});

export const matchClientId = z.boolean().meta({
  description:
    'Recognise a returning client by its client identifier (true) or by its hardware address alone (false). Kea: true.',
});

export const authoritative = z.boolean().meta({
  description:
    'Refuse (NAK) requests for addresses the servers know nothing of, instead of staying silent. Kea: false.',
});

/** Kea echoes it. No schema and no rule sees what is in it: what is too much is found when it is read (TENANT_BOUNDS). */
export const userContext = z
  .looseObject({
    'kea-operator': z
      .looseObject({})
      .meta({ description: "Reserved: the operator's own mark.", 'x-kubernetes-preserve-unknown-fields': true })
      .optional(),
  })
  .meta({
    description:
      'Free data, kept beside the object in Kea and shown by its own answers. The whole spec may have 64 KiB of JSON, 32 levels and 4096 values.',
    maxProperties: 64,
    'x-kubernetes-preserve-unknown-fields': true,
    ...cel({
      rule: '!has(self.kea__dash__operator)',
      message: "the key kea-operator is the operator's own: choose another",
    }),
  });

/** What subnets and shared networks have in common: the keywords a network hands down to its subnets. */
export const networkFields = {
  interface: interfaceName(
    'Interface of the servers on whose link the clients are. Left out: clients are told apart by relay or address.',
  ).optional(),
  relay: z
    .object({
      ipAddresses: z
        .array(ipAddress('Address that a relay agent puts into its packets (giaddr, or link-address of DHCPv6).'))
        .max(64)
        .meta({
          description:
            'Relay agents whose clients belong here although the address of the agent is of another prefix. None is as good as left out.',
          'x-kubernetes-list-type': 'set',
        }),
    })
    .meta({ description: 'Relay agents of these clients.' })
    .optional(),
  optionData: optionDataList('DHCP options for all clients here; one given nearer to the client goes before.'),
  ...lifetimes,
  offerLifetime: offerLifetime.optional(),
  ...preferredLifetimes,
  ...bootFields,
  ...clientNames,
  ...reservationFlags,
  allocator: allocator.optional(),
  matchClientId: matchClientId.optional(),
  authoritative: authoritative.optional(),
  pdAllocator: pdAllocator.optional(),
  rapidCommit: z
    .boolean()
    .meta({
      description:
        'Answer a Solicit that asks for it with a lease at once, in two messages in place of four. Kea: false.',
    })
    .optional(),
  clientClasses: clientClasses(
    'Only clients of one of these classes are served here; others go on to the next subnet of the network, or get nothing. Left out: all are.',
  ),
  evaluateAdditionalClasses: additionalClasses,
  interfaceId: plainText(
    'Interface id that the relay agent adds to packets of these clients (option 18), in place of interface.',
    128,
  ).optional(),
  userContext: userContext.optional(),
} as const satisfies Schemas<'network', Version>;

/**
 * Rules over what is of one family alone, for a network or a subnet.
 * @param isIPv6 CEL that tells its family.
 * @param saidBy The field that tells it.
 */
export const networkFamilyRules = (
  level: 'network' | 'subnet',
  isIPv6: string,
  saidBy: string,
  what: string,
): readonly CelRule[] => [
  ...familyRules(level, isIPv6, what),
  ...clientNameRules,
  codesInAByte(isIPv6),
  {
    rule: `!has(self.relay) || self.relay.ipAddresses.all(agent, agent.contains(':') == (${isIPv6}))`,
    message: `relay agents must have addresses of the family of ${saidBy}: correct them, or leave them out`,
    messageExpression: `'relay agent %s has no address of the family of ${saidBy}: correct it, or leave it out'.format([self.relay.ipAddresses.filter(agent, agent.contains(':') != (${isIPv6}))[0]])`,
    fieldPath: '.relay.ipAddresses',
  },
];

export const deletionPolicy = z.enum(['Protect', 'Delete', 'Orphan']).default('Protect').meta({
  description:
    'What becomes of the rows in the database when the object is deleted. Protect: they stay and serve while leases are active, then go. Delete: they go at once. Orphan: they stay for good, and the operator forgets them.',
});
