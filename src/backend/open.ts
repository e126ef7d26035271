import type { DatabaseTarget } from '../database/target.ts';
import type { Family } from '../kea/family.ts';
import type { ConfigBackend } from './backend.ts';
import { openPostgresBackend } from './postgres/backend.ts';

/** The configuration backend of a database for one family. Nothing is connected before it is first asked; `close` ends what it opened. */
export const openBackend = (target: DatabaseTarget, family: Family): ConfigBackend =>
  openPostgresBackend(target, family);
