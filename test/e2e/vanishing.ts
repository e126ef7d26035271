import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { kinds } from '../../src/api/index.ts';
import { PRINTER_ADDRESS, PRINTER_MAC } from '../demo/campus.ts';
import { haStates, NAMESPACE, SYSTEM, upgradeOperator, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl, pairDatabase, postgresShell, serverPods, sql } from './context.ts';

const KINDS = kinds.map(({ plural }) => plural);
/** Longer than the garbage collector and several passes take. */
const LONG_ENOUGH_MS = 8_000;

interface Kept {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: unknown;
}

/** The objects as they are now, as somebody has them in git. */
const keep = async (...what: readonly string[]): Promise<string> => {
  const { items } = await cluster.json<{ readonly items: readonly Kept[] }>(['get', ...what, '-n', NAMESPACE]);
  const objects = items.map(({ apiVersion, kind, metadata: { name, namespace }, spec }) => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec,
  }));
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
};

const withoutFinalizers = (what: string): Promise<string> =>
  kubectl('patch', what, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');

const subnetId = (name: string): Promise<string> => kubectl('get', 'subnet', name, '-o', 'jsonpath={.status.subnetId}');

const serves = async (): Promise<void> => {
  expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
  expect((await cluster.dora('printer', { mac: PRINTER_MAC })).ip).toBe(PRINTER_ADDRESS);
};

const isWell = async (): Promise<void> => {
  await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  expect([...(await haStates(cluster)).values()]).toEqual(['hot-standby', 'hot-standby']);
};

const lateSubnet = (name: string, cidr: string): string => `
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec: {haPairRef: {name: campus}, cidr: ${cidr}, deletionPolicy: Delete}
`;

export const vanishing = (): void => {
  it('serves a Subnet that vanished past its finalizer until it is back', async () => {
    const [id, office] = [await subnetId('office'), await keep('subnets')];
    await serves();
    await kubectl('delete', 'subnet', 'office', '--wait=false');
    await withoutFinalizers('subnet/office');
    const { message } = await waitCondition(cluster, 'hapair/campus', 'Ready', {
      status: 'False',
      reason: 'SubnetsVanished',
    });
    expect(message).toContain(`Subnet ${NAMESPACE}/office (198.51.100.0/24, id ${id}, `);
    expect(message).toContain('kea-operator.io/allow-removal=office');
    await pause(LONG_ENOUGH_MS);
    await serves();
    await cluster.apply(office);
    await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' });
    expect(await subnetId('office')).toBe(id);
    await isWell();
  });

  it('keeps the servers of a pair that is deleted in the foreground, and of one that vanishes; made again it takes them up', async () => {
    const [before, pair] = [await serverPods(), await keep('hapairs')];
    await kubectl('delete', 'hapair', 'campus', '--cascade=foreground', '--wait=false');
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'Unknown', reason: 'ReferencesExist' });
    await pause(LONG_ENOUGH_MS);
    expect(await serverPods()).toBe(before);
    await withoutFinalizers('hapair/campus');
    await kubectl('wait', '--for=delete', 'hapair/campus', '--timeout=30s');
    await pause(LONG_ENOUGH_MS);
    expect(await serverPods()).toBe(before);
    await serves();
    await cluster.apply(pair);
    await isWell();
    expect(await serverPods()).toBe(before);
    await serves();
  });

  it('goes on serving while all CustomResourceDefinitions are gone, and takes everything up when they are back', async () => {
    const ids = async (): Promise<readonly string[]> => [await subnetId('office'), await subnetId('guests')];
    const operator = (): Promise<string> =>
      cluster.kubectl([
        ...['get', 'pods', '-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator', '-o'],
        'jsonpath={.items[*].metadata.uid} {.items[*].status.containerStatuses[0].restartCount}',
      ]);
    const [before, known, objects] = [await serverPods(), await ids(), await keep(KINDS.join(','))];
    const process = await operator();
    await cluster.kubectl(['delete', 'crd', ...KINDS.map((kind) => `${kind}.kea-operator.io`), '--timeout=60s']);
    await pause(LONG_ENOUGH_MS);
    expect(await serverPods()).toBe(before);
    await serves();
    await upgradeOperator(cluster);
    await cluster.apply(objects);
    await isWell();
    for (const what of ['subnet/office', 'subnet/guests', 'hostreservation/printer']) {
      await waitCondition(cluster, what, 'Ready', { status: 'True' });
    }
    expect(await ids()).toEqual(known);
    expect([await serverPods(), await operator()]).toEqual([before, process]);
    await serves();
  });

  it('gives no subnet id twice, and writes all rows again, where the database is restored from an older dump', async () => {
    const database = await pairDatabase();
    await postgresShell(`pg_dump -Fc ${database} > /tmp/old.dump`);
    await cluster.apply(lateSubnet('late', '10.30.0.0/24'));
    await waitCondition(cluster, 'subnet/late', 'Ready', { status: 'True' });
    const late = Number(await subnetId('late'));
    await kubectl('patch', 'subnet', 'guests', '--type=merge', '-p', '{"spec":{"renewTimer":77}}');
    await waitCondition(cluster, 'subnet/guests', 'Ready', { status: 'True' });
    await kubectl('delete', 'subnet', 'late', '--timeout=60s');
    await sql(`CREATE DATABASE restored OWNER ${database}`, 'postgres');
    await postgresShell('pg_restore -d restored /tmp/old.dump');
    await sql(
      `ALTER DATABASE ${database} ALLOW_CONNECTIONS false;
       SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}';
       ALTER DATABASE ${database} RENAME TO lost;
       ALTER DATABASE restored RENAME TO ${database}`,
      'postgres',
    );
    await kubectl('annotate', 'hapair', 'campus', 'look=again');
    const timer = () => sql("SELECT renew_timer FROM dhcp4_subnet WHERE subnet_prefix = '203.0.113.0/24'", database);
    await until('the row to be as it was desired after the dump', 120, async () => (await timer()).trim() === '77');
    await cluster.apply(lateSubnet('later', '10.31.0.0/24'));
    await waitCondition(cluster, 'subnet/later', 'Ready', { status: 'True' });
    expect(Number(await subnetId('later'))).toBeGreaterThan(late);
    await kubectl('delete', 'subnet', 'later', '--timeout=60s');
    await sql('DROP DATABASE lost', 'postgres');
    await kubectl('patch', 'subnet', 'guests', '--type=json', '-p', '[{"op":"remove","path":"/spec/renewTimer"}]');
    await isWell();
  });
};
