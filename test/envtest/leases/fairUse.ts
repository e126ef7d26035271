/** Whoever reads everything, again and again, does not keep others waiting. */
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../../support/postgres.ts';
import { until } from '../../support/run.ts';
import { directTo } from './direct.ts';
import type { World } from './world.ts';

const NAMESPACE = 'large';
const PATH = `/apis/state.kea-operator.io/v1alpha1/namespaces/${NAMESPACE}/leases`;

export const fairUseTests = (world: () => World): void => {
  const { direct, opened, identity } = directTo(world);
  let database: TestDatabase;

  beforeAll(async () => {
    await world().namespace(NAMESPACE);
    database = await world().postgres.database();
    // More than fits into what a connection holds for a client that does not read.
    await database.query(`
      INSERT INTO lease4 (address, hwaddr, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
      SELECT 167772160 + n, '\\x020000000001', 3600, now() + interval '1 hour', 9, false, false, '', 0, 0
      FROM generate_series(1, 60000) n`);
    await world().pair({
      namespace: NAMESPACE,
      pair: 'campus',
      ipFamily: 'IPv4',
      storage: 'PostgreSQL',
      database: database.target,
    });
    const proxy = await identity('front-proxy');
    await until('the pair', 10, async () => (await direct(`${PATH}/10.0.0.1`, as('setup'), proxy)).code === 200, 100);
  });
  afterAll(() => database.drop());

  const as = (user: string) => ({ 'x-remote-user': user, 'x-remote-group': 'system:masters' });

  it('three full lists of a user are all that user has, and another user feels nothing of them', async () => {
    const proxy = await identity('front-proxy');
    const lists: IncomingMessage[] = [];
    for (let n = 0; n < 3; n++) lists.push(await opened(PATH, as('greedy'), proxy));
    expect(lists.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    const fourth = opened(PATH, as('greedy'), proxy);
    for (const user of ['modest', 'greedy']) {
      expect((await direct(`${PATH}/10.0.0.1`, as(user), proxy)).code).toBe(200);
    }
    expect((await direct(`${PATH}?limit=5`, as('modest'), proxy)).code).toBe(200);
    const refused = await fourth;
    refused.resume();
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    // Who leaves gives the place back.
    lists[0]?.destroy();
    const again = async () => (await direct(`${PATH}?limit=5`, as('greedy'), proxy)).code === 200;
    await until('a place', 10, again, 100);
    for (const one of lists) one.destroy();
  });
};
