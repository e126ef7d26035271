/** The leases of a pair that has them in PostgreSQL: `six`, whose clients are of IPv6. */
import { expect, it } from 'vitest';
import { NAMESPACE, SYSTEM, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl, sql } from './context.ts';
import { beginList, leaseState, listThroughKill, seenSoon, seesEachStep } from './leaseSteps.ts';

/** Of a client that finds somebody else at it; in no pool. */
const TAKEN = '2001:db8:6:0:1::1';

const clockManifest = (mac: string): string => `
apiVersion: kea-operator.io/v1alpha1
kind: HostReservation
metadata: {name: clock-ipv6, namespace: ${NAMESPACE}}
spec:
  subnetRef: {name: six}
  identifier: {hwAddress: '${mac}'}
  ipAddresses: ['${TAKEN}']
`;

/** Leases of no client, of a subnet that is none: more than what is on the way from the lease API to kubectl. */
const MANY = 50_000;
const NO_SUBNET = 4_000_000_000;
/** In one transaction: nobody else's change is without Kea's triggers, which would count each of these by one row. */
const uncounted = (statement: string): string => `
  ALTER TABLE lease6 DISABLE TRIGGER USER;
  ${statement};
  ALTER TABLE lease6 ENABLE TRIGGER USER;`;
const MANY_LEASES = uncounted(`
  INSERT INTO lease6 (address, duid, valid_lifetime, expire, subnet_id, pref_lifetime, lease_type, iaid, prefix_len,
    fqdn_fwd, fqdn_rev, hostname, state, pool_id)
  SELECT '2001:db8:ffff::'::inet + n, '\\x00030001025e00000001', 3600, date_trunc('second', now()) + interval '1 hour',
    ${NO_SUBNET}, 1800, 0, n, 128, false, false, 'nobody-' || n, 0, 0
  FROM generate_series(1, ${MANY}) n`);
const NO_LEASES = uncounted(`DELETE FROM lease6 WHERE subnet_id = ${NO_SUBNET}`);

const databaseOf = async (pair: string): Promise<string> => {
  const database = await kubectl('get', 'hapair', pair, '-o', 'jsonpath={.status.database}');
  return database.split('/').at(-1) ?? '';
};

/** Nobody is let into the database, and who is in it is sent out. */
const close = async (database: string): Promise<void> => {
  await sql(`ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS false`, 'postgres');
  await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`, 'postgres');
};
const open = (database: string): Promise<string> =>
  sql(`ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS true`, 'postgres');

export const storedLeases = (): void => {
  it('has leases that are seen as a client takes one, renews it and gives it back', async () => {
    await seesEachStep({
      take: async () => (await cluster.join6('lamp6')).ip,
      renew: () => cluster.run(['client', 'lamp6', 'dhcpcd', '--renew']),
      release: () => cluster.run(['client', 'lamp6', 'dhcpcd', '--release']),
    });
  });

  it('has one that is seen as a client declines it', async () => {
    await cluster.run(['client', 'squatter6', 'ip', '-6', 'addr', 'add', `${TAKEN}/64`, 'dev', 'eth0', 'nodad']);
    await cluster.apply(clockManifest((await cluster.run(['client', 'clock6', 'mac'])).trim()));
    await waitCondition(cluster, 'hostreservation/clock-ipv6', 'Ready', { status: 'True' });
    await cluster.join6('clock6');
    // Only once it is bound it looks for others with its address.
    const log = (): Promise<string> => cluster.run(['client', 'clock6', 'dhcpcd', '--log']);
    await until('the client to decline', 20, async () => (await log()).includes('DECLINE6'), 100);
    await seenSoon('the lease to be declined', async () => (await leaseState(TAKEN)) === 'Declined');
    await cluster.run(['client', 'clock6', 'dhcpcd', '--stop']);
    await kubectl('delete', 'hostreservation', 'clock-ipv6', '--timeout=60s');
  });

  it('has a list that fails aloud where the lease API is killed in the midst of it, and goes on by its token', async () => {
    const database = await databaseOf('six');
    const list = await beginList('six');
    await sql(MANY_LEASES, database);
    try {
      const { code, end } = await listThroughKill();
      expect(code).not.toBe(0);
      // As a whole list ends: by its metadata.
      expect(end).not.toContain('],"metadata":{');
      const count = async (): Promise<number> =>
        (await kubectl('get', 'leases', '-o', 'name', '--chunk-size=0')).split('\n').length;
      expect(await until('all leases', 30, async () => ((await count()) > MANY ? count() : undefined))).toBeGreaterThan(
        MANY,
      );
    } finally {
      await sql(NO_LEASES, database);
    }
    await list.finish();
  });

  it('has leases that cannot be read while its database is down, which hides no others', async () => {
    const database = await databaseOf('six');
    await close(database);
    try {
      const own = await cluster.tryKubectl(['get', 'leases', '-n', NAMESPACE, '-l', 'kea-operator.io/pair=six']);
      expect(own).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('HAPair dhcp/six cannot be read') as string,
      });
      const others = ['get', 'leases', '-n', NAMESPACE, '-l', 'kea-operator.io/pair=campus', '-o', 'name'];
      expect(await cluster.tryKubectl(others)).toMatchObject({ code: 0, stderr: '' });
      const all = await cluster.tryKubectl(['get', 'leases', '-A', '-o', 'name']);
      expect(all.code).toBe(0);
      expect(all.stderr).toMatch(/Warning: leases of HAPair dhcp\/six cannot be read/);
      expect(all.stdout).toContain('198.51.100.');
    } finally {
      await open(database);
    }
    await until('its leases', 30, () => kubectl('get', 'leases', '-l', 'kea-operator.io/pair=six'));
    await cluster.kubectl(['wait', '--for=condition=Available', 'deployment', '--all', '-n', SYSTEM, '--timeout=60s']);
    await waitCondition(cluster, 'hapair/six', 'Ready', { status: 'True' }, 120);
  });
};
