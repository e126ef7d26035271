/** The kind OptionDefinition: an option that Kea does not know by itself, and the form of its value. */
import { z } from 'zod';
import type { KubeObject } from '../runtime/object.ts';
import { cel, type CelRule, immutable, stays } from './cel.ts';
import { ipFamily } from './families.ts';
import { BY_PAIR, defineKind, readyColumns } from './kind.ts';
import { optionSpace } from './options.ts';
import { statusFields } from './status.ts';
import { immutableRef, text } from './text.ts';

/** Kea's data types of a field (OptionDataType). */
const FIELD_TYPES = [
  'binary',
  'boolean',
  'int8',
  'int16',
  'int32',
  'uint8',
  'uint16',
  'uint32',
  'ipv4-address',
  'ipv6-address',
  'ipv6-prefix',
  'psid',
  'string',
  'tuple',
  'fqdn',
] as const;

/** What Kea's parser asks of a name (OptionDefinition::validate), and the JSON of people's files keeps to. */
const optionName = text({
  description: 'Name that optionData gives it by. Left out: the name of the object.',
  max: 128,
  pattern: /^[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?$/,
  message:
    'must be the name of an option, such as printer-queue: letters, digits, - and _, a letter or digit at both ends',
});

/** What a definition says, wherever it stands. */
export const definitionFields = {
  code: z.int().min(1).max(65_535).meta({ description: 'Code of the option; of DHCPv4 at most 254.', format: 'int32' }),
  space: optionSpace(
    'Option space that it belongs to: dhcp4 or dhcp6, vendor-4491 for what option 125 (17 of DHCPv6) has of a vendor, or one of your own that another option encapsulates. Left out: that of the family.',
  ).optional(),
  type: z.enum([...FIELD_TYPES, 'empty', 'record']).meta({
    description: 'What the value is: one field of this type; record: several, as recordTypes says; empty: none.',
  }),
  array: z
    .boolean()
    .meta({ description: 'The value is a list of such fields; of a record its last field repeats. Left out: false.' })
    .optional(),
  recordTypes: z
    .array(z.enum(FIELD_TYPES).meta({ description: 'Type of one field.' }))
    .min(1)
    .max(32)
    .meta({ description: 'Of a record the types of its fields, in their order.', 'x-kubernetes-list-type': 'atomic' })
    .optional(),
  encapsulate: optionSpace('Option space whose options are sent within this one.').optional(),
} as const;

/** For an object with `definitionFields`: what Kea refuses when it reads the definition, and then reads nothing else. */
export const definitionRules: readonly CelRule[] = [
  {
    rule: "(self.type == 'record') == has(self.recordTypes)",
    message: 'recordTypes belongs to the type record, and to that alone: give both, or neither',
    fieldPath: '.recordTypes',
  },
  {
    rule: "!has(self.array) || !self.array || (self.type != 'empty' && self.type != 'string')",
    message:
      'a list of texts has no ends to tell them apart by, and nothing cannot repeat: use the type tuple, or leave array out',
    fieldPath: '.array',
  },
  {
    // Measured with Kea 3.0.4: it reads an empty one beyond its end, be it a client's, and is gone.
    rule: "(self.type != 'tuple' || (has(self.array) && self.array)) && (!has(self.recordTypes) || !self.recordTypes.exists(t, t == 'tuple'))",
    message:
      'any client could end the servers by an option with an empty tuple in it: only a list of tuples is safe; set array: true, or use the type string',
    fieldPath: '.type',
  },
  {
    rule: '!has(self.array) || !self.array || !has(self.encapsulate)',
    message: 'a list has no room for options after it: leave array or encapsulate out',
    fieldPath: '.encapsulate',
  },
];

const spec = z
  .object({
    haPairRef: immutableRef('haPairRef', 'HAPair', 'The HAPair whose servers know the option. Immutable.'),
    ipFamily: ipFamily.default('IPv4').meta({
      description: 'Family that the option is of. Immutable.',
      ...cel(immutable('ipFamily')),
    }),
    name: optionName.optional(),
    ...definitionFields,
  })
  .meta({
    description: 'Desired state of the OptionDefinition.',
    ...cel(
      ...stays('ipFamily'),
      ...definitionRules,
      {
        rule: "self.ipFamily == 'IPv6' || self.code <= (has(self.space) && self.space != 'dhcp4' ? 255 : 254)",
        message: 'codes of DHCPv4 are 1 to 254, and to 255 in other spaces than dhcp4: correct code',
        fieldPath: '.code',
      },
      {
        rule: "!has(self.space) || self.space != (self.ipFamily == 'IPv6' ? 'dhcp4' : 'dhcp6')",
        message: 'space is that of the other family: correct it or ipFamily, or leave it out',
        fieldPath: '.space',
      },
    ),
  });

const status = z
  .object(statusFields)
  .meta({ description: 'Observed state of the OptionDefinition, written by the operator.' });

export const optionDefinitionKind = defineKind({
  kind: 'OptionDefinition',
  plural: 'optiondefinitions',
  singular: 'optiondefinition',
  shortNames: ['optdef'],
  description: 'An option that Kea does not know by itself: its code, and the form of its value.',
  spec,
  status,
  columns: [
    { name: 'Code', type: 'integer', jsonPath: '.spec.code' },
    { name: 'Space', type: 'string', jsonPath: '.spec.space' },
    { name: 'Type', type: 'string', jsonPath: '.spec.type' },
    { name: 'Pair', type: 'string', jsonPath: '.spec.haPairRef.name', priority: 1 },
    ...readyColumns,
  ],
  selectable: BY_PAIR,
});

export type OptionDefinitionSpec = z.output<typeof spec>;
export type OptionDefinitionStatus = z.output<typeof status>;
export interface OptionDefinition extends KubeObject<OptionDefinitionSpec, OptionDefinitionStatus> {
  spec: OptionDefinitionSpec;
}
