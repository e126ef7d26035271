import { describe, expect, it } from 'vitest';
import { makePair } from '../../test/support/pair.ts';
import type { DatabaseTarget } from '../database/target.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import type { WorkloadState } from '../workload/workload.ts';
import { reachOf } from './reach.ts';

const endpoint = (name: string) => ({
  name,
  url: `https://${name}:8000/`,
  tls: { ca: 'ca', cert: 'cert', key: 'key' },
  auth: { user: 'u', password: 'p' },
});
const endpoints = [endpoint('a'), endpoint('b')];
const state = {
  servers: endpoints.map((one) => ({ endpoint: one })),
  schema: { complete: true },
  problems: [],
} as unknown as WorkloadState;
const database: DatabaseTarget = {
  host: 'db',
  port: 5432,
  name: 'kea',
  user: 'kea',
  password: 'secret',
  sslMode: 'require',
};

describe('reachOf', () => {
  it('reads leases in memory from the servers, in the order of the specification', () => {
    const reach = reachOf(makePair({ leaseStorage: 'Memfile' }), DHCPV4, database, state);
    expect(reach).toEqual({
      family: DHCPV4,
      database,
      endpoints,
      leases: { namespace: 'net', pair: 'office', ipFamily: 'IPv4', storage: 'Memfile', servers: endpoints },
    });
  });

  it('reads leases in the database from there', () => {
    const { leases } = reachOf(makePair({ leaseStorage: 'PostgreSQL' }), DHCPV4, database, state);
    expect(leases).toEqual({ namespace: 'net', pair: 'office', ipFamily: 'IPv4', storage: 'PostgreSQL', database });
  });
});
