import type { DatabaseTarget } from '../database/target.ts';
import type { ConfigBackend } from './backend.ts';
import { openPostgresBackend } from './postgres/backend.ts';

/** The configuration backend of a database. Nothing is connected before it is first asked; `close` ends what it opened. */
export const openBackend = (target: DatabaseTarget): ConfigBackend => openPostgresBackend(target);
