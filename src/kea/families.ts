/** The address families, by their version and by the word that custom resources have for them. */
import { DHCPV4 } from './dhcpv4.ts';
import { DHCPV6 } from './dhcpv6.ts';
import type { Family, Version } from './family.ts';

/** Kubernetes' own words (`ipFamilies` of a Service). */
export const IP_FAMILIES = { IPv4: DHCPV4, IPv6: DHCPV6 } as const satisfies Readonly<Record<string, Family>>;
export type IPFamily = keyof typeof IP_FAMILIES;
export const IP_FAMILY_NAMES = ['IPv4', 'IPv6'] as const satisfies readonly IPFamily[];

export const FAMILIES: readonly Family[] = Object.values(IP_FAMILIES);

const WORDS: Readonly<Record<Version, IPFamily>> = { 4: 'IPv4', 6: 'IPv6' };
export const ipFamilyOf = ({ version }: Pick<Family, 'version'>): IPFamily => WORDS[version];

/** The family whose addresses have this form; of what is no address the older one. */
export const familyOfText = (text: string): Family => (text.includes(':') ? DHCPV6 : DHCPV4);
