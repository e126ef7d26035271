import type { KeaClient, KeaEndpoint } from '../kea/client.ts';
import { createControlLeases } from './control.ts';
import type { LeaseSourceDescriptor } from './descriptor.ts';
import { createLeasePool, createPostgresLeases } from './postgres.ts';
import type { LeaseSource } from './source.ts';

export interface OpenLeaseSourceOptions {
  /** Makes the client of a server's control channel. */
  readonly connect: (endpoint: KeaEndpoint) => KeaClient;
  /** Told of database connections that broke while idle. */
  readonly onError: (error: Error) => void;
}

/** The source that a descriptor describes. Nothing is connected before it is first asked; `close` ends what it opened. */
export const openLeaseSource = (descriptor: LeaseSourceDescriptor, options: OpenLeaseSourceOptions): LeaseSource =>
  descriptor.storage === 'PostgreSQL'
    ? createPostgresLeases(createLeasePool(descriptor.database, options.onError))
    : createControlLeases({ servers: descriptor.servers.map(options.connect) });
