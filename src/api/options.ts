/** DHCP options as the custom resources have them. */
import { z } from 'zod';
import type { Version } from '../kea/family.ts';
import type { Schemas } from '../kea/keywords.ts';
import { cel, type CelRule } from './cel.ts';
import { clientClasses, text } from './text.ts';

/** Name of an option space. */
export const optionSpace = (description: string) =>
  text({
    description,
    max: 128,
    pattern: /^[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?$/,
    message: 'must be the name of an option space, such as dhcp4: letters, digits, - and _',
  });

/** What is left out is filled in by src/kea/options.ts: not by the API server, as options stand in lists (structural.ts). */
const keywords = {
  code: z
    .int()
    .min(0)
    .max(65_535)
    .meta({ description: 'Code of the option, e.g. 3 for routers; of DHCPv4 at most 255.', format: 'int32' })
    .optional(),
  space: optionSpace(
    'Option space: dhcp4 or dhcp6 for the standard options, vendor-encapsulated-options-space for sub-options of option 43, vendor-4491 for those of option 125, or 17 of DHCPv6, of a vendor. Left out: the standard options of the family.',
  ).optional(),
  data: z
    .string()
    .max(4096)
    .meta({
      description:
        'The value: fields separated by commas as Kea writes them, e.g. "192.0.2.1, 192.0.2.2", or hexadecimal digits where csvFormat is false. Left out for an option without a value.',
    })
    .optional(),
  csvFormat: z
    .boolean()
    .meta({
      description:
        'Whether data is text in fields (true) or hexadecimal digits (false). Left out: true, which needs an option whose fields Kea knows.',
    })
    .optional(),
  alwaysSend: z
    .boolean()
    .meta({ description: 'Send the option even to clients that did not ask for it. Left out: false.' })
    .optional(),
  neverSend: z
    .boolean()
    .meta({
      description:
        'Never send the option, whichever level defines it: it takes an inherited option away. Kea sends routers, domain-name-servers, domain-name and dhcp-server-identifier all the same. Left out: false.',
    })
    .optional(),
  clientClasses: clientClasses('Send the option only to clients of one of these classes.'),
} as const satisfies Schemas<'option', Version>;

/** Kea's `option-data`: one DHCP option by name or code. */
export const optionData = z
  .object({
    name: text({
      description: "Kea's name of the option, e.g. routers. Give name or code, or both where they agree.",
      max: 128,
      pattern: /^[^\s,]+$/,
      message: 'must be the name of a DHCP option as Kea knows it, such as routers: no spaces, no commas',
    }).optional(),
    ...keywords,
  })
  .meta({
    title: 'Option',
    description: 'A DHCP option.',
    ...cel(
      {
        rule: 'has(self.name) || has(self.code)',
        message: 'give name (e.g. routers), or code (e.g. 3), or both where they agree',
      },
      {
        rule: "!has(self.code) || (has(self.space) && self.space != 'dhcp4' && self.space != 'dhcp6') || (self.code > 0 && (!has(self.space) || self.space != 'dhcp4' || self.code < 255))",
        message:
          'code must be 1 or greater, and in the space dhcp4 at most 254: the codes 0 and 255 mean padding and end there',
        fieldPath: '.code',
      },
      {
        rule: '!(has(self.alwaysSend) && self.alwaysSend && has(self.neverSend) && self.neverSend)',
        message: 'alwaysSend and neverSend contradict each other: set one of them at most',
        fieldPath: '.neverSend',
      },
    ),
  });

/** Whether the code of an option is one that DHCPv4 can have: there it is a byte. */
const IN_A_BYTE = "(!has(option.code) || option.code <= (has(option.space) && option.space != 'dhcp4' ? 255 : 254))";

/** For an object with `optionData`. @param isIPv6 CEL that tells its family; where it cannot be told, `compile` judges. */
export const codesInAByte = (isIPv6: string): CelRule => ({
  rule: `${isIPv6} || !has(self.optionData) || self.optionData.all(option, ${IN_A_BYTE})`,
  message: 'codes of DHCPv4 are 1 to 254, and to 255 in other spaces than dhcp4: correct code',
  messageExpression: `'codes of DHCPv4 are 1 to 254, and to 255 in other spaces than dhcp4: correct code %d'.format([self.optionData.filter(option, !${IN_A_BYTE})[0].code])`,
  fieldPath: '.optionData',
});

export const optionDataList = (description: string, most = 64, ...rules: readonly CelRule[]) =>
  z
    .array(optionData)
    .max(most)
    .meta({ description, 'x-kubernetes-list-type': 'atomic', ...(rules.length > 0 ? cel(...rules) : {}) })
    .optional();
