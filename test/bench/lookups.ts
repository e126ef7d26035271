/** PURE: the configurations that are compared. */
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { contentOf } from '../../src/kea/json.ts';
import type { ServerConfig } from '../../src/workload/bootstrap/digest.ts';

/** Clients without a reservation, and with one. */
export const KINDS = ['unreserved', 'reserved'] as const;
export type Kind = (typeof KINDS)[number];

/** How a server looks reservations up. */
export interface Lookup {
  readonly name: string;
  /** hostReservationIdentifiers of the pair. Undefined: the default. */
  readonly identifiers?: readonly string[];
  readonly database: boolean;
  readonly cache: boolean;
}

const NARROW = ['hw-address'];

/** The rival comes first: no server can be faster than one that looks nothing up. */
export const LOOKUPS: readonly Lookup[] = [
  { name: 'no hosts database', database: false, cache: false },
  { name: 'all', database: true, cache: true },
  { name: 'all', database: true, cache: false },
  { name: '`[hw-address]`', identifiers: NARROW, database: true, cache: true },
  { name: '`[hw-address]`', identifiers: NARROW, database: true, cache: false },
];

const CACHE = 'libdhcp_host_cache.so';

/**
 * Kea writes no lease that it wrote within a quarter of its time (cache-threshold). Few clients come back that soon, but those of the
 * load do: they would cost less than others. No whole number: Kea 3.0 takes one, and then fails at every packet.
 */
export const CACHE_THRESHOLD = 0.000_01;

/** The operator's configuration without what this one is to do without. @throws Error where there is nothing to leave out */
export const lookupConfig = (
  config: ServerConfig,
  { database, cache }: Pick<Lookup, 'database' | 'cache'>,
): ServerConfig => {
  const { 'hosts-databases': databases, 'hooks-libraries': hooks, ...rest } = contentOf(DHCPV4, config);
  const libraries = hooks as readonly { readonly library: string }[];
  const others = libraries.filter(({ library }) => library !== CACHE);
  if (databases === undefined || others.length === libraries.length) {
    throw new Error('the operator renders no hosts database or no cache any more: this comparison says nothing');
  }
  return {
    Dhcp4: {
      ...rest,
      ...(database ? { 'hosts-databases': databases } : {}),
      'hooks-libraries': cache ? libraries : others,
      'cache-threshold': CACHE_THRESHOLD,
    },
  };
};
