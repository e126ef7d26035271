/** Which families a pair has servers of. */
import type { HAPair } from '../api/index.ts';
import { familiesIn } from '../api/stored.ts';
import { at, textAt } from '../compile/objects.ts';
import { ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import type { FamilyStage } from '../status/types.ts';

/** @param hasPods Whether pods of the family are there: a status may be older than they are. */
export const familyStageOf = ({ spec, status }: HAPair, family: Family, hasPods: boolean): FamilyStage => {
  const word = ipFamilyOf(family);
  if (familiesIn(spec).includes(word)) return 'served';
  const servers = at(status, 'servers');
  const isKnown = Array.isArray(servers) && servers.some((server) => (textAt(server, 'ipFamily') ?? 'IPv4') === word);
  return isKnown || hasPods ? 'leaving' : 'unserved';
};
