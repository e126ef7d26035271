/** Where things are in a server's pod: what its configuration and its pod template agree on. */
import type { Family } from '../kea/family.ts';

export const CONFIG_DIRECTORY = '/etc/kea';
/** A server's files there, by family: each has a daemon of its own. */
export const filesOf = ({ daemon }: Family) => ({
  config: `${daemon}.conf`,
  /** Where the database of that configuration is, as libpq reads it: kea-start tries it before it starts the server. */
  service: `${daemon}.service`,
  /** Where the one of a configuration to come is: a database that answers there is not kept from the server (kea-db-watch). */
  comingService: `${daemon}.coming.service`,
  /** The last configuration that was proven on the server, for subnets that are given to it: for a start without the database. */
  carried: `${daemon}.carried.conf`,
});
/** These subnets, as the operator keeps them for the pair (carriedRows.ts). */
export const ROWS_DIRECTORY = '/etc/kea-rows';
/** Where kea-start unpacks them to, for the carried configuration to include. */
export const ROWS_FILE = '/run/kea/rows.json';
/** The socket that a family's server answers the probes of its pod on. Kea takes only this directory for it. */
export const controlSocketOf = ({ version }: Pick<Family, 'version'>): string => `/run/kea/kea${version}.sock`;
/** Kea takes only this directory for memfile leases. */
export const LEASE_DIRECTORY = '/var/lib/kea';

/** What a server's configuration refers to (bootstrap/files.ts). */
export interface FilePaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The control channel's password. */
  readonly password: string;
}
