/** Where things are in a server's pod: what its configuration and its pod template agree on. */

export const CONFIG_DIRECTORY = '/etc/kea';
export const CONFIG_FILE = 'kea-dhcp4.conf';
/** Kea takes only this directory for its socket, and it must not be looser than 0750. */
export const SOCKET_DIRECTORY = '/run/kea';
export const CONTROL_SOCKET = `${SOCKET_DIRECTORY}/kea4.sock`;
/** Kea takes only this directory for memfile leases. */
export const LEASE_DIRECTORY = '/var/lib/kea';

/** What a server's configuration refers to (bootstrapFiles.ts). */
export interface FilePaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The control channel's password. */
  readonly password: string;
}
