import { expect, it } from 'vitest';
import { SYSTEM, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { askServer, cluster, killOperator, kubectl, pairDatabase, sql } from './context.ts';

const officeId = async (): Promise<number> =>
  Number(await kubectl('get', 'subnet', 'office', '-o', 'jsonpath={.status.subnetId}'));

const setRouter = (address: string): Promise<string> =>
  kubectl(
    'patch',
    'subnet',
    'office',
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { optionData: [{ name: 'routers', data: address }] } }),
  );

const runs = async (server: 'a' | 'b', text: string): Promise<boolean> =>
  JSON.stringify(await askServer(server, 'subnet4-get', { id: await officeId() })).includes(text);

const DATABASE = 'app.kubernetes.io/component=postgresql';
const scaleDatabase = (replicas: number): Promise<string> =>
  cluster.kubectl(['scale', 'statefulset', '-n', SYSTEM, '-l', DATABASE, `--replicas=${replicas}`]);

export const faults = (): void => {
  it('finishes on every server what an operator began that died between the transaction and the confirmation', async () => {
    // Server a cannot be reached while the row is written: the pass ends unconfirmed, and the operator dies there.
    await cluster.run(['cut', 'node1', 'mgmt0']);
    try {
      await setRouter('198.51.100.11');
      await until(
        'the row',
        60,
        async () => (await sql("SELECT 1 FROM dhcp4_options WHERE formatted_value = '198.51.100.11'")).trim() === '1',
      );
      await killOperator();
    } finally {
      await cluster.run(['heal', 'node1', 'mgmt0']);
    }
    for (const server of ['a', 'b'] as const) {
      await until(`server ${server} to run the change`, 120, () => runs(server, '198.51.100.11'), 1000);
    }
    await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' }, 120);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  });

  it('goes on serving while PostgreSQL is away, and takes up work when it is back', async () => {
    await scaleDatabase(0);
    await cluster.kubectl(['wait', '--for=delete', 'pod', '-n', SYSTEM, '-l', DATABASE, '--timeout=60s']);
    await setRouter('198.51.100.12');
    const unreachable = { status: 'Unknown', reason: 'BackendUnavailable' };
    await waitCondition(cluster, 'hapair/campus', 'BackendReachable', unreachable, 120);
    expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
    await scaleDatabase(1);
    await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' }, 180);
    expect(await runs('a', '198.51.100.12')).toBe(true);
    expect(await runs('b', '198.51.100.12')).toBe(true);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  });

  it('writes everything again where the database is lost, under the same ids, and the servers serve on', async () => {
    const id = await officeId();
    await sql(`DROP DATABASE ${await pairDatabase()} WITH (FORCE)`, 'postgres');
    expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
    await setRouter('198.51.100.13');
    await until(
      'the row to be back',
      180,
      async () => (await sql(`SELECT 1 FROM dhcp4_subnet WHERE subnet_id = ${id}`)).trim() === '1',
      1000,
    );
    await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' }, 120);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 120);
    expect(await officeId()).toBe(id);
    expect(await runs('b', '198.51.100.13')).toBe(true);
  });

  it('puts back what was changed by hand: a row, and a subnet of a server', async () => {
    const guests = "subnet_prefix = '203.0.113.0/24'";
    const timer = (): Promise<string> => sql(`SELECT renew_timer FROM dhcp4_subnet WHERE ${guests}`);
    const before = await timer();
    await sql(`SET kea.disable_audit = 'true'; UPDATE dhcp4_subnet SET renew_timer = 77 WHERE ${guests}`);
    await askServer('b', 'subnet4-del', { id: await officeId() });
    await until('the row to be as it was', 90, async () => (await timer()) === before);
    await until('the subnet to be back', 60, () => runs('b', '198.51.100.13'), 1000);
    await until('the event', 30, async () => (await kubectl('get', 'events')).includes('DriftCorrected'));
  });

  it('opens the DHCP sockets of a server whose link was down when it started', async () => {
    await cluster.run(['cut', 'node2', 'lan0']);
    try {
      await kubectl('delete', 'pod', 'campus-b-0');
      await waitCondition(
        cluster,
        'hapair/campus',
        'WorkloadAvailable',
        { status: 'Unknown', reason: 'PartnerDown' },
        90,
      );
    } finally {
      await cluster.run(['heal', 'node2', 'lan0']);
    }
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  });

  it('puts back a server pod that was deleted', async () => {
    await kubectl('delete', 'pod', 'campus-b-0');
    await until('the new server to run the subnet', 120, () => runs('b', '198.51.100.13'), 1000);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  });
};
