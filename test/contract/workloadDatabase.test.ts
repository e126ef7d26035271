/** Roles and databases of pairs on a real PostgreSQL server. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { postgresTls } from '../../src/database/tls.ts';
import { type Authority, ensureAuthority, issueLeaf } from '../../src/workload/certificates.ts';
import { DatabaseUnavailable, dropDatabase, ensureDatabase } from '../../src/workload/database/postgres/ensure.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';

let server: TestPostgres;
let database: TestDatabase;
let authority: Authority;
/** The superuser; the test server gives it the password of its only other role. */
let superuser: DatabaseTarget;
let names = 0;

beforeAll(async () => {
  authority = await ensureAuthority('database', undefined, Date.now());
  const spec = { commonName: 'postgresql', addresses: ['127.0.0.1'], use: 'server' } as const;
  server = await startPostgres({ tls: await issueLeaf(authority, spec, Date.now()) });
  database = await server.database('empty');
  const { password, port } = database.target;
  const ca = authority.current.cert;
  superuser = { host: '127.0.0.1', port, name: 'postgres', user: 'postgres', password, sslMode: 'verify-full', ca };
});
afterAll(async () => {
  await database.drop();
  await server.stop();
});

const target = (): DatabaseTarget => {
  const name = `kea_net_office-${++names}`;
  return { ...superuser, name, user: name, password: `p'a\\ss-${names}` };
};

const query = async (as: DatabaseTarget, sql: string): Promise<Record<string, unknown>[]> => {
  const { name, sslMode, ca, ...login } = as;
  const client = new pg.Client({ ...login, database: name, ssl: postgresTls({ host: as.host, ca }, sslMode) });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

/** A role that may create roles and databases, and nothing more: what documentation asks for. */
const modestAdmin = async (): Promise<DatabaseTarget> => {
  const user = `admin_${++names}`;
  await query(superuser, `CREATE ROLE ${user} LOGIN CREATEROLE CREATEDB PASSWORD 'admin'`);
  return { ...superuser, user, password: 'admin' };
};

describe.each([
  ['the superuser', () => Promise.resolve(superuser)],
  ['a role with CREATEROLE and CREATEDB', modestAdmin],
])('as %s', (_who, adminOf) => {
  it('makes a role that owns its database and may do nothing else, and then nothing more', async () => {
    const [admin, wanted] = [await adminOf(), target()];
    expect(await ensureDatabase(admin, wanted)).toBe('changed');
    expect(await ensureDatabase(admin, wanted)).toBe('unchanged');
    await query(wanted, 'CREATE TABLE mine (a int)');
    const roles = await query(superuser, `SELECT * FROM pg_roles WHERE rolname = '${wanted.user}'`);
    expect(roles).toMatchObject([{ rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolreplication: false }]);
    // From PostgreSQL 16 on who made a role stays its administrator, without being able to act as it.
    const members = await query(
      superuser,
      `SELECT 1 FROM pg_auth_members WHERE roleid = '"${wanted.user}"'::regrole
       AND to_jsonb(pg_auth_members) ->> 'set_option' IS DISTINCT FROM 'false'`,
    );
    expect(members).toEqual([]);
  });

  it('lets nobody else connect to it', async () => {
    const [admin, one, other] = [await adminOf(), target(), target()];
    await ensureDatabase(admin, one);
    await ensureDatabase(admin, other);
    await expect(query({ ...other, name: one.name }, 'SELECT 1')).rejects.toThrow('permission denied for database');
  });

  it('gives a role the password that it should have', async () => {
    const [admin, wanted] = [await adminOf(), target()];
    await ensureDatabase(admin, wanted);
    const changed = { ...wanted, password: 'another' };
    expect(await ensureDatabase(admin, changed)).toBe('changed');
    expect(await query(changed, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(query(wanted, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('makes the database of a role that was made before', async () => {
    const [admin, wanted] = [await adminOf(), target()];
    await ensureDatabase(admin, wanted);
    await query(superuser, `DROP DATABASE "${wanted.name}"`);
    expect(await ensureDatabase(admin, wanted)).toBe('changed');
    expect(await query(wanted, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('removes role and database with what is in them, also under an open session, and then nothing more', async () => {
    const [admin, wanted] = [await adminOf(), target()];
    await ensureDatabase(admin, wanted);
    const { name, sslMode, ca, ...login } = wanted;
    const open = new pg.Client({ ...login, database: name, ssl: postgresTls({ host: wanted.host, ca }, sslMode) });
    open.on('error', () => undefined);
    await open.connect();
    await open.query('CREATE TABLE mine (a int)');
    await dropDatabase(admin, wanted);
    const left = `SELECT rolname FROM pg_roles WHERE rolname = '${name}' UNION SELECT datname FROM pg_database WHERE datname = '${name}'`;
    expect(await query(superuser, left)).toEqual([]);
    await dropDatabase(admin, wanted);
    await open.end().catch(() => undefined);
    expect(await ensureDatabase(admin, wanted)).toBe('changed');
  });

  it('removes the role of a database that is gone already', async () => {
    const [admin, wanted] = [await adminOf(), target()];
    await ensureDatabase(admin, wanted);
    await query(superuser, `DROP DATABASE "${wanted.name}"`);
    await dropDatabase(admin, wanted);
    expect(await query(superuser, `SELECT 1 FROM pg_roles WHERE rolname = '${wanted.user}'`)).toEqual([]);
  });

  it('removes no database that belongs to somebody else', async () => {
    const [admin, one, other] = [await adminOf(), target(), target()];
    await ensureDatabase(admin, one);
    await expect(dropDatabase(admin, { ...other, name: one.name })).rejects.toThrow(
      `database "${one.name}" belongs to the role "${one.user}"`,
    );
    expect(await query(one, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('removes no role that has something elsewhere', async () => {
    const [admin, one, other] = [await adminOf(), target(), target()];
    await ensureDatabase(admin, one);
    await ensureDatabase(admin, { ...one, name: other.name });
    await dropDatabase(admin, one);
    await expect(query(one, 'SELECT 1')).rejects.toThrow(`database "${one.name}" does not exist`);
    expect(await query({ ...one, name: other.name }, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('refuses a database that belongs to somebody else', async () => {
    const [admin, one, other] = [await adminOf(), target(), target()];
    await ensureDatabase(admin, one);
    await expect(ensureDatabase(admin, { ...other, name: one.name })).rejects.toThrow(
      `database "${one.name}" is there already and belongs to the role "${one.user}"`,
    );
  });
});

describe('the connection', () => {
  it.each([
    ['verify-full', '127.0.0.1', true],
    ['verify-full', 'localhost', false],
    ['verify-ca', 'localhost', true],
    ['require', 'localhost', true],
  ] as const)('with %s to %s: %s', async (sslMode, host, works) => {
    const attempt = query({ ...superuser, sslMode, host }, 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    if (works) expect(await attempt).toEqual([{ ssl: true }]);
    else await expect(attempt).rejects.toThrow(/altnames/);
  });

  it('is refused by a certificate of another authority', async () => {
    const ca = (await ensureAuthority('other', undefined, Date.now())).current.cert;
    await expect(ensureDatabase({ ...superuser, ca }, { ...target(), ca })).rejects.toThrow(DatabaseUnavailable);
  });

  it('says which server and role it was about, and no password', async () => {
    const wanted = target();
    const error = await ensureDatabase({ ...superuser, password: 'wrong-secret' }, wanted).catch(String);
    expect(error).toContain(`PostgreSQL 127.0.0.1:${superuser.port}, role "postgres": password authentication failed`);
    expect(error).not.toContain('wrong-secret');
    expect(error).not.toContain(wanted.password);
  });

  it('never shows the server a password in clear', async () => {
    await query(superuser, `ALTER SYSTEM SET log_statement = 'all'`);
    const wanted = target();
    await ensureDatabase(superuser, wanted);
    const stored = await query(superuser, `SELECT rolpassword FROM pg_authid WHERE rolname = '${wanted.user}'`);
    expect(stored).toEqual([{ rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$4096:/) as string }]);
  });
});
