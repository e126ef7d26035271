import { KINDS, type RowKind } from '../kea/kinds.ts';
import { type Change, isEmpty, type Plan, type Records } from '../plan/plan.ts';
import { legible } from '../runtime/legible.ts';
import { BackendUnavailable, StaleObservation } from './backend.ts';
import type { ConfigBackend, Observed, Probe, Revision, Scope } from './backend.ts';
import { openSessions } from './connection.ts';
import type { PostgresConnection, Session } from './connection.ts';
import { observe } from './observe.ts';
import { FAMILY, LOCK, ensureSchema, readRevision } from './schema.ts';
import { from, put } from './sql.ts';
import { writeChanges } from './write.ts';

export type { PostgresConnection } from './connection.ts';

/** From so many changed rows on the planner needs new statistics: without them Kea's query of all subnets may take minutes. */
const BULK = 200;
const CONFIG_TABLES = [
  'dhcp4_shared_network',
  'dhcp4_shared_network_server',
  'dhcp4_subnet',
  'dhcp4_subnet_server',
  'dhcp4_pool',
  'dhcp4_options',
  'dhcp4_options_server',
  'dhcp4_server',
];
/** The tables that rows of a kind are in. */
const TABLES: Readonly<Record<RowKind, readonly string[]>> = {
  network: CONFIG_TABLES,
  subnet: CONFIG_TABLES,
  host: ['hosts', 'dhcp4_options'],
};

/** For the first question of a turn: a server that is gone without a word would keep the turn waiting for the whole of a statement's time. */
const PROBE_MS = 4000;

/** Kea's tables in PostgreSQL (schema 29), and the operator's own schema `kea_operator` beside them. Nothing is connected before the first call. */
export function postgresBackend({ connection }: { readonly connection: PostgresConnection }): ConfigBackend {
  const sessions = openSessions(connection);
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
        const { host, port, database } = connection;
        throw new BackendUnavailable(`PostgreSQL ${host}:${port}/${database}: no answer within ${PROBE_MS} ms`);
      }
    },
    observe: (scope, signal, took) => {
      const read = async (session: Session): Promise<Observed> => {
        const observed = await observe(session, scope);
        took?.(session.taken);
        return observed;
      };
      return withTables(() => sessions.transaction('ISOLATION LEVEL REPEATABLE READ READ ONLY', read, signal), signal);
    },
    revision: (signal) => withTables(() => sessions.plain(readRevision, signal), signal),
    async apply(plan, scope, basis, signal) {
      if (isEmpty(plan)) return basis;
      const revision = await withTables(
        () => sessions.transaction('', (session) => apply(session, plan, scope, basis), signal),
        signal,
      );
      const tables = staleStatistics(plan.changes);
      if (tables.length > 0) await sessions.plain((session) => session.run(`ANALYZE ${tables.join(', ')}`), signal);
      return revision;
    },
    close: () => sessions.close(),
  };
}

async function probe(session: Session): Promise<Probe> {
  const [there] = await session.rows(
    "SELECT to_regclass('schema_version') IS NOT NULL, NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'",
  );
  const writable = there?.[1] === true;
  if (there?.[0] !== true) return { writable };
  const [version] = await session.rows("SELECT version || '.' || minor FROM schema_version");
  return { schemaVersion: legible(String(version?.[0]), 64), writable };
}

/**
 * The one place that opens a write transaction: lock, check, audit revision, rows, ledger. Kea's triggers take the revision from a variable of
 * the *session*, which outlives the transaction, so that no row may be written without a revision made in the same one.
 */
async function apply(session: Session, plan: Plan, scope: Scope, basis: Revision): Promise<Revision> {
  await session.run(LOCK);
  const now = await readRevision(session);
  if (now !== basis) throw new StaleObservation(`somebody wrote meanwhile: revision ${now}, observed was ${basis}`);
  const serverId = await serverIdOf(session, scope.serverTag);
  if (plan.changes.some(({ kind }) => KINDS[kind].inMemory))
    await openAuditRevision(session, plan.changes, scope.serverTag);
  await writeChanges({ session, serverId }, plan.changes);
  await enterIds(session, plan.changes);
  if (plan.records !== undefined) await enterRecords(session, plan.records);
  await session.run('UPDATE kea_operator.state SET writes = writes + 1');
  return readRevision(session);
}

/** The pair's row in dhcp4_server. Kea reads tags only through other rows: the row itself needs no audit, which a revision for it could not have. */
async function serverIdOf(session: Session, tag: string): Promise<number> {
  const find = async (): Promise<number | undefined> => {
    const [row] = await session.rows('SELECT id FROM dhcp4_server WHERE tag = $1', [tag]);
    return row && Number(row[0]);
  };
  const id = await find();
  if (id !== undefined) return id;
  await session.run("SELECT set_config('kea.disable_audit', 'true', true)");
  await session.run(
    "INSERT INTO dhcp4_server (tag, description, modification_ts) VALUES ($1, 'kea-operator', clock_timestamp())",
    [tag],
  );
  await session.run("SELECT set_config('kea.disable_audit', 'false', true)");
  return (await find()) ?? 0;
}

/**
 * Whole seconds, because Kea rounds what it has seen to them and would take a later revision of the same second for an old one. Never before an
 * earlier revision, whatever the clock says: Kea asks for what is later than the last it saw. Cascade: options announce nothing, as
 * their owners are always written with them. A row that is removed may belong to other servers, where there are any: all are told.
 */
async function openAuditRevision(session: Session, changes: readonly Change[], tag: string): Promise<void> {
  const removes = changes.some(({ kind, op }) => KINDS[kind].inMemory && op === 'remove');
  await session.run(
    `SELECT createAuditRevisionDHCP4(
       greatest(
         date_trunc('second', clock_timestamp()),
         (SELECT max(date_trunc('second', modification_ts + interval '0.5 second'))
          FROM (SELECT modification_ts FROM dhcp4_audit_revision ORDER BY id DESC LIMIT 1000) AS latest)),
       CASE WHEN $2 AND EXISTS (SELECT FROM dhcp4_server WHERE tag NOT IN ('all', $1)) THEN 'all' ELSE $1 END,
       $3, true)`,
    [tag, removes, `kea-operator: ${describe(changes)}`],
  );
}

function describe(changes: readonly Change[]): string {
  const counts = Map.groupBy(changes, ({ kind, op }) => `${op} ${kind}`);
  return [...counts].map(([what, { length }]) => `${what} ${length}`).join(', ');
}

/** What a subnet's id is entered as when its row is written: prefix and object, for ever. */
async function enterIds(session: Session, changes: readonly Change[]): Promise<void> {
  const entries = changes.flatMap((change) => {
    if (change.kind !== 'subnet' || change.op === 'remove' || !change.item.marker) return [];
    return [{ subnet_id: change.key, prefix: change.item.body.subnet, object: change.item.marker.object }];
  });
  await put(
    session,
    `INSERT INTO kea_operator.subnet_id (family, subnet_id, prefix, object)
     SELECT ${FAMILY}, r.* ${from('subnet_id bigint, prefix text, object text')}
     ON CONFLICT (family, subnet_id) DO UPDATE SET prefix = excluded.prefix, object = excluded.object
     WHERE (subnet_id.prefix, subnet_id.object) IS DISTINCT FROM (excluded.prefix, excluded.object)`,
    entries,
  );
}

async function enterRecords(session: Session, { policies, definitions }: Records): Promise<void> {
  await put(
    session,
    `UPDATE kea_operator.subnet_id l SET deletion_policy = r.policy ${from('subnet_id bigint, policy text')}
     WHERE l.family = ${FAMILY} AND l.subnet_id = r.subnet_id`,
    [...policies].map(([id, policy]) => ({ subnet_id: id, policy })),
  );
  await put(
    session,
    `INSERT INTO kea_operator.definition (kind, uid) SELECT r.* ${from('kind text, uid text')}
     ON CONFLICT (kind) DO UPDATE SET uid = excluded.uid`,
    [...definitions].map(([kind, uid]) => ({ kind, uid })),
  );
}

function staleStatistics(changes: readonly Change[]): readonly string[] {
  const changed = new Map<string, number>();
  for (const { kind } of changes) {
    for (const table of TABLES[kind]) changed.set(table, (changed.get(table) ?? 0) + 1);
  }
  return [...changed].flatMap(([table, rows]) => (rows >= BULK ? [table] : []));
}
