/** PURE: the configurations that are compared. */
import type { ServerConfig } from '../../src/workload/bootstrap.ts';

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

/** The operator's configuration without what this one is to do without. @throws Error where that is not there */
export const lookupConfig = (
  { Dhcp4 }: ServerConfig,
  { database, cache }: Pick<Lookup, 'database' | 'cache'>,
): ServerConfig => {
  const { 'hosts-databases': databases, 'hooks-libraries': hooks, ...rest } = Dhcp4;
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
    },
  };
};
