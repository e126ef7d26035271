/** The kind HostReservation: what one client gets, by one of its identifiers. */
import { z } from 'zod';
import type { Version } from '../kea/family.ts';
import type { Schemas } from '../kea/keywords.ts';
import type { KubeObject } from '../runtime/object.ts';
import { cel, exactlyOneOf, immutable, stays } from './cel.ts';
import { ipFamily } from './families.ts';
import { BY_PAIR, defineKind, readyColumns } from './kind.ts';
import { bootFields, userContext } from './network.ts';
import { codesInAByte, optionDataList } from './options.ts';
import { statusFields } from './status.ts';
import { clientClasses, immutableRef, ipv4, ipv6, ipv6Prefix, text } from './text.ts';

const MOST_BYTES = 128;
/** Two digits a byte and a colon between bytes. */
const MOST_DIGITS = 3 * MOST_BYTES - 1;

/** So many bytes in the spellings of hexadecimal that src/kea/bytes.ts reads. */
const hexadecimal = (least: number, most: number, separators: readonly string[] = [':', ' ']) => {
  const octet = '[0-9a-fA-F]{1,2}';
  const separated = separators.map((separator) => `${octet}(${separator}${octet}){${least - 1},${most - 1}}`);
  return [`(0x)?([0-9a-fA-F]{2}){${least},${most}}`, ...separated].join('|');
};

/** Text in single quotes, of so many characters at least; blanks at its ends do not count. */
const quoted = (least: 1 | 2) => `' *[^'\\s]([^']{0,${MOST_BYTES - 2}}[^'\\s])${least === 1 ? '?' : ''} *'`;

/** Bytes as Kea takes them: hexadecimal digits, or text in single quotes. */
const bytesOrText = (description: string, least: 1 | 2 = 1) =>
  text({
    description,
    max: MOST_DIGITS,
    pattern: new RegExp(`^(${hexadecimal(least, MOST_BYTES)}|${quoted(least)})$`),
    message: `must be ${least} to ${MOST_BYTES} bytes: hexadecimal digits as 01:02:0a, 01 02 0a or 0x01020a, or text in single quotes as 'port-7'`,
  });

const identifier = z
  .object({
    hwAddress: text({
      description: 'Hardware (MAC) address, e.g. 02:00:5e:10:00:01.',
      max: 64,
      pattern: new RegExp(`^(${hexadecimal(1, 20, [':', '-', ' '])})$`),
      message:
        'must be a hardware address of 1 to 20 bytes in hexadecimal digits, as 02:00:5e:10:00:01, 02-00-5e-10-00-01 or 02005e100001',
    }).optional(),
    clientId: bytesOrText(
      'Client identifier that the client sends (option 61): hexadecimal digits, or text in single quotes.',
      2,
    ).optional(),
    circuitId: bytesOrText(
      'Circuit id that the relay agent adds (option 82, sub-option 1), usually a switch port: hexadecimal digits, or text in single quotes.',
    ).optional(),
    duid: text({
      description: 'DUID that the client sends in its client identifier, in hexadecimal digits.',
      max: MOST_DIGITS,
      pattern: new RegExp(`^(${hexadecimal(3, MOST_BYTES)})$`),
      message: `must be a DUID of 3 to ${MOST_BYTES} bytes: hexadecimal digits, as 00:03:00:01:02:00:5e:10:00:01`,
    }).optional(),
    flexId: bytesOrText(
      "Flexible identifier, as Kea's hook flex_id computes it: hexadecimal digits, or text in single quotes. The servers do not load that hook yet: such a reservation is rejected.",
    ).optional(),
  })
  .meta({
    description:
      'How the client is recognised: exactly one of the fields. Another one makes the reservation that of another client.',
    ...cel({
      rule: '[has(self.hwAddress), has(self.clientId), has(self.circuitId), has(self.duid), has(self.flexId)].filter(given, given).size() == 1',
      message: 'give exactly one of hwAddress, clientId, circuitId, duid or flexId',
    }),
  });

/** Whether the reservation itself says that it is of a family, in CEL; else its Subnet does, and `compile` judges. */
const SAYS_IPV6 = "(has(self.ipFamily) ? self.ipFamily == 'IPv6' : has(self.ipAddresses) || has(self.prefixes))";
const SAYS_IPV4 = "(has(self.ipFamily) ? self.ipFamily == 'IPv4' : has(self.haPairRef) || has(self.ipAddress))";

/** What stands between the dots of a name (RFC 1123), and `_`, which people use. */
const LABEL = '[A-Za-z0-9]([-A-Za-z0-9_]{0,61}[A-Za-z0-9])?';

const keywords = {
  ipAddress: ipv4('The address kept for the client. It must lie in the subnet, and need not lie in a pool.').optional(),
  ipAddresses: z
    .array(ipv6('An address kept for the client.'))
    .max(16)
    .meta({
      description:
        'Of DHCPv6: the addresses kept for the client. A client with one association gets the first, with two of them both. They must lie in the subnet, and need not lie in a pool.',
      'x-kubernetes-list-type': 'set',
    })
    .optional(),
  prefixes: z
    .array(ipv6Prefix('A prefix kept for the client.'))
    .max(16)
    .meta({
      description: 'Of DHCPv6: the prefixes delegated to the client, as 2001:db8:8000::/56.',
      'x-kubernetes-list-type': 'set',
    })
    .optional(),
  hostname: text({
    description: 'Host name given to the client.',
    max: 253,
    orEmpty: true,
    pattern: new RegExp(`^${LABEL}(\\.${LABEL})*\\.?$`),
    message:
      'must be a host name, such as printer-3 or printer-3.example.org: labels of 1 to 63 letters, digits, - and _ with a dot between them, each with a letter or digit at both ends',
  }).optional(),
  optionData: optionDataList('DHCP options for this client; they go before those of pool, subnet and network.', 64, {
    // Measured with Kea 3.0.4: its reader of the hosts table passes the classes over.
    rule: 'self.all(option, !has(option.clientClasses) || option.clientClasses.size() == 0)',
    message:
      'clientClasses of an option means nothing in a reservation, as Kea sends its options to the client whatever its classes: leave it out',
  }),
  clientClasses: clientClasses(
    'Classes that the client belongs to beside those it is found in; at most 255 characters together.',
    {
      // One column of the hosts table holds them, separated by commas.
      rule: "self.join(',').size() <= 255",
      message: 'the names of the classes together must not be longer than 255 characters',
    },
  ),
  ...bootFields,
  userContext: userContext.optional(),
} as const satisfies Schemas<'host', Version>;

const spec = z
  .object({
    subnetRef: immutableRef(
      'subnetRef',
      'Subnet',
      'The Subnet in which the client has this reservation. Give this or haPairRef. Immutable.',
    ).optional(),
    haPairRef: immutableRef(
      'haPairRef',
      'HAPair',
      'The HAPair in all of whose subnets with reservationsGlobal the client has this reservation. Give this or subnetRef. Immutable.',
    ).optional(),
    ipFamily: ipFamily
      .meta({
        description:
          'Family of a global reservation. Left out: IPv4. A reservation with subnetRef has that of its Subnet. Immutable.',
        ...cel(immutable('ipFamily')),
      })
      .optional(),
    identifier,
    ...keywords,
  })
  .meta({
    description: 'Desired state of the HostReservation.',
    ...cel(
      exactlyOneOf('subnetRef', 'haPairRef', ' (haPairRef makes the reservation global)'),
      ...stays('subnetRef', 'haPairRef', 'ipFamily'),
      {
        rule: '!has(self.ipFamily) || has(self.haPairRef)',
        message:
          'ipFamily is said of global reservations alone: leave it out, as this one has the family of its Subnet',
        fieldPath: '.ipFamily',
      },
      {
        rule: '!has(self.ipAddress) || !(has(self.ipAddresses) || has(self.prefixes))',
        message: 'ipAddress is of DHCPv4, ipAddresses and prefixes of DHCPv6: give those of one family',
        fieldPath: '.ipAddress',
      },
      ...['ipAddresses', 'prefixes'].map((field) => ({
        rule: `!has(self.${field}) || !has(self.haPairRef) || (has(self.ipFamily) && self.ipFamily == 'IPv6')`,
        message: `${field} is of DHCPv6: set ipFamily to IPv6, or leave it out`,
        fieldPath: `.${field}`,
      })),
      {
        rule: "!has(self.ipAddress) || !has(self.ipFamily) || self.ipFamily == 'IPv4'",
        message: 'ipAddress is of DHCPv4: give ipAddresses in its place, or leave it out',
        fieldPath: '.ipAddress',
      },
      ...Object.keys(bootFields).map((field) => ({
        rule: `!has(self.${field}) || !${SAYS_IPV6}`,
        message: `${field} is of DHCPv4 alone: leave it out of an IPv6 HostReservation`,
        fieldPath: `.${field}`,
      })),
      {
        rule: `!(has(self.identifier.clientId) || has(self.identifier.circuitId)) || !${SAYS_IPV6}`,
        message: 'clientId and circuitId are of DHCPv4 alone: recognise a client of DHCPv6 by duid or hwAddress',
        fieldPath: '.identifier',
      },
      codesInAByte(`!${SAYS_IPV4}`),
    ),
  });

const ofHolder = (description: string) => z.string().max(1024).meta({ description }).optional();

const holder = z
  .object({
    address: z.string().max(49).meta({ description: 'Address or prefix that it holds.' }),
    hwAddress: ofHolder('Its hardware address, where its lease tells it.'),
    clientId: ofHolder('Its client identifier, in hexadecimal.'),
    duid: ofHolder('Its DUID, in hexadecimal.'),
  })
  .meta({ title: 'Holder', description: 'With InConflict, the other client that holds what is reserved.' });

const status = z
  .object({
    ...statusFields,
    haPair: z
      .string()
      .max(253)
      .meta({ description: 'The HAPair that it belongs to, directly or through its Subnet.' })
      .optional(),
    use: z
      .enum(['InUse', 'Unused', 'Expired', 'Declined', 'InConflict'])
      .meta({
        description:
          'InUse: the client holds the reserved address. Unused: there is no lease. Expired: its lease ran out. Declined: the client found the address in use. InConflict: another client holds the address. So too of a prefix. Of several the first of InConflict, Declined, InUse, Expired and Unused that one of them is.',
      })
      .optional(),
    address: z
      .string()
      .max(49)
      .meta({ description: 'Address or prefix that the client holds, or held last.' })
      .optional(),
    holder: holder.optional(),
  })
  .meta({ description: 'Observed state of the HostReservation, written by the operator.' });

export const hostReservationKind = defineKind({
  kind: 'HostReservation',
  plural: 'hostreservations',
  singular: 'hostreservation',
  shortNames: ['hres'],
  description: 'An address, host name or options kept for one client.',
  spec,
  status,
  columns: [
    { name: 'Subnet', type: 'string', jsonPath: '.spec.subnetRef.name' },
    {
      name: 'Client',
      type: 'string',
      jsonPath: '.spec.identifier.*',
      description: 'The identifier, of whichever type.',
    },
    { name: 'IP-Address', type: 'string', jsonPath: '.spec.ipAddress' },
    { name: 'Pair', type: 'string', jsonPath: '.status.haPair', priority: 1 },
    { name: 'Hostname', type: 'string', jsonPath: '.spec.hostname', priority: 1 },
    { name: 'Use', type: 'string', jsonPath: '.status.use' },
    ...readyColumns,
  ],
  selectable: ['.spec.subnetRef.name', ...BY_PAIR, '.spec.ipAddress', '.status.haPair'],
});

export type HostReservationSpec = z.output<typeof spec>;
export type HostReservationStatus = z.output<typeof status>;
export interface HostReservation extends KubeObject<HostReservationSpec, HostReservationStatus> {
  spec: HostReservationSpec;
}
