/** The options that Kea knows, of either version of DHCP. */
import { type Family, perFamily } from './family.ts';
import type { OptionDefinition, OptionRules } from './optionDefinition.ts';
import { DHCPV4_OPTIONS } from './optionTable4.ts';
import { DHCPV6_OPTIONS } from './optionTable6.ts';

/** What the family's version of DHCP has of options. */
export const optionRules = (family: Family): OptionRules => (family.version === 4 ? DHCPV4_OPTIONS : DHCPV6_OPTIONS);

/** The definitions by space, the standard ones first. */
export const optionDefinitions: (family: Family) => ReadonlyMap<string, readonly OptionDefinition[]> = perFamily(
  (family) => {
    const { standard, inside } = optionRules(family);
    return new Map([[family.optionSpace, standard], ...inside]);
  },
);

export const optionByName = (family: Family, name: string, space: string): OptionDefinition | undefined =>
  optionDefinitions(family)
    .get(space)
    ?.find((definition) => definition.name === name);
export const optionByCode = (family: Family, code: number, space: string): OptionDefinition | undefined =>
  optionDefinitions(family)
    .get(space)
    ?.find((definition) => definition.code === code);

/** Why a standard option has no place in a configuration, and what to do instead; undefined: it has one. */
export const whyNotConfigured = (family: Family, code: number): string | undefined =>
  optionRules(family).notConfigured[code];

/** What to do about a name that no standard option has, where that can be told: mostly the name nearest to it, if any is near. */
export const adviceOnName = (family: Family, name: string): string | undefined => {
  const { standard, otherNames } = optionRules(family);
  const wanted = name.toLowerCase().replaceAll('_', '-');
  const known = otherNames.get(wanted);
  if (known !== undefined) return known;
  const limit = Math.max(2, Math.floor(wanted.length / 4));
  const [best] = standard
    .map((definition) => ({ name: definition.name, distance: editDistance(wanted, definition.name) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= limit ? `did you mean '${best.name}'?` : undefined;
};

/** Levenshtein's distance, one row at a time. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substitute = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(substitute, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};
