import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createPairMetrics, type PassFacts, type ServerFacts } from './pairs.ts';

const PAIR = { namespace: 'net', pair: 'office' };
const OF_PAIR = 'namespace="net",pair="office"';
const found = (more: Partial<PassFacts> = {}): PassFacts => ({ paused: false, servers: [], ...more });
const server = (name: string, more: Partial<ServerFacts> = {}): ServerFacts => ({
  name,
  serving: true,
  synchronized: true,
  ...more,
});

const start = () => {
  const registry = new Registry();
  const metrics = createPairMetrics(registry);
  /** Series whose name ends so, and their values, without the labels of the pair. */
  const series = async (name: string): Promise<readonly string[]> => {
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`kea_operator_${name}{`));
    return lines.map((line) => line.replace(`kea_operator_${name}`, '').replace(OF_PAIR, '').replace('{,', '{'));
  };
  return { metrics, series };
};

describe('of servers there is', () => {
  it('what the last pass found, also where they stopped serving', async () => {
    const { metrics, series } = start();
    metrics.pass(PAIR, 'IPv4', found({ servers: [server('a'), server('b')] }));
    metrics.pass(PAIR, 'IPv4', found({ servers: [server('a'), server('b', { serving: false, synchronized: false })] }));
    expect(await series('server_up')).toEqual(['{server="a",ip_family="IPv4"} 1', '{server="b",ip_family="IPv4"} 0']);
    expect(await series('server_synchronized')).toEqual([
      '{server="a",ip_family="IPv4"} 1',
      '{server="b",ip_family="IPv4"} 0',
    ]);
  });

  it('nothing of one that went, in this family', async () => {
    const { metrics, series } = start();
    for (const family of ['IPv4', 'IPv6'] as const)
      metrics.pass(PAIR, family, found({ servers: [server('a'), server('spare')] }));
    metrics.pass(PAIR, 'IPv4', found({ servers: [server('a')] }));
    expect(await series('server_up')).toEqual([
      '{server="a",ip_family="IPv4"} 1',
      '{server="a",ip_family="IPv6"} 1',
      '{server="spare",ip_family="IPv6"} 1',
    ]);
  });

  it('the present HA state alone, and what is known of clock and clients', async () => {
    const { metrics, series } = start();
    metrics.pass(PAIR, 'IPv4', found({ servers: [server('a', { state: 'waiting' })] }));
    const now = server('a', { state: 'partner-down', clockSkew: 1.5, unackedClients: 11 });
    metrics.pass(PAIR, 'IPv4', found({ servers: [now, server('b')] }));
    expect(await series('server_ha_state')).toEqual(['{server="a",ip_family="IPv4",state="partner-down"} 1']);
    expect(await series('server_clock_skew_seconds')).toEqual(['{server="a",ip_family="IPv4"} 1.5']);
    expect(await series('server_unacked_clients')).toEqual(['{server="a",ip_family="IPv4"} 11']);
  });
});

describe('of a pair there is', () => {
  it.each<readonly [string, PassFacts, PassFacts, string, readonly string[]]>([
    [
      'down where one family finds the database away',
      found({ databaseUp: true }),
      found({ databaseUp: false }),
      'database_up',
      ['{} 0'],
    ],
    ['nothing of a database that nobody asked', found({ paused: true }), found({ paused: true }), 'database_up', []],
    ['whether it is paused', found({ paused: true }), found({ paused: true }), 'pair_paused', ['{} 1']],
    [
      'the removals that are withheld, of both families',
      found({ withheld: 30 }),
      found({ withheld: 2 }),
      'deletions_withheld',
      ['{} 32'],
    ],
    [
      'the success of the family that waits longest',
      found({ succeededAt: 5000 }),
      found({ succeededAt: 9000 }),
      'pair_last_success_timestamp_seconds',
      ['{} 5'],
    ],
    [
      'the end of a certificate, the first of two of one name',
      found({ certificates: new Map(Object.entries({ ca: 9000, 'server/a': 8000 })) }),
      found({ certificates: new Map(Object.entries({ ca: 9000, 'server/a': 7000 })) }),
      'certificate_expiry_timestamp_seconds',
      ['{certificate="ca"} 9', '{certificate="server/a"} 7'],
    ],
  ])('%s', async (_, four, six, name, lines) => {
    const { metrics, series } = start();
    metrics.pass(PAIR, 'IPv4', four);
    metrics.pass(PAIR, 'IPv6', six);
    expect(await series(name)).toEqual(lines);
  });

  it('what was judged before, where a pass does not come so far, and not what it must look at anew', async () => {
    const { metrics, series } = start();
    const all = { databaseUp: true, servers: [server('a')], objects: { accepted: 3, rejected: 1 }, withheld: 7 };
    metrics.pass(PAIR, 'IPv4', found({ ...all, succeededAt: 5000 }));
    metrics.pass(PAIR, 'IPv4', found());
    expect(await series('objects')).toEqual([
      '{ip_family="IPv4",verdict="accepted"} 3',
      '{ip_family="IPv4",verdict="rejected"} 1',
    ]);
    expect(await series('deletions_withheld')).toEqual(['{} 7']);
    expect(await series('pair_last_success_timestamp_seconds')).toEqual(['{} 5']);
    expect(await series('server_up')).toEqual([]);
    expect(await series('database_up')).toEqual([]);
  });

  it('each condition as it is now, until the pair says it no more', async () => {
    const { metrics, series } = start();
    const ready = { type: 'Ready', status: 'True', reason: 'Ready' };
    metrics.conditions(PAIR, [ready, { type: 'Stalled', status: 'True', reason: 'InvalidSpec' }]);
    metrics.conditions(PAIR, [{ ...ready, status: 'False', reason: 'BackendUnavailable' }]);
    expect(await series('pair_condition')).toEqual(['{type="Ready",status="False",reason="BackendUnavailable"} 1']);
  });

  it('nothing of a family that it does not serve any more', async () => {
    const { metrics, series } = start();
    const all = { databaseUp: true, servers: [server('a')], objects: { accepted: 3, rejected: 0 } };
    metrics.pass(PAIR, 'IPv4', found(all));
    metrics.pass(PAIR, 'IPv6', found({ ...all, databaseUp: false }));
    metrics.forgetFamily(PAIR, 'IPv6');
    expect(await series('server_up')).toEqual(['{server="a",ip_family="IPv4"} 1']);
    expect(await series('objects')).toHaveLength(2);
    expect(await series('database_up')).toEqual(['{} 1']);
  });
});
