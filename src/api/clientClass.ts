/** The kind ClientClass: clients that have something in common, and what they get. */
import { z } from 'zod';
import type { KubeObject } from '../runtime/object.ts';
import { cel, immutable, stays } from './cel.ts';
import { ipFamily } from './families.ts';
import { BY_PAIR, defineKind, readyColumns } from './kind.ts';
import { lifetimeRules, lifetimes, offerLifetime, preferredLifetimes, preferredRules } from './lifetimes.ts';
import { bootFields, userContext } from './network.ts';
import { definitionFields, definitionRules } from './optionDefinition.ts';
import { codesInAByte, optionDataList } from './options.ts';
import { statusFields } from './status.ts';
import { immutableRef, ownClassName, text } from './text.ts';

const expression = (description: string) =>
  text({
    description,
    max: 4096,
    pattern: /\S/,
    message:
      "must be an expression of Kea, such as substring(option[60].hex,0,9) == 'PXEClient': leave it out for none",
  });

/** Kea has these three beside the lifetimes; timers it has not. */
const { validLifetime, minValidLifetime, maxValidLifetime } = lifetimes;

/** Of DHCPv4: a definition of a code whose meaning is the client's (43, 224 to 254), for the clients of the class alone. */
const optionDefinition = z
  .object({
    name: text({
      description: 'Name that optionData gives it by.',
      max: 128,
      pattern: /^[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?$/,
      message: 'must be the name of an option: letters, digits, - and _, a letter or digit at both ends',
    }),
    ...definitionFields,
  })
  .meta({
    description: 'Definition of an option for the clients of this class.',
    ...cel(...definitionRules, {
      // Measured with Kea 3.0.4: config-test refuses others, and a row of one is read.
      rule: "(!has(self.space) || self.space == 'dhcp4') && (self.code == 43 || (self.code >= 224 && self.code <= 254))",
      message:
        'a class defines the codes 43 and 224 to 254 of the space dhcp4 alone: make an OptionDefinition for others',
      fieldPath: '.code',
    }),
  });

const ONLY_IPV4 = ['nextServer', 'serverHostname', 'bootFileName', 'offerLifetime', 'optionDef'] as const;
const ONLY_IPV6 = ['preferredLifetime', 'minPreferredLifetime', 'maxPreferredLifetime'] as const;

const spec = z
  .object({
    haPairRef: immutableRef('haPairRef', 'HAPair', 'The HAPair whose servers know the class. Immutable.'),
    ipFamily: ipFamily.default('IPv4').meta({
      description: 'Family whose clients it is of. Immutable.',
      ...cel(immutable('ipFamily')),
    }),
    name: ownClassName(
      "Kea's name of the class, as clientClasses and member('…') give it. Left out: the name of the object. Immutable.",
      immutable('name'),
    ).optional(),
    test: expression(
      'Which clients belong to it: an expression that is true of their packets. Left out: those whose reservation, or evaluateAdditionalClasses, names it.',
    ).optional(),
    templateTest: expression(
      'An expression whose text makes a class for each value: SPAWN_NAME_value. Give this or test.',
    ).optional(),
    order: z.int().min(-1_000_000).max(1_000_000).default(0).meta({
      description:
        'Place among the classes of the HAPair that do not name each other, smaller ones first, of equals by name. What a class gives goes before what later ones give.',
      format: 'int32',
    }),
    onlyInAdditionalList: z
      .boolean()
      .meta({
        description:
          'Evaluate it for clients of what names it in evaluateAdditionalClasses alone, once their subnet is chosen. Left out: false.',
      })
      .optional(),
    optionData: optionDataList('DHCP options for the clients of the class.'),
    optionDef: z
      .array(optionDefinition)
      .max(16)
      .meta({
        description: 'Of DHCPv4: what options mean for the clients of this class, such as option 43.',
        'x-kubernetes-list-type': 'atomic',
      })
      .optional(),
    validLifetime,
    minValidLifetime,
    maxValidLifetime,
    offerLifetime: offerLifetime.optional(),
    ...preferredLifetimes,
    ...bootFields,
    userContext: userContext.optional(),
  })
  .meta({
    description: 'Desired state of the ClientClass.',
    ...cel(
      ...stays('name'),
      ...lifetimeRules.filter(({ fieldPath }) => fieldPath !== '.t1Percent'),
      ...preferredRules,
      {
        rule: '!(has(self.test) && has(self.templateTest))',
        message: 'a class has test or templateTest: leave one of them out',
        fieldPath: '.templateTest',
      },
      ...ONLY_IPV4.map((field) => ({
        rule: `!has(self.${field}) || self.ipFamily == 'IPv4'`,
        message: `${field} is of DHCPv4 alone: leave it out of an IPv6 ClientClass`,
        fieldPath: `.${field}`,
      })),
      ...ONLY_IPV6.map((field) => ({
        rule: `!has(self.${field}) || self.ipFamily == 'IPv6'`,
        message: `${field} is of DHCPv6 alone: leave it out of an IPv4 ClientClass`,
        fieldPath: `.${field}`,
      })),
      codesInAByte("self.ipFamily == 'IPv6'"),
    ),
  });

const status = z
  .object(statusFields)
  .meta({ description: 'Observed state of the ClientClass, written by the operator.' });

export const clientClassKind = defineKind({
  kind: 'ClientClass',
  plural: 'clientclasses',
  singular: 'clientclass',
  shortNames: ['cclass'],
  description: 'Clients that have something in common, and what they get.',
  spec,
  status,
  columns: [
    { name: 'Pair', type: 'string', jsonPath: '.spec.haPairRef.name' },
    { name: 'Test', type: 'string', jsonPath: '.spec.test', priority: 1 },
    { name: 'Order', type: 'integer', jsonPath: '.spec.order', priority: 1 },
    ...readyColumns,
  ],
  selectable: BY_PAIR,
});

export type ClientClassSpec = z.output<typeof spec>;
export type ClientClassStatus = z.output<typeof status>;
export interface ClientClass extends KubeObject<ClientClassSpec, ClientClassStatus> {
  spec: ClientClassSpec;
}
