import { connectKea } from '../kea/connect.ts';
import type { Family } from '../kea/family.ts';
import { createControlLeases } from './control.ts';
import type { LeaseSourceDescriptor } from './descriptor.ts';
import { openPostgresLeases } from './postgres/source.ts';
import type { LeaseSource } from './source.ts';

/** A page of a thousand leases takes Kea some 15 ms; the partner is asked where one server does not answer in time. */
const ANSWER_MS = 5_000;

/**
 * The source that a descriptor describes. Nothing is connected before it is first asked; `close` ends what it opened.
 * @param onError Told of database connections that broke while nobody used them.
 */
export const openLeaseSource = (
  descriptor: LeaseSourceDescriptor,
  family: Family,
  onError: (error: Error) => void,
): LeaseSource =>
  descriptor.storage === 'PostgreSQL'
    ? openPostgresLeases(descriptor.database, family, onError)
    : createControlLeases({
        family,
        servers: descriptor.servers.map((server) => connectKea(server, family, { timeoutMs: ANSWER_MS })),
      });
