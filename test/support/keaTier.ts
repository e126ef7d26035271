import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { ConfigBackend } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { Family } from '../../src/kea/family.ts';
import { type KeaLab, type KeaServer, type KeaServerOptions, startKeaLab } from './kea.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from './postgres.ts';
import { SERVER_TAG } from './rows.ts';

/** The real things of one test file. */
export interface Bench {
  readonly postgres: TestPostgres;
  readonly lab: KeaLab;
  /** Fresh for each test. */
  readonly database: TestDatabase;
  readonly backend: ConfigBackend;
  /** A server of the pair's tag that reads the test's database; it ends with the test. */
  server(options?: KeaServerOptions): Promise<KeaServer>;
}

/** Starts PostgreSQL and a network for the file, and gives each test a database of its own. */
export const useBench = (family: Family = DHCPV4): Bench => {
  let postgres: TestPostgres;
  let lab: KeaLab;
  let database: TestDatabase;
  let backend: ConfigBackend;
  let servers: KeaServer[] = [];
  let started = 0;
  beforeAll(async () => {
    [postgres, lab] = await Promise.all([startPostgres(), startKeaLab()]);
  });
  afterAll(async () => {
    await lab.stop();
    await postgres.stop();
  });
  beforeEach(async () => {
    database = await postgres.database();
    backend = openBackend(database.target, family);
    servers = [];
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await backend.close();
    await database.drop();
  });
  return {
    get postgres() {
      return postgres;
    },
    get lab() {
      return lab;
    },
    get database() {
      return database;
    },
    get backend() {
      return backend;
    },
    async server(options = {}) {
      const name = `kea${++started}`;
      const server = await lab.server(name, {
        family,
        serverTag: SERVER_TAG,
        database: { server: postgres, database },
        ...options,
      });
      servers.push(server);
      return server;
    },
  };
};

/** Classes that the full example refers to. */
export const CLASSES = ['phones', 'printers', 'a class'].map((name) => ({ name }));
