import { z } from 'zod';
import type { KubeObject } from '../runtime/object.ts';
import { bootFields, cel, clientClassName, immutableRef, ipv4, optionDataList, statusFields } from './common.ts';
import { defineKind } from './kind.ts';

const HEX_PAIRS = '[0-9a-fA-F]{2}(:?[0-9a-fA-F]{2})';

/** Bytes as Kea takes them: hexadecimal digits with or without colons, or text in single quotes. */
const identifierBytes = (description: string) =>
  z
    .string()
    .min(2)
    .max(384)
    .regex(new RegExp(`^(${HEX_PAIRS}*|'[^']{1,128}')$`))
    .meta({ description });

const identifier = z
  .object({
    hwAddress: z
      .string()
      .max(59)
      .regex(new RegExp(`^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){0,19}$`))
      .meta({ description: 'Hardware address, e.g. 02:00:5e:10:00:01.' })
      .optional(),
    clientId: identifierBytes('Client identifier (option 61): hexadecimal, or text in single quotes.').optional(),
    circuitId: identifierBytes(
      'Circuit id that the relay adds (option 82.1): hexadecimal, or text in single quotes.',
    ).optional(),
    duid: identifierBytes('DUID, hexadecimal.').optional(),
    flexId: identifierBytes('Flexible identifier: hexadecimal, or text in single quotes.').optional(),
  })
  .meta({
    description: 'How the client is recognised. Immutable.',
    ...cel(
      {
        rule: '[has(self.hwAddress), has(self.clientId), has(self.circuitId), has(self.duid), has(self.flexId)].filter(x, x).size() == 1',
        message: 'give exactly one of hwAddress, clientId, circuitId, duid or flexId',
      },
      { rule: 'self == oldSelf', message: 'identifier is immutable: delete the HostReservation and create it anew' },
    ),
  });

const spec = z
  .object({
    subnetRef: immutableRef('subnetRef', 'Subnet').optional(),
    haPairRef: immutableRef('haPairRef', 'HAPair').optional(),
    identifier,
    ipAddress: ipv4(
      'The address kept for the client. It must lie in the subnet; it need not lie in a pool.',
    ).optional(),
    hostname: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\.?$/)
      .meta({ description: 'Host name given to the client.' })
      .optional(),
    optionData: optionDataList('DHCP options for this client.'),
    clientClasses: z.array(clientClassName).max(32).meta({ description: 'Classes the client belongs to.' }).optional(),
    ...bootFields,
  })
  .meta({
    description: 'What is wished for.',
    ...cel({
      rule: 'has(self.subnetRef) != has(self.haPairRef)',
      message: 'give exactly one of subnetRef or haPairRef (a global reservation)',
    }),
  });

const status = z.object({
  ...statusFields,
  use: z
    .enum(['InUse', 'Unused', 'Expired', 'Declined', 'InConflict'])
    .meta({
      description:
        'InUse: the client holds the reserved address. Unused: no lease. Expired: its lease ran out. Declined: the client found the address in use. InConflict: another client holds the address.',
    })
    .optional(),
  address: z.string().meta({ description: 'Address that the client holds, or last held.' }).optional(),
});

export const hostReservationKind = defineKind({
  kind: 'HostReservation',
  plural: 'hostreservations',
  singular: 'hostreservation',
  shortNames: ['hr'],
  description: 'An address, host name or options kept for one client.',
  spec,
  status,
  columns: [
    { name: 'Subnet', type: 'string', jsonPath: '.spec.subnetRef.name' },
    { name: 'HW-Address', type: 'string', jsonPath: '.spec.identifier.hwAddress' },
    { name: 'IP-Address', type: 'string', jsonPath: '.spec.ipAddress' },
    { name: 'Hostname', type: 'string', jsonPath: '.spec.hostname', priority: 1 },
    { name: 'Use', type: 'string', jsonPath: '.status.use' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export type HostReservationSpec = z.output<typeof spec>;
export type HostReservationStatus = z.output<typeof status>;
export type HostReservation = KubeObject<HostReservationSpec, HostReservationStatus>;
