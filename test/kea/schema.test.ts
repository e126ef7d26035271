/** Who makes the schema: kea-db-init, as the Job of a pair runs it, against a real PostgreSQL that it reaches over either family; a server does not. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNetwork, type TestNetwork } from '../support/network.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { until } from '../support/run.ts';
import { type PodLab, startPodLab } from '../support/workloadLab.ts';

let network: TestNetwork;
let lab: PodLab;
let postgres: TestPostgres;
beforeAll(async () => {
  network = await openNetwork();
  lab = await startPodLab();
  postgres = await startPostgres({ addresses: [network.address, network.address6] });
});
afterAll(async () => {
  await lab.stop();
  await postgres.stop();
  await network.close();
});

it.each([4, 6] as const)('makes the schema over IPv%i, and upgrades an older one', async (version) => {
  const host = version === 6 ? network.address6 : network.address;
  const database = await postgres.database('empty');
  const { port, name, user, password } = database.target;
  const member = network.reserve();
  await member.join(version);
  const variables = { PGHOST: host, PGPORT: String(port), PGDATABASE: name, PGUSER: user, PGPASSWORD: password };
  const pod = await lab.pod(member.namespace, member, variables, ['kea-db-init']);
  const initialize = async (): Promise<string> => {
    await pod.start();
    await until('kea-db-init', 60, () => Promise.resolve(pod.exitCode !== null), 100);
    expect(pod.exitCode, await pod.log()).toBe(0);
    return (
      (await database.query<{ version: number }>('SELECT version FROM schema_version'))[0]?.version.toString() ?? ''
    );
  };
  const newest = await initialize();
  expect(await database.query('SELECT setconfig FROM pg_db_role_setting WHERE setdatabase <> 0')).toContainEqual({
    setconfig: ['jit=off'],
  });
  // Of what the last upgrade brings one row is enough to do it again.
  await database.query(
    `UPDATE schema_version SET version = ${Number(newest) - 1}; DELETE FROM lease_state WHERE state = 4`,
  );
  expect(await initialize()).toBe(newest);
  expect(await pod.log()).toContain(version === 6 ? `on [${host}]:${port}` : `on ${host}:${port}`);
  await member.leave();
  await database.drop();
});

it('is not made by a server, which would tell the password in its log and its arguments', async () => {
  const database = await postgres.database('empty');
  const { port, name, user, password } = database.target;
  const Dhcp4 = {
    'hooks-libraries': [{ library: 'libdhcp_pgsql.so' }],
    'lease-database': { type: 'postgresql', host: network.address, port, name, user, password },
    loggers: [{ name: 'kea-dhcp4', 'output-options': [{ output: 'stdout' }], severity: 'INFO' }],
  };
  const member = network.reserve();
  await member.join(4);
  const start = 'printf %s "$CONFIG" >/tmp/kea.conf; install -d -m 0750 /run/kea; exec kea-dhcp4 -c /tmp/kea.conf';
  const pod = await lab.pod(member.namespace, member, { CONFIG: JSON.stringify({ Dhcp4 }) }, ['sh', '-c', start]);
  await pod.start();
  await until('the server to give up', 60, () => Promise.resolve(pod.exitCode !== null), 100);
  const log = await pod.log();
  expect(log).toContain('schema_version');
  expect(log).not.toContain(password);
  expect(await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
  await member.leave();
  await database.drop();
});
