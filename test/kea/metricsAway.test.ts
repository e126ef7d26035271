/** Metrics of a pair of real servers whose database is away: they tell of the servers as they are. */
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOperatorMetrics } from '../../src/metrics/metrics.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createConnections } from '../../src/sync/connections.ts';
import type { ReconcileDeps } from '../../src/sync/reconcile.ts';
import type { PairParts } from '../../src/sync/sessions.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { setup, withDatabase } from '../support/passRig.ts';
import { freePort } from '../support/postgres.ts';
import { until } from '../support/run.ts';

let lab: KeaLab;
let servers: readonly KeaServer[];
let series: (name: string) => Promise<readonly string[]>;
let rig: ReturnType<typeof setup>;
const connections = createConnections(systemClock, createLogger({ level: 'silent' }));

beforeAll(async () => {
  lab = await startKeaLab();
  servers = await lab.pair('hot-standby');
  const registry = new Registry();
  const state = {
    servers: servers.map(({ endpoint }, index) => {
      const name = index === 0 ? 'a' : 'b';
      return { server: { name }, pod: {}, wanted: { config: { Dhcp4: {} } }, endpoint: { ...endpoint, name } };
    }),
    problems: [],
    schema: {},
  };
  // Where nobody listens.
  const login = { host: '127.0.0.1', name: 'kea', user: 'kea', password: '', sslMode: 'disable' };
  const target = { ...login, port: await freePort() };
  rig = setup({
    ...withDatabase,
    databases: { resolve: () => Promise.resolve({ target }) },
    workload: { ensure: () => Promise.resolve(state) },
    settler: {
      look: () => Promise.resolve({ conditions: [], convergences: new Map() }),
      repair: () => Promise.resolve(false),
      configure: () => Promise.resolve({ servers: new Map(), done: [], handsBack: false }),
    },
    connections,
    metrics: createOperatorMetrics(registry),
  } as unknown as Partial<ReconcileDeps & PairParts>);
  series = async (name) => {
    await rig.pass();
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`kea_operator_${name}{`));
    return lines.map((line) =>
      line
        .replace(/^.*pair="hq",?/, '')
        .replace(',ip_family="IPv4"', '')
        .replace('}', ''),
    );
  };
});
afterAll(async () => {
  await connections.close();
  await lab.stop();
});

it('one that ends is told of, and of the other the state that it is in', async () => {
  await until('both to work together', 20, async () => {
    const states = await series('server_ha_state');
    return states.filter((line) => line.includes('hot-standby')).length === 2;
  });
  expect(await series('server_up')).toEqual(['server="a" 1', 'server="b" 1']);
  expect(await series('server_unacked_clients')).toEqual(['server="a" 0', 'server="b" 0']);
  expect((await series('server_clock_skew_seconds')).map((line) => line.split(' ')[0])).toEqual([
    'server="a"',
    'server="b"',
  ]);
  await servers[1]?.stop();
  expect(await series('server_up')).toEqual(['server="a" 1', 'server="b" 0']);
  expect(await series('server_ha_state')).toEqual([expect.stringMatching(/^server="a",state="[a-z-]+" 1$/)]);
  expect(await series('server_clock_skew_seconds')).toEqual([]);
  expect(await series('database_up')).toEqual([' 0']);
});
