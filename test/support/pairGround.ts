/** What pairs of a test file run on: a network, pods, and a database over TLS that is new for each test. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { Family } from '../../src/kea/family.ts';
import { type Authority, ensureAuthority, issueLeaf } from '../../src/workload/certificates.ts';
import { openNetwork, type TestNetwork } from './network.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from './postgres.ts';
import { until } from './run.ts';
import { type RunningPair, startPair } from './runningPair.ts';
import { type PodLab, startPodLab } from './workloadLab.ts';

export interface PairBench {
  readonly network: TestNetwork;
  readonly lab: PodLab;
  readonly database: TestDatabase;
  /** How servers reach the database; a test may set another one. */
  target: DatabaseTarget;
  /** What ends after the test, the last first. */
  readonly stop: (() => Promise<void>)[];
  readonly begin: (
    overrides?: Readonly<Record<string, unknown>>,
    names?: readonly string[],
    more?: { readonly since?: number; readonly family?: Family },
  ) => Promise<RunningPair>;
}

export const usePairBench = (): PairBench => {
  let network: TestNetwork;
  let lab: PodLab;
  let postgres: TestPostgres;
  let authority: Authority;
  let database: TestDatabase;
  let target: DatabaseTarget;
  const stop: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    network = await openNetwork();
    lab = await startPodLab();
    authority = await ensureAuthority('database', undefined, Date.now());
    const spec = { commonName: 'postgresql', addresses: [network.address, network.address6], use: 'server' } as const;
    const tls = await issueLeaf(authority, spec, Date.now());
    postgres = await startPostgres({ addresses: [network.address, network.address6], tls });
  });
  afterAll(async () => {
    await lab.stop();
    await postgres.stop();
    await network.close();
  });
  beforeEach(async () => {
    database = await postgres.database();
    const { user, password, port, name } = database.target;
    const ca = authority.current.cert;
    target = { host: network.address, port, name, user, password, sslMode: 'verify-full', ca };
  });
  afterEach(async () => {
    for (const end of stop.splice(0).reverse()) await end();
    await database.drop();
  });

  return {
    get network() {
      return network;
    },
    get lab() {
      return lab;
    },
    get database() {
      return database;
    },
    get target() {
      return target;
    },
    set target(other) {
      target = other;
    },
    stop,
    begin: (overrides = {}, names, { since, family = DHCPV4 } = {}) => {
      const way = family.version === 6 ? { ...target, host: network.address6 } : target;
      return startPair({ network, lab, target: way, stop, family }, overrides, names, since);
    },
  };
};

/** Waits until all servers of a pair are in the state. */
export const reachState = (pair: RunningPair, state: string): Promise<unknown> =>
  until(`both servers to be ${state}`, 20, async () => (await pair.states()).every((seen) => seen === state), 100);
