/** The TLS modes of a pair's database, against a real PostgreSQL with a certificate for its addresses. */
import { appendFile, chmod, chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { createPostgresLeases, openLeasePool } from '../../src/leases/postgres/source.ts';
import { LeasesUnavailable } from '../../src/leases/source.ts';
import { createAuthority, type TestAuthority } from '../support/certificates.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { until } from '../support/run.ts';

let postgres: TestPostgres;
let database: TestDatabase;
let authority: TestAuthority;
let stranger: TestAuthority;

/** Gives the running server a certificate: PostgreSQL takes up its TLS settings at a SIGHUP. */
const turnOnTls = async (): Promise<void> => {
  const data = join(postgres.socketDir, 'data');
  const { uid, gid } = await stat(data);
  const { cert, key } = await authority.issue('postgres', '127.0.0.1', '::1');
  for (const [name, text] of [
    ['server.crt', cert],
    ['server.key', key],
  ] as const) {
    await writeFile(join(data, name), text);
    await chown(join(data, name), uid, gid);
    await chmod(join(data, name), 0o600);
  }
  await appendFile(join(data, 'postgresql.auto.conf'), 'ssl = on\n');
  const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGHUP');
};

beforeAll(async () => {
  [postgres, authority, stranger] = await Promise.all([
    startPostgres({ addresses: ['::1'] }),
    createAuthority(),
    createAuthority(),
  ]);
  database = await postgres.database();
  await turnOnTls();
  await until('TLS', 10, async () => (await database.query<{ ssl: string }>('SHOW ssl'))[0]?.ssl === 'on', 50);
});
afterAll(async () => {
  await database.drop();
  await postgres.stop();
  await authority.close();
  await stranger.close();
});

/** Whether the session is encrypted, read on a connection as the lease sources make it. */
const isEncrypted = async (how: Pick<DatabaseTarget, 'host' | 'sslMode' | 'ca'>): Promise<boolean | undefined> => {
  const pool = openLeasePool({ ...database.target, ...how }, () => undefined);
  const source = createPostgresLeases(pool, DHCPV4);
  try {
    await source.page(1);
    const sql = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    const { rows } = await pool.use((client) => client.query<{ ssl: boolean }>(sql));
    return rows[0]?.ssl;
  } finally {
    await source.close();
  }
};

describe('a database with TLS', () => {
  it.each([
    ['disable', '127.0.0.1', undefined, false, 'speaks in clear'],
    ['require', '127.0.0.1', undefined, true, 'believes any certificate'],
    ['verify-ca', '127.0.0.1', 'own', true, 'checks the CA'],
    ['verify-ca', 'localhost', 'own', true, 'believes any name of it'],
    ['verify-full', '127.0.0.1', 'own', true, 'checks the address that stands in the certificate'],
    ['verify-full', '::1', 'own', true, 'checks one of IPv6 as well'],
  ] as const)('in mode %s by %s is read: %#', async (sslMode, host, ca, encrypted, because) => {
    const own = ca === undefined ? {} : { ca: authority.ca };
    expect(await isEncrypted({ host, sslMode, ...own }), because).toBe(encrypted);
  });

  it.each([
    ['verify-ca', '127.0.0.1', 'strange', /self-signed certificate|unable to (get|verify)/],
    ['verify-full', '127.0.0.1', 'strange', /self-signed certificate|unable to (get|verify)/],
    ['verify-full', 'localhost', 'own', /localhost.*not in the cert|does not match/],
    ['verify-full', '127.0.0.1', undefined, /self-signed certificate|unable to (get|verify)/],
  ] as const)('in mode %s by %s with CA %s is refused', async (sslMode, host, ca, message) => {
    const pem = ca === 'own' ? authority.ca : stranger.ca;
    const answer = isEncrypted({ host, sslMode, ...(ca === undefined ? {} : { ca: pem }) });
    await expect(answer).rejects.toThrow(LeasesUnavailable);
    await expect(answer).rejects.toThrow(message);
  });

  it('is read in sessions that cannot write', async () => {
    const pool = openLeasePool(database.target, () => undefined);
    await expect(pool.use((client) => client.query('DELETE FROM lease4'))).rejects.toThrow('read-only transaction');
    await pool.close();
  });
});
