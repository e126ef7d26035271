/** Which families a pair has servers of. */
import type { HAPair } from '../api/index.ts';
import { familiesHeldBy, servesFamily } from '../api/stored.ts';
import { ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import type { FamilyStage } from '../status/types.ts';

/** @param hasPods Whether pods of the family are there: a status may be older than they are. */
export const familyStageOf = (pair: HAPair, family: Family, hasPods: boolean): FamilyStage => {
  if (servesFamily(pair.spec, family)) return 'served';
  return familiesHeldBy(pair).includes(ipFamilyOf(family)) || hasPods ? 'leaving' : 'unserved';
};
