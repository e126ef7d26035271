/** Address families in the custom resources: which fields are of one of them alone, and the sentences that say so at apply. */
import { z } from 'zod';
import type { Family } from '../kea/family.ts';
import { type Field, fieldsAt, type Level } from '../kea/keywords.ts';
import type { CelRule } from './cel.ts';
import type { HAPairSpec, HAPairStatus } from './haPair.ts';
import { recordOf } from './stored.ts';

/** Kubernetes' own words, as in `ipFamilies` of a Service. */
export const ipFamily = z.enum(['IPv4', 'IPv6']);

/** The field of a HAPair's specification that the globals of a family are in. */
export const globalsFieldOf = ({ version }: Pick<Family, 'version'>): 'dhcp4' | 'dhcp6' =>
  version === 4 ? 'dhcp4' : 'dhcp6';

/** Where a HAPair's specification has the ports of a family. */
export const portsPathOf = (family: Pick<Family, 'version'>): string => (family.version === 4 ? 'spec' : 'spec.dhcp6');

/** What a HAPair's status has of a family alone: revision, greatest subnet id, and how full its pools are. */
export type FamilyStatus = Pick<HAPairStatus, 'revision' | 'greatestSubnetId' | 'utilization'>;

/** The same as a part of the status. */
export const familyStatus = ({ version }: Pick<Family, 'version'>, fields: FamilyStatus): HAPairStatus =>
  version === 4 ? fields : { dhcp6: fields };

/** The part of a status that has it, whatever that holds. */
export const familyStatusIn = (status: unknown, { version }: Pick<Family, 'version'>): unknown =>
  version === 4 ? status : recordOf(recordOf(status).dhcp6);

/** How full the pools of a family are, as a status says. */
export const utilizationIn = (
  status: HAPairStatus | undefined,
  { version }: Pick<Family, 'version'>,
): HAPairStatus['utilization'] => (version === 4 ? status?.utilization : status?.dhcp6?.utilization);

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
