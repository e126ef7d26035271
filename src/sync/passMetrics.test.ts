/** What the metrics of a pair are after passes that came to their end or did not: the real metrics, and passes over memory alone. */
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { pair } from '../../test/support/objects.ts';
import { setup, withDatabase } from '../../test/support/passRig.ts';
import type { HAPair } from '../api/index.ts';
import { BackendUnavailable } from '../backend/backend.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import { createOperatorMetrics } from '../metrics/metrics.ts';
import { passKeyOf } from './passKey.ts';
import type { ReconcileDeps } from './reconcile.ts';
import type { PairParts } from './sessions.ts';

const SIX = passKeyOf('prod/hq', DHCPV6);

const start = () => {
  const registry = new Registry();
  const reachable = new Map([
    ['a', true],
    ['b', true],
  ]);
  const status = { pid: 1, uptime: 9, reload: 9, sockets: { status: 'ready' } };
  const servers = [...reachable.keys()].map((name) => ({
    client: { family: DHCPV4, name },
    look: () =>
      Promise.resolve(reachable.get(name) ? { name, reachable: true, status, subnets: 3 } : { name, reachable: false }),
    lastFollowed: () => ({ synchronized: true }),
  }));
  const database = { probe: () => Promise.reject(new BackendUnavailable('connection refused')) };
  const rig = setup({
    ...withDatabase,
    metrics: createOperatorMetrics(registry),
    connections: {
      connect: () => ({ servers, backend: database }),
      current: () => undefined,
      close: () => Promise.resolve(),
    },
    settler: {
      look: () => Promise.resolve({ conditions: [], convergences: new Map() }),
      repair: () => Promise.resolve(false),
      configure: () => Promise.resolve({ servers: new Map(), done: [], handsBack: false }),
    },
  } as unknown as Partial<ReconcileDeps & PairParts>);
  /** The series of a metric of the pair, as `server="a" 1`. */
  const series = async (name: string): Promise<readonly string[]> => {
    // What is dropped goes a moment later.
    await new Promise(setImmediate);
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`));
    return lines.map((line) => line.replace(/^.*namespace="prod",pair="hq",?/, '').replace('}', ''));
  };
  return { ...rig, reachable, series };
};

it('while the database is away, servers are told of as they are: one that goes, and comes back', async () => {
  const { reachable, pass, series } = start();
  const seen: (readonly string[])[] = [];
  for (const answers of [true, false, true]) {
    reachable.set('b', answers);
    await pass();
    seen.push((await series('kea_operator_server_up')).map((line) => line.replace(',ip_family="IPv4"', '')));
  }
  expect(seen).toEqual([
    ['server="a" 1', 'server="b" 1'],
    ['server="a" 1', 'server="b" 0'],
    ['server="a" 1', 'server="b" 1'],
  ]);
  expect(await series('kea_operator_database_up')).toEqual([' 0']);
  expect(await series('kea_operator_pair_last_success_timestamp_seconds')).toEqual([]);
});

it('what is said of a pair is told with its reason, once for each condition', async () => {
  const { pass, series } = start();
  await pass();
  await pass();
  const conditions = await series('kea_operator_pair_condition');
  expect(conditions.map((line) => /type="(\w+)"/.exec(line)?.[1])).toEqual([
    'Ready',
    'WorkloadAvailable',
    'BackendReachable',
    'Programmed',
    'Synchronized',
    'Reconciling',
  ]);
  expect(conditions).toContainEqual('type="BackendReachable",status="Unknown",reason="BackendUnavailable" 1');
});

it('a pair that is paused is told to be so, and nothing of what nobody looks at', async () => {
  const { caches, pass, series } = start();
  await pass();
  caches.pairs.replace([{ ...pair({ paused: true }), metadata: { ...pair().metadata, resourceVersion: '2' } }]);
  await pass();
  expect(await series('kea_operator_pair_paused')).toEqual([' 1']);
  expect(await series('kea_operator_server_up')).toEqual([]);
  expect(await series('kea_operator_database_up')).toEqual([]);
});

it('a family that is served no more, and a pair that is gone, have no series', async () => {
  const { caches, pass, series } = start();
  const versions = { controlPort: 8002, haPort: 8003 };
  caches.pairs.replace([
    {
      ...pair({ ipFamilies: ['IPv4', 'IPv6'], dhcp6: versions }),
      metadata: { ...pair().metadata, resourceVersion: '2' },
    },
  ]);
  await pass();
  await pass(SIX);
  expect(await series('kea_operator_server_up')).toHaveLength(4);
  const alone: HAPair = { ...pair(), metadata: { ...pair().metadata, resourceVersion: '3' } };
  caches.pairs.replace([alone]);
  await pass(SIX);
  expect((await series('kea_operator_server_up')).filter((line) => line.includes('IPv6'))).toEqual([]);
  expect(await series('kea_operator_server_up')).toHaveLength(2);
  caches.pairs.replace([]);
  caches.subnets.replace([]);
  await pass();
  for (const name of ['server_up', 'pair_paused', 'pair_condition', 'database_up', 'drift_corrected_total'])
    expect(await series(`kea_operator_${name}`)).toEqual([]);
});
