/** A pass is of one family of a pair: what is the matter with one keeps nothing of the other waiting. */
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { FAMILIES, ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import type { Key } from '../runtime/object.ts';

/** What a pass is of. */
export interface PassOf {
  /** Of the pair. */
  readonly pair: Key;
  readonly family: Family;
}

/** The pair's own key, with the family where that is not IPv4: `net/office`, `net/office@IPv6`. No name of an object has an @. */
export const passKeyOf = (pair: Key, family: Family): Key =>
  family === DHCPV4 ? pair : (`${pair}@${ipFamilyOf(family)}` as Key);

/** The passes of a pair. */
export const passesOf = (pair: Key): readonly Key[] => FAMILIES.map((family) => passKeyOf(pair, family));

export const passOf = (key: Key): PassOf => {
  const [pair = '', word] = key.split('@');
  const family = FAMILIES.find((one) => ipFamilyOf(one) === word) ?? DHCPV4;
  return { pair: pair as Key, family };
};
