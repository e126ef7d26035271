/** The options that Kea knows, of either version of DHCP. */
import { type Family, perFamily } from './family.ts';
import type { KnownOption, OptionRules } from './optionDefinition.ts';
import { DHCPV4_OPTIONS } from './optionTable4.ts';
import { DHCPV6_OPTIONS } from './optionTable6.ts';

/** What the family's version of DHCP has of options. */
export const optionRules = (family: Family): OptionRules => (family.version === 4 ? DHCPV4_OPTIONS : DHCPV6_OPTIONS);

/** The definitions by space, the standard ones first. */
export const optionDefinitions: (family: Family) => ReadonlyMap<string, readonly KnownOption[]> = perFamily(
  (family) => {
    const { standard, inside } = optionRules(family);
    return new Map([[family.optionSpace, standard], ...inside]);
  },
);

export const optionByName = (family: Family, name: string, space: string): KnownOption | undefined =>
  optionDefinitions(family)
    .get(space)
    ?.find((definition) => definition.name === name);
export const optionByCode = (family: Family, code: number, space: string): KnownOption | undefined =>
  optionDefinitions(family)
    .get(space)
    ?.find((definition) => definition.code === code);

/** Why a standard option has no place in a configuration, and what to do instead; undefined: it has one. */
export const whyNotConfigured = (family: Family, code: number): string | undefined =>
  optionRules(family).notConfigured[code];
