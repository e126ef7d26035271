import { describe, expect, it } from 'vitest';
import { makePair } from '../../test/support/pair.ts';
import type { DatabaseTarget } from '../database/target.ts';
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
    const reach = reachOf(makePair({ leaseStorage: 'Memfile' }), database, state);
    expect(reach).toEqual({
      database,
      endpoints,
      leases: { namespace: 'net', pair: 'office', storage: 'Memfile', servers: endpoints },
    });
  });

  it.each([
    ['disable', 'Disable'],
    ['require', 'Require'],
    ['verify-ca', 'VerifyCA'],
    ['verify-full', 'VerifyFull'],
  ] as const)('reads leases in the database from there, with TLS as %s', (sslMode, mode) => {
    const target = sslMode.startsWith('verify') ? { ...database, sslMode, ca: 'pem' } : { ...database, sslMode };
    const { leases } = reachOf(makePair({ leaseStorage: 'PostgreSQL' }), target, state);
    const tls = sslMode.startsWith('verify') ? { mode, ca: 'pem' } : { mode };
    const { host, port, name, user, password } = database;
    expect(leases).toEqual({
      namespace: 'net',
      pair: 'office',
      storage: 'PostgreSQL',
      database: { host, port, name, user, password, tls },
    });
  });
});
