/**
 * A connection to a pair's database that breaks in the middle of a query, for everything that reads or writes one: the caller hears of it
 * in the port's own words, the process lives (an `error` that nobody listens to would fail this run), and the next call works.
 */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BackendUnavailable } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { openLeaseSource } from '../../src/leases/open.ts';
import { LeasesUnavailable } from '../../src/leases/source.ts';
import { DatabaseUnavailable, ensureDatabase } from '../../src/workload/database/postgres/ensure.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { become, SCOPE, subnet } from '../support/rows.ts';
import { until } from '../support/run.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcpProxy.ts';

let server: TestPostgres;
let database: TestDatabase;
let proxy: TcpProxy;
/** Sessions of the superuser, past the proxy: one holds locks; the other looks on, as a transaction sees the activity of its beginning. */
let locker: pg.Client;
let admin: pg.Client;

const superuser = async (): Promise<pg.Client> => {
  const { password, name } = database.target;
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, database: name, user: 'postgres', password });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

beforeAll(async () => {
  server = await startPostgres();
  proxy = await startTcpProxy(server.port);
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});
beforeEach(async () => {
  database = await server.database();
  [locker, admin] = [await superuser(), await superuser()];
});
afterEach(async () => {
  await locker.end();
  await admin.end();
  await until('PostgreSQL', 20, () => database.drop().then(() => true), 100);
});

/** What is used, as it is opened through the proxy. */
interface Port {
  readonly unavailable: new (message: string) => Error;
  /** Held by another session, keeps a call waiting in the middle of a query. */
  readonly lock: string;
  readonly open: () => { readonly call: () => Promise<unknown>; readonly close: () => Promise<void> };
}

const through = (): DatabaseTarget => ({ ...database.target, port: proxy.port });
let names = 0;

const ports: readonly (readonly [string, Port])[] = [
  [
    'a ConfigBackend that reads',
    {
      unavailable: BackendUnavailable,
      lock: 'dhcp4_subnet IN ACCESS EXCLUSIVE MODE',
      open: () => {
        const backend = openBackend(through(), DHCPV4);
        return { call: () => backend.observe(SCOPE), close: () => backend.close() };
      },
    },
  ],
  [
    'a ConfigBackend that writes',
    {
      unavailable: BackendUnavailable,
      lock: 'dhcp4_subnet IN EXCLUSIVE MODE',
      open: () => {
        const backend = openBackend(through(), DHCPV4);
        return {
          call: () => become(backend, { subnets: [subnet(++names, '192.0.2.0/24')] }),
          close: () => backend.close(),
        };
      },
    },
  ],
  [
    'a LeaseSource',
    {
      unavailable: LeasesUnavailable,
      lock: 'lease4 IN ACCESS EXCLUSIVE MODE',
      open: () => {
        const descriptor = {
          namespace: 'dhcp',
          pair: 'office',
          ipFamily: 'IPv4',
          storage: 'PostgreSQL',
          database: through(),
        } as const;
        const source = openLeaseSource(descriptor, DHCPV4, () => undefined);
        return { call: () => source.page(10), close: () => source.close() };
      },
    },
  ],
  [
    'ensureDatabase',
    {
      unavailable: DatabaseUnavailable,
      // Logins read the table of roles, CREATE ROLE writes it.
      lock: 'pg_authid IN SHARE MODE',
      open: () => {
        const superuser = { ...through(), name: 'postgres', user: 'postgres' };
        const name = `pair_${++names}`;
        return {
          call: () => ensureDatabase(superuser, { ...superuser, name, user: name, password: 'secret' }),
          close: () => Promise.resolve(),
        };
      },
    },
  ],
];

/** The backend that waits for the lock. */
const waiting = (): Promise<number> =>
  until(
    'a query that waits',
    10,
    async () => {
      const { rows } = await admin.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND backend_type = 'client backend'",
      );
      return rows[0]?.pid;
    },
    20,
  );

const faults: readonly (readonly [string, () => Promise<void>])[] = [
  [
    'whose backend is ended',
    async () => {
      await admin.query('SELECT pg_terminate_backend($1)', [await waiting()]);
    },
  ],
  [
    'whose TCP connection breaks',
    async () => {
      await waiting();
      proxy.cut();
    },
  ],
  [
    'whose PostgreSQL crashes',
    async () => {
      process.kill(await waiting(), 'SIGKILL');
    },
  ],
];

describe.each(ports)('%s', (_, { unavailable, lock, open }) => {
  it.each(faults)(`%s in the middle of a query`, async (__, breakIt) => {
    const { call, close } = open();
    await locker.query(`BEGIN; LOCK TABLE ${lock}`);
    const called = call().catch((error: unknown) => error);
    await breakIt();
    const error = await called;
    expect(error).toBeInstanceOf(unavailable);
    expect(String(error)).toMatch(/PostgreSQL.*: .*(terminat|ECONNRESET|closed|crash)/s);
    await locker.end();
    await until('the next call', 20, () => call().then(() => true), 50);
    await close();
  });
});
