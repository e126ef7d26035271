/** Every adapter of the port ConfigBackend, for the suites that hold them to the same. */
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import type { ConfigBackend } from '../../src/backend/backend.ts';
import { type HostBody, hostKey, type NetworkBody, type SubnetBody } from '../../src/kea/state.ts';
import { memoryBackend } from '../support/memoryBackend.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { openPostgresHarness } from './configBackendPostgres.ts';

/** A backend, and what other users of its database do. */
export interface Harness {
  readonly backend: ConfigBackend;
  foreignNetwork(body: NetworkBody, serverTags: readonly string[]): Promise<void>;
  foreignSubnet(body: SubnetBody, serverTags: readonly string[]): Promise<void>;
  foreignHost(body: HostBody): Promise<void>;
  lease(address: string, subnetId: number): Promise<void>;
  close(): Promise<void>;
}

const memoryHarness = (): Harness => {
  const backend = memoryBackend();
  return {
    backend,
    foreignNetwork: async (body, serverTags) => {
      await Promise.resolve(backend.rows.networks.set(body.name, { item: { body }, serverTags }));
    },
    foreignSubnet: async (body, serverTags) => {
      await Promise.resolve(backend.rows.subnets.set(body.id, { item: { body }, serverTags }));
    },
    foreignHost: async (body) => {
      await Promise.resolve(backend.rows.hosts.set(hostKey(body), { body }));
    },
    lease: async (address, subnetId) => {
      await Promise.resolve(backend.rows.leases.push({ address, subnetId }));
    },
    close: () => backend.close(),
  };
};

/** Runs the suite on each adapter; `harness` gives the one of the present test, which is empty at its start. */
export const describeBackends = (what: string, suite: (harness: () => Harness) => void): void => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  describe.each([
    ['memory', () => Promise.resolve(memoryHarness())],
    ['PostgreSQL', () => openPostgresHarness(server)],
  ] as const)(`${what} in %s`, (_, open) => {
    let harness: Harness;
    beforeEach(async () => {
      harness = await open();
    });
    afterEach(() => harness.close());

    suite(() => harness);
  });
};
