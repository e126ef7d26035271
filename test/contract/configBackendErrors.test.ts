/** What is said where PostgreSQL does not answer, or says no. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BackendRefused, BackendUnavailable, type ConfigBackend } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { createAuthority } from '../support/certificates.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { become, network, SCOPE, subnet } from '../support/rows.ts';

let server: TestPostgres;
let ca: string;
let database: TestDatabase;
let backend: ConfigBackend;
beforeAll(async () => {
  const authority = await createAuthority();
  ({ ca } = authority);
  server = await startPostgres({ tls: await authority.issue('postgres', '127.0.0.1') });
  await authority.close();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.database();
  backend = openBackend(database.target, DHCPV4);
});
afterEach(async () => {
  await backend.close();
  await database.drop();
});

describe('errors', () => {
  it('tell a lost database from everything else, and it works again when it is back', async () => {
    await become(backend, { subnets: [subnet(1, '192.0.2.0/24')] });
    await server.pause();
    await expect(backend.observe(SCOPE)).rejects.toThrow(BackendUnavailable);
    await expect(backend.probe()).rejects.toThrow(BackendUnavailable);
    await server.resume();
    expect((await backend.observe(SCOPE)).owned.subnets.size).toBe(1);
  });

  it('make room for another try where the database has lost the operator’s own tables: they are made again', async () => {
    await become(backend, { subnets: [subnet(1, '192.0.2.0/24')] });
    await database.query('DROP SCHEMA kea_operator CASCADE');
    await expect(backend.observe(SCOPE)).rejects.toThrow(BackendUnavailable);
    expect((await backend.observe(SCOPE)).ledger.size).toBe(0);
  });

  it.each([
    ['a wrong password', { password: 'wrong-password' }],
    ['no such database', { name: 'nowhere' }],
    ['nobody listening', { port: 1 }],
    ['no such host', { host: 'host.invalid' }],
    ['a certificate of an unknown authority', { sslMode: 'verify-full' as const }],
  ])('say what is wrong, never the password: %s', async (_, wrong) => {
    const target: DatabaseTarget = { ...database.target, ...wrong };
    const other = openBackend(target, DHCPV4);
    const error: unknown = await other.observe(SCOPE).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BackendUnavailable);
    expect(String(error)).toContain(`${target.host}:${target.port}/${target.name}`);
    expect(JSON.stringify([error, String(error), error instanceof Error ? error.stack : ''])).not.toContain(
      target.password,
    );
    await other.close();
  });

  it.each([
    ['require', 'localhost', undefined],
    ['verify-ca', 'localhost', 'ca'],
    ['verify-full', '127.0.0.1', 'ca'],
  ] as const)('do not come of TLS with %s at %s', async (sslMode, host, given) => {
    const other = openBackend({ ...database.target, host, sslMode, ...(given === undefined ? {} : { ca }) }, DHCPV4);
    await other.observe(SCOPE);
    const [row] = await database.query<{ ssl: boolean }>(
      "SELECT bool_and(s.ssl) AS ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'kea-operator'",
    );
    expect(row?.ssl).toBe(true);
    await other.close();
  });

  it('of a certificate for another name', async () => {
    const other = openBackend({ ...database.target, host: 'localhost', sslMode: 'verify-full', ca }, DHCPV4);
    await expect(other.observe(SCOPE)).rejects.toThrow(/localhost.* does not match certificate/s);
    await other.close();
  });

  it('of a database without Kea’s schema', async () => {
    const empty = await server.database('empty');
    const other = openBackend(empty.target, DHCPV4);
    expect(await other.probe()).toEqual({ writable: true });
    await expect(other.observe(SCOPE)).rejects.toThrow(BackendUnavailable);
    await other.close();
    await empty.drop();
  });

  it('of rows that the database refuses', async () => {
    const { revision } = await backend.observe(SCOPE);
    const item = subnet(1, '192.0.2.0/24', { 'shared-network-name': 'nowhere' });
    const plan = { changes: [{ kind: 'subnet', op: 'create', key: 1, item }], withheld: [] } as const;
    await expect(backend.apply(plan, SCOPE, revision)).rejects.toThrow(BackendRefused);
    await become(backend, { networks: [network('nowhere')], subnets: [item] });
  });

  it('do not come from an observation that is aborted in the middle', async () => {
    await backend.observe(SCOPE);
    await database.query('BEGIN; LOCK TABLE dhcp4_subnet');
    const abort = new AbortController();
    const observing = backend.observe(SCOPE, abort.signal);
    const reason = new Error('enough');
    setTimeout(() => {
      abort.abort(reason);
    }, 50);
    await expect(observing).rejects.toBe(reason);
    await database.query('ROLLBACK');
    expect((await backend.observe(SCOPE)).owned.subnets.size).toBe(0);
  });
});
