/** Address families in the custom resources: which fields are of one of them alone, and the sentences that say so at apply. */
import { z } from 'zod';
import type { Family } from '../kea/family.ts';
import { type Field, fieldsAt, type Level } from '../kea/keywords.ts';
import type { CelRule } from './cel.ts';
import type { HAPairSpec } from './haPair.ts';

/** Kubernetes' own words, as in `ipFamilies` of a Service. */
export const ipFamily = z.enum(['IPv4', 'IPv6']);

/** The field of a HAPair's specification that the globals of a family are in. */
export const globalsFieldOf = ({ version }: Pick<Family, 'version'>): 'dhcp4' | 'dhcp6' =>
  version === 4 ? 'dhcp4' : 'dhcp6';

/** Both daemons of a server are on one address of its node: each has ports of its own. */
export const portsOf = (
  { controlPort, haPort, dhcp6 }: Pick<HAPairSpec, 'controlPort' | 'haPort' | 'dhcp6'>,
  { version }: Pick<Family, 'version'>,
): { readonly controlPort: number; readonly haPort: number } =>
  version === 6 ? { controlPort: dhcp6.controlPort, haPort: dhcp6.haPort } : { controlPort, haPort };

/**
 * Rules that refuse fields of the other family, one for each.
 * @param isIPv6 CEL that tells the family of the object that holds the fields.
 */
export const familyRules = (level: Level, isIPv6: string, what: string): readonly CelRule[] => {
  const fields: readonly Field[] = fieldsAt(level);
  return fields.flatMap(({ family, field, given }) => {
    if (family === undefined || given !== undefined) return [];
    const [other, is] = family === 6 ? ['IPv4', isIPv6] : ['IPv6', `!(${isIPv6})`];
    return [
      {
        rule: `!has(self.${field}) || ${is}`,
        message: `${field} is of DHCPv${family} alone: leave it out of an ${other} ${what}`,
        fieldPath: `.${field}`,
      },
    ];
  });
};
