/** A configuration and its identity. */
import { createHmac } from 'node:crypto';
import { canonicalJson } from '../../kea/canonical.ts';
import type { FamilyConfig } from '../../kea/json.ts';

/** The configuration of one server: what `config-set` takes and the file at its start holds. Holds secrets: never logged, never in a status. */
export type ServerConfig = FamilyConfig;

/**
 * Identity of a server's configuration, 16 hexadecimal digits. It shows in annotations and in Kea's answers, and the configuration holds
 * passwords, so it is keyed: nobody can try passwords against it.
 */
export const bootstrapDigest = (body: object, key: string): string =>
  createHmac('sha256', key).update(canonicalJson(body)).digest('hex').slice(0, 16);
