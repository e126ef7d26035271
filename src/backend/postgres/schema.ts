/** The operator’s own tables beside Kea’s, their migrations, and the lock of its writers. */
import type { Family } from '../../kea/family.ts';
import { legible } from '../../runtime/legible.ts';
import type { Revision } from '../backend.ts';
import type { Session, Sessions } from './connection.ts';

/** Serialises everybody who writes with us: a revision that commits late with an older time would never be seen by Kea. */
export const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('kea-operator', 0))";

/**
 * The operator's own tables live in a schema of their own, so that kea-admin's upgrades never meet them. Each entry brings the schema
 * from the version before to the next.
 *
 * `subnet_id` is the ledger: which id a prefix was given, in its address family (4). What its Subnet last said of its deletion was kept there by earlier
 * versions, and is read until the row is written again: its marker says it now. Nothing is ever removed from it, as leases and reservations keep an id for longer than its row.
 * `writes` counts our transactions of a family; the count in `state` is that of earlier versions. `definition` says which CustomResourceDefinition rows were made for: one that was made anew has lost its objects.
 */
const MIGRATIONS = [
  `CREATE TABLE kea_operator.subnet_id (
     subnet_id bigint PRIMARY KEY,
     prefix text NOT NULL,
     object text NOT NULL,
     since timestamptz NOT NULL DEFAULT now()
   );
   CREATE INDEX subnet_id_prefix ON kea_operator.subnet_id (prefix);
   CREATE TABLE kea_operator.state (
     single boolean PRIMARY KEY DEFAULT true CHECK (single),
     version integer NOT NULL,
     writes bigint NOT NULL DEFAULT 0
   );
   INSERT INTO kea_operator.state (version) VALUES (0);`,
  `ALTER TABLE kea_operator.subnet_id
     ADD COLUMN family smallint NOT NULL DEFAULT 4,
     ADD COLUMN deletion_policy text,
     DROP CONSTRAINT subnet_id_pkey,
     ADD PRIMARY KEY (family, subnet_id);
   CREATE TABLE kea_operator.definition (
     kind text PRIMARY KEY,
     uid text NOT NULL
   );`,
  `CREATE TABLE kea_operator.writes (
     family smallint PRIMARY KEY,
     count bigint NOT NULL
   );
   INSERT INTO kea_operator.writes SELECT 4, writes FROM kea_operator.state;
   INSERT INTO kea_operator.writes VALUES (6, 0);`,
];

/** Makes the operator's own tables where they are missing or old. */
export const ensureSchema = async (sessions: Sessions, signal?: AbortSignal): Promise<void> => {
  if ((await sessions.plain(version, signal)) >= MIGRATIONS.length) return;
  await sessions.transaction(
    '',
    async (session) => {
      await session.run(LOCK);
      await session.run('CREATE SCHEMA IF NOT EXISTS kea_operator');
      for (const migration of MIGRATIONS.slice(await version(session))) await session.run(migration);
      await session.run(`UPDATE kea_operator.state SET version = ${MIGRATIONS.length}`);
    },
    signal,
  );
};

const version = async (session: Session): Promise<number> => {
  const [there] = await session.rows("SELECT to_regclass('kea_operator.state') IS NOT NULL");
  if (there?.[0] !== true) return 0;
  const [row] = await session.rows('SELECT version FROM kea_operator.state');
  return Number(row?.[0] ?? 0);
};

/** The revision as backend.ts speaks of it. A status shows it. */
export const readRevision = async (session: Session, { tables, version }: Family): Promise<Revision> => {
  const [row] = await session.query<{ revision: string }>(`
    SELECT (SELECT coalesce(max(id), 0) FROM ${tables.auditRevisions})::text
      || '.' || (SELECT count FROM kea_operator.writes WHERE family = ${version})::text AS revision`);
  return legible(row?.revision ?? '', 128);
};
