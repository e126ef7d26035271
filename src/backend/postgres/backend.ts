import type { DatabaseTarget } from '../../database/target.ts';
import { withPort } from '../../kea/address.ts';
import { type Family, perFamily } from '../../kea/family.ts';
import { KINDS, type RowKind } from '../../kea/kinds.ts';
import { type Change, isEmpty, type Plan, type Records } from '../../plan/plan.ts';
import { legible } from '../../runtime/legible.ts';
import {
  BackendUnavailable,
  type ConfigBackend,
  type Observed,
  type Probe,
  type Revision,
  type Scope,
  StaleObservation,
} from '../backend.ts';
import { openSessions, type Session } from './connection.ts';
import { observe } from './observe.ts';
import { ensureSchema, LOCK, readRevision } from './schema.ts';
import { from, put } from './sql.ts';
import { writeChanges } from './write.ts';

/** From so many changed rows on the planner needs new statistics: without them Kea's query of all subnets may take minutes. */
const BULK = 200;
/** The tables that rows of a kind are in. */
const tablesOf = perFamily(({ tables }): Readonly<Record<RowKind, readonly string[]>> => {
  const { network, subnet, pool, pdPool, reserved, options, servers, optionDef } = tables;
  const tagged = [network.name, subnet.name, options].flatMap((name) => [name, `${name}_server`]);
  const ofConfig = [...tagged, pool.name, ...(pdPool ? [pdPool.name] : []), servers];
  const ofDefinitions = [optionDef.name, `${optionDef.name}_server`];
  return {
    'option-def': ofDefinitions,
    class: [tables.class.name, `${tables.class.name}_server`, `${tables.class.name}_order`, ...ofDefinitions, options],
    network: ofConfig,
    subnet: ofConfig,
    host: ['hosts', ...(reserved === undefined ? [] : [reserved]), options],
  };
});

/** For the first question of a pass: a server that is gone without a word would keep the pass waiting for the whole of a statement's time. */
const PROBE_MS = 4000;

/** Kea's tables in PostgreSQL (schema 29), and the operator's own schema `kea_operator` beside them. Nothing is connected before the first call. */
export const openPostgresBackend = (target: DatabaseTarget, family: Family): ConfigBackend => {
  const sessions = openSessions(target);
  let prepared: Promise<void> | undefined;

  /** With the operator's own tables made before: once, and again after each failure, as the database may have lost them with all else. */
  const withTables = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      await (prepared ??= ensureSchema(sessions, signal));
      return await work();
    } catch (error) {
      prepared = undefined;
      throw error;
    }
  };

  return {
    probe: async (signal) => {
      const limit = AbortSignal.timeout(PROBE_MS);
      try {
        return await sessions.plain(probe, signal === undefined ? limit : AbortSignal.any([signal, limit]));
      } catch (error) {
        signal?.throwIfAborted();
        if (!limit.aborted) throw error;
        const { host, port, name } = target;
        throw new BackendUnavailable(`PostgreSQL ${withPort(host, port)}/${name}: no answer within ${PROBE_MS} ms`);
      }
    },
    observe: (scope, signal, took) => {
      const read = async (session: Session): Promise<Observed> => {
        const observed = await observe(session, family, scope);
        took?.(session.taken);
        return observed;
      };
      return withTables(() => sessions.transaction('ISOLATION LEVEL REPEATABLE READ READ ONLY', read, signal), signal);
    },
    revision: (signal) => withTables(() => sessions.plain((session) => readRevision(session, family), signal), signal),
    async apply(plan, scope, basis, signal, mayCommit) {
      if (isEmpty(plan)) return basis;
      const write = async (session: Session): Promise<Revision> => {
        const written = await apply(session, family, plan, scope, basis);
        mayCommit?.();
        return written;
      };
      const revision = await withTables(() => sessions.transaction('', write, signal), signal);
      const tables = staleStatistics(family, plan.changes);
      if (tables.length > 0) await sessions.plain((session) => session.run(`ANALYZE ${tables.join(', ')}`), signal);
      return revision;
    },
    close: () => sessions.close(),
  };
};

const probe = async (session: Session): Promise<Probe> => {
  const [there] = await session.rows(
    "SELECT to_regclass('schema_version') IS NOT NULL, NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'",
  );
  const writable = there?.[1] === true;
  if (there?.[0] !== true) return { writable };
  const [version] = await session.rows("SELECT version || '.' || minor FROM schema_version");
  return { schemaVersion: legible(String(version?.[0]), 64), writable };
};

/**
 * The one place that opens a write transaction: lock, check, audit revision, rows, ledger. Kea's triggers take the revision from a variable of
 * the *session*, which outlives the transaction, so that no row may be written without a revision made in the same one.
 */
const apply = async (
  session: Session,
  family: Family,
  plan: Plan,
  scope: Scope,
  basis: Revision,
): Promise<Revision> => {
  await session.run(LOCK);
  const now = await readRevision(session, family);
  if (now !== basis) throw new StaleObservation(`somebody wrote meanwhile: revision ${now}, observed was ${basis}`);
  const serverId = await serverIdOf(session, family, scope.serverTag);
  if (plan.changes.some(({ kind }) => KINDS[kind].inMemory))
    await openAuditRevision(session, family, plan.changes, scope.serverTag);
  await writeChanges({ session, family, serverId }, plan.changes);
  await enterIds(session, family, plan.changes);
  if (plan.records !== undefined) await enterRecords(session, plan.records);
  await session.run(`UPDATE kea_operator.writes SET count = count + 1 WHERE family = ${family.version}`);
  return readRevision(session, family);
};

/** The pair's row in the table of servers. Kea reads tags only through other rows: the row itself needs no audit, which a revision for it could not have. */
const serverIdOf = async (session: Session, { tables }: Family, tag: string): Promise<number> => {
  const find = async (): Promise<number | undefined> => {
    const [row] = await session.rows(`SELECT id FROM ${tables.servers} WHERE tag = $1`, [tag]);
    return row && Number(row[0]);
  };
  const id = await find();
  if (id !== undefined) return id;
  await session.run("SELECT set_config('kea.disable_audit', 'true', true)");
  await session.run(
    `INSERT INTO ${tables.servers} (tag, description, modification_ts) VALUES ($1, 'kea-operator', clock_timestamp())`,
    [tag],
  );
  await session.run("SELECT set_config('kea.disable_audit', 'false', true)");
  return (await find()) ?? 0;
};

/**
 * Whole seconds, because Kea rounds what it has seen to them and would take a later revision of the same second for an old one. Never before an
 * earlier revision, whatever the clock says: Kea asks for what is later than the last it saw. Cascade: options announce nothing, as
 * their owners are always written with them. A row that is removed may belong to other servers, where there are any: all are told.
 */
const openAuditRevision = async (
  session: Session,
  { createAuditRevision, tables }: Family,
  changes: readonly Change[],
  tag: string,
): Promise<void> => {
  const removes = changes.some(({ kind, op }) => KINDS[kind].inMemory && op === 'remove');
  await session.run(
    `SELECT ${createAuditRevision}(
       greatest(
         date_trunc('second', clock_timestamp()),
         (SELECT max(date_trunc('second', modification_ts + interval '0.5 second'))
          FROM (SELECT modification_ts FROM ${tables.auditRevisions} ORDER BY id DESC LIMIT 1000) AS latest)),
       CASE WHEN $2 AND EXISTS (SELECT FROM ${tables.servers} WHERE tag NOT IN ('all', $1)) THEN 'all' ELSE $1 END,
       $3, true)`,
    [tag, removes, `kea-operator: ${describe(changes)}`],
  );
};

const describe = (changes: readonly Change[]): string => {
  const counts = Map.groupBy(changes, ({ kind, op }) => `${op} ${kind}`);
  return [...counts].map(([what, { length }]) => `${what} ${length}`).join(', ');
};

/** What a subnet's id is entered as when its row is written: prefix and object, for ever. What an earlier version kept of its deletion is in the row's marker now. */
const enterIds = async (session: Session, { version }: Family, changes: readonly Change[]): Promise<void> => {
  const entries = changes.flatMap((change) => {
    if (change.kind !== 'subnet' || change.op === 'remove' || !change.item.marker) return [];
    return [{ subnet_id: change.key, prefix: change.item.body.subnet, object: change.item.marker.object }];
  });
  await put(
    session,
    `INSERT INTO kea_operator.subnet_id (family, subnet_id, prefix, object)
     SELECT ${version}, r.* ${from('subnet_id bigint, prefix text, object text')}
     ON CONFLICT (family, subnet_id) DO UPDATE SET prefix = excluded.prefix, object = excluded.object, deletion_policy = NULL
     WHERE (subnet_id.prefix, subnet_id.object) IS DISTINCT FROM (excluded.prefix, excluded.object)
       OR subnet_id.deletion_policy IS NOT NULL`,
    entries,
  );
};

const enterRecords = async (session: Session, { definitions }: Records): Promise<void> => {
  await put(
    session,
    `INSERT INTO kea_operator.definition (kind, uid) SELECT r.* ${from('kind text, uid text')}
     ON CONFLICT (kind) DO UPDATE SET uid = excluded.uid`,
    [...definitions].map(([kind, uid]) => ({ kind, uid })),
  );
};

const staleStatistics = (family: Family, changes: readonly Change[]): readonly string[] => {
  const changed = new Map<string, number>();
  for (const { kind } of changes) {
    for (const table of tablesOf(family)[kind]) changed.set(table, (changed.get(table) ?? 0) + 1);
  }
  return [...changed].flatMap(([table, rows]) => (rows >= BULK ? [table] : []));
};
