/** Role and database of a pair on a PostgreSQL server: made, and removed. */
import pg from 'pg';
import { withSession } from '../../../database/client.ts';
import { wordsOf } from '../../../database/errors.ts';
import type { DatabaseTarget } from '../../../database/target.ts';
import { withPort } from '../../../kea/address.ts';
import { KnownError } from '../../../runtime/errors.ts';
import { legible } from '../../../runtime/legible.ts';
import { scramVerifier } from './scram.ts';

/** The database cannot be reached, refuses the login, or does not do what it is asked. */
export class DatabaseUnavailable extends KnownError {
  override readonly name = 'DatabaseUnavailable';
  readonly reason = 'BackendUnavailable';
}

const SETTINGS = { application: 'kea-operator', connectMs: 5000, statementMs: 30_000 } as const;

/**
 * Makes the role and the database of a pair where they are missing, and gives the role its password where it cannot log in with it.
 * Doing it again changes nothing.
 *
 * The role owns its database and nothing else; nobody but it (and the administrator) may connect there. The administrator needs
 * CREATEROLE and CREATEDB, not more: a member of the new role may make a database for it.
 *
 * @param admin The same server, with a role that may create roles and databases; `name` is a database it may connect to.
 * @throws DatabaseUnavailable
 */
export const ensureDatabase = async (
  admin: DatabaseTarget,
  target: DatabaseTarget,
  signal?: AbortSignal,
): Promise<'unchanged' | 'changed'> => {
  if (await canLogIn(target, signal)) return 'unchanged';
  await asAdmin(admin, prepare(target), signal);
  return 'changed';
};

/**
 * Removes the database of a pair, with everything in it, where its role owns it; then the role, unless that has something elsewhere. Doing it
 * again changes nothing.
 *
 * @throws DatabaseUnavailable
 */
export const dropDatabase = (admin: DatabaseTarget, target: DatabaseTarget, signal?: AbortSignal): Promise<void> =>
  asAdmin(admin, remove(target), signal);

type Work = (client: pg.ClientBase) => Promise<void>;

const asAdmin = async (admin: DatabaseTarget, work: Work, signal?: AbortSignal): Promise<void> => {
  try {
    await withSession(admin, SETTINGS, work, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof DatabaseUnavailable ? error : unavailable(admin, error);
  }
};

const roleExists = async (client: pg.ClientBase, name: string): Promise<boolean> =>
  (await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name])).rowCount !== 0;

const ownerOf = async (client: pg.ClientBase, database: string): Promise<string | undefined> => {
  const sql = 'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1';
  return (await client.query<{ owner: string }>(sql, [database])).rows[0]?.owner;
};

const remove =
  (target: DatabaseTarget): Work =>
  async (client) => {
    const role = pg.escapeIdentifier(target.user);
    const owner = await ownerOf(client, target.name);
    if (owner !== undefined && owner !== target.user) {
      throw new DatabaseUnavailable(`database "${target.name}" belongs to the role "${owner}": it is left alone`);
    }
    if (owner !== undefined) {
      await asMember(client, role, async () => {
        await client.query(`DROP DATABASE ${pg.escapeIdentifier(target.name)} WITH (FORCE)`);
      });
    }
    await client.query(`DROP ROLE IF EXISTS ${role}`).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError) || error.code !== STILL_NEEDED) throw error;
    });
  };

/** SQLSTATE dependent_objects_still_exist. */
const STILL_NEEDED = '2BP01';

const prepare =
  (target: DatabaseTarget): Work =>
  async (client) => {
    const role = pg.escapeIdentifier(target.user);
    const database = pg.escapeIdentifier(target.name);
    const verifier = pg.escapeLiteral(scramVerifier(target.password));
    const options = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ${verifier}`;
    const exists = await roleExists(client, target.user);
    await client.query(`${exists ? 'ALTER' : 'CREATE'} ROLE ${role} ${restrict(options, exists)}`);
    const owner = await ownerOf(client, target.name);
    if (owner !== undefined && owner !== target.user) {
      throw new DatabaseUnavailable(
        `database "${target.name}" is there already and belongs to the role "${legible(owner, 64)}"`,
      );
    }
    if (owner === undefined) await createDatabase(client, role, database);
  };

/** Only a superuser may name SUPERUSER or REPLICATION, even to deny them, when altering a role: an existing role keeps what it has. */
const restrict = (options: string, existing: boolean): string =>
  existing ? options.replace(/^.* PASSWORD/, 'LOGIN PASSWORD') : options;

const createDatabase = (client: pg.ClientBase, role: string, database: string): Promise<void> =>
  asMember(client, role, async () => {
    await client.query(`CREATE DATABASE ${database} OWNER ${role} TEMPLATE template0 ENCODING 'UTF8'`);
    await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${database} FROM PUBLIC`);
  });

/** Who is no superuser must be a member of a role to give it a database, or to remove that; CREATEROLE lets them become one. */
const asMember = async (client: pg.ClientBase, role: string, work: () => Promise<void>): Promise<void> => {
  const { rows } = await client.query<{ all: boolean }>(
    'SELECT rolsuper AS all FROM pg_roles WHERE rolname = current_user',
  );
  const guest = rows[0]?.all !== true;
  if (guest) await client.query(`GRANT ${role} TO CURRENT_USER`);
  try {
    await work();
  } finally {
    if (guest) await client.query(`REVOKE ${role} FROM CURRENT_USER`);
  }
};

/**
 * Whether the role can use its database with its password.
 * @throws DatabaseUnavailable when the server does not answer at all: that says nothing about the role.
 */
const canLogIn = async (target: DatabaseTarget, signal?: AbortSignal): Promise<boolean> => {
  try {
    return await withSession(target, SETTINGS, () => Promise.resolve(true), signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof pg.DatabaseError && REFUSED.test(error.code ?? '')) return false;
    throw unavailable(target, error);
  }
};

/** SQLSTATE classes of a login that the server itself refuses: 28 wrong role or password, 3D no such database, 42501 no right to connect. */
const REFUSED = /^(28|3D)|^42501$/;

/** PostgreSQL's words name the role and the database, never a password. */
const unavailable = (target: DatabaseTarget, error: unknown): DatabaseUnavailable =>
  new DatabaseUnavailable(
    `PostgreSQL ${withPort(target.host, target.port)}, role "${target.user}": ${wordsOf(error)}`,
    {
      cause: error,
    },
  );
