import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { ROOT } from './cluster.ts';
import { run, until } from './run.ts';

/** A database of its own for one test. */
export interface TestDatabase {
  /** Without TLS. */
  readonly target: DatabaseTarget;
  /** Runs one statement, or several without parameters, as the database's owner; always in the same session. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Throws it away; sessions that are still open are ended. */
  drop(): Promise<void>;
}

/** A real PostgreSQL server, thrown away at the end: on loopback and on a socket, without fsync. */
export interface TestPostgres {
  readonly port: number;
  /** Directory of the socket: what Kea in another network namespace takes as host. */
  readonly socketDir: string;
  /** A fresh database with Kea's schema (and nothing else), or an empty one. */
  database(content?: 'kea' | 'empty'): Promise<TestDatabase>;
  /** Ends every session, so that clients see the connection break, and refuses new ones until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Addresses to listen on beside loopback: of a test network, for servers in namespaces of their own. */
  readonly addresses?: readonly string[];
  /** PEM; given, TLS is offered. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

const USER = 'kea';
const TEMPLATE = 'kea_template';
const KEA_SCHEMA = 'usr/share/kea/scripts/pgsql/dhcpdb_create.pgsql';
const CLUSTER = join(ROOT, 'test/cluster/cluster');

/** Where a program of the test machinery is; provides it first where it is not there yet. */
export const binary = async (name: string): Promise<string> => (await run(CLUSTER, ['bin', name])).trim();

export const startPostgres = async (options: PostgresOptions = {}): Promise<TestPostgres> => {
  const [postgres, initdb, rootfs] = [await binary('postgres'), await binary('initdb'), await binary('kea-rootfs')];
  const dir = await mkdtemp(join(tmpdir(), 'kea-operator-pg-'));
  const password = randomBytes(12).toString('hex');
  const account = await unprivileged();
  await writeFile(join(dir, 'password'), password);
  await chmod(dir, 0o755);
  for (const path of [dir, join(dir, 'password')]) await chown(path, account.uid, account.gid);
  const data = join(dir, 'data');
  const as = ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  await run('setpriv', [
    ...as,
    initdb,
    ...['-D', data, '-U', 'postgres', '--pwfile', join(dir, 'password'), '-A', 'scram-sha-256', '-E', 'UTF8'],
    ...['--locale', 'C.UTF-8', '--no-sync'],
  ]);

  const port = await freePort();
  const settings = {
    listen_addresses: ['127.0.0.1', ...(options.addresses ?? [])].join(','),
    port: String(port),
    unix_socket_directories: dir,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '100',
    shared_buffers: '64MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    ...(await offerTls(dir, options, account)),
  };
  if (options.addresses !== undefined) {
    await appendFile(join(data, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
  }
  // The server goes down with the test process, whatever becomes of that: SIGQUIT is PostgreSQL's immediate shutdown.
  const server = spawn(
    'setpriv',
    [
      ...as,
      '--pdeathsig',
      'QUIT',
      postgres,
      '-D',
      data,
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said: string[] = [];
  server.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const ended = new Promise<void>((resolve) =>
    server.once('exit', () => {
      resolve();
    }),
  );
  const login = (database: string, user: string) => ({ host: '127.0.0.1', port, database, user, password });

  const admin = new pg.Pool({ ...login('postgres', 'postgres'), max: 2 });
  admin.on('error', () => undefined);
  await until('PostgreSQL', 20, () => admin.query('SELECT 1'), 20).catch((error: unknown) => {
    throw new Error(`PostgreSQL did not start:\n${said.join('').slice(-2000)}`, { cause: error });
  });
  await admin.query(`CREATE ROLE ${USER} LOGIN PASSWORD '${password}'`);
  // As kea-db-init has it.
  await admin.query(`ALTER ROLE ${USER} SET jit = off`);
  await admin.query(`CREATE DATABASE ${TEMPLATE} OWNER ${USER}`);
  const owner = new pg.Client(login(TEMPLATE, USER));
  await owner.connect();
  await owner.query(await readFile(join(rootfs, KEA_SCHEMA), 'utf8'));
  await owner.end();

  let databases = 0;
  return {
    port,
    socketDir: dir,
    async database(content = 'kea') {
      const name = `test_${++databases}`;
      await admin.query(
        content === 'kea'
          ? `CREATE DATABASE ${name} OWNER ${USER} TEMPLATE ${TEMPLATE} STRATEGY file_copy`
          : `CREATE DATABASE ${name} OWNER ${USER}`,
      );
      const connection = login(name, USER);
      // One session, so that what a test sets in it stays.
      const { database, ...at } = connection;
      const pool = new pg.Pool({ ...connection, max: 1 });
      pool.on('error', () => undefined);
      return {
        target: { ...at, name: database, sslMode: 'disable' },
        async query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) {
          return (await pool.query<Row>(sql, values && [...values])).rows;
        },
        async drop() {
          await pool.end();
          await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        },
      };
    },
    async pause() {
      await admin.query(`ALTER ROLE ${USER} NOLOGIN`);
      await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${USER}'`);
    },
    async resume() {
      await admin.query(`ALTER ROLE ${USER} LOGIN`);
    },
    async stop() {
      await admin.end();
      server.kill('SIGINT');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** The server insists on a key that is its own. */
const offerTls = async (
  dir: string,
  { tls }: PostgresOptions,
  account: { uid: number; gid: number },
): Promise<Readonly<Record<string, string>>> => {
  if (tls === undefined) return {};
  for (const [name, text] of Object.entries(tls)) {
    const path = join(dir, `server.${name}`);
    await writeFile(path, text, { mode: 0o600 });
    await chown(path, account.uid, account.gid);
  }
  return { ssl: 'on', ssl_cert_file: join(dir, 'server.cert'), ssl_key_file: join(dir, 'server.key') };
};

/** PostgreSQL refuses to run as root: its own user where there is one, else nobody; who is not root stays who they are. */
const unprivileged = async (): Promise<{ uid: number; gid: number }> => {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (own.uid !== 0) return own;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  return { uid: Number(user?.[2] ?? 65_534), gid: Number(user?.[3] ?? 65_534) };
};

/** A port of loopback that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
