import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { contentOf } from '../../src/kea/json.ts';
import { serverConfig } from '../../src/workload/bootstrap/config.ts';
import { makePair, topologyOf } from '../support/pair.ts';
import { lookupConfig, LOOKUPS } from './lookups.ts';

/** As the operator renders it, so that a change of that is seen here. */
const rendered = () => {
  const pair = makePair();
  const topology = topologyOf(pair);
  const [server] = topology.servers;
  if (server === undefined) throw new Error('no server');
  const made = serverConfig({
    pair,
    topology,
    server,
    database: { host: 'db.example.org', port: 5432, name: 'kea', user: 'kea', password: 'secret', sslMode: 'disable' },
    digestKey: 'key',
    files: { ca: '/ca', cert: '/cert', key: '/key', password: '/password' },
  });
  if (!made.ok) throw new Error(made.problem.message);
  return made.config;
};

describe('lookupConfig', () => {
  it.each([
    { database: true, cache: true },
    { database: true, cache: false },
    { database: false, cache: false },
  ])('%j', (lookup) => {
    const before = rendered();
    const {
      'hosts-databases': databases,
      'hooks-libraries': hooks,
      ...rest
    } = contentOf(DHCPV4, lookupConfig(before, lookup));
    const { 'hosts-databases': allDatabases, 'hooks-libraries': allHooks, ...others } = contentOf(DHCPV4, before);
    expect(rest).toEqual({ ...others, 'cache-threshold': 0.000_01 });
    expect(databases).toEqual(lookup.database ? allDatabases : undefined);
    const dropped = (allHooks as object[]).length - (hooks as object[]).length;
    expect(dropped).toBe(lookup.cache ? 0 : 1);
    expect(JSON.stringify(hooks).includes('libdhcp_host_cache.so')).toBe(lookup.cache);
  });

  it.each([
    { 'hooks-libraries': [{ library: 'libdhcp_host_cache.so' }] },
    { 'hosts-databases': [], 'hooks-libraries': [{ library: 'libdhcp_pgsql.so' }] },
  ])('says nothing where there is nothing to leave out: %j', (Dhcp4) => {
    expect(() => lookupConfig({ Dhcp4 }, { database: true, cache: true })).toThrow('says nothing');
  });
});

it('compares with the rival first', () => {
  expect(LOOKUPS.map(({ database }) => database)).toEqual([false, true, true, true, true]);
});
