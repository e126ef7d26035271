/** Leases in the memory of a real HotStandby pair are counted on the server that answers nobody. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { openLeaseSource } from '../../src/leases/open.ts';
import type { LeaseSource } from '../../src/leases/source.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { leaseWriter } from '../support/leases.ts';
import { until } from '../support/run.ts';

let lab: KeaLab;
let primary: KeaServer;
let standby: KeaServer;
let source: LeaseSource;

const isInOrder = async ({ client }: KeaServer): Promise<boolean> => {
  const { 'high-availability': relations } = await client.call('status-get', undefined);
  return relations?.[0]?.['ha-servers'].local.state === 'hot-standby';
};

/** A command's lease, unlike a client's, is not sent to the partner: the number tells whose leases were counted. */
const put = async (server: KeaServer, leases: number): Promise<void> => {
  const kea = leaseWriter(server);
  for (let last = 1; last <= leases; last++)
    await kea.add({ address: `10.7.0.${last}`, subnetId: 7, validLifetime: 600 });
  await kea.close();
};

beforeAll(async () => {
  lab = await startKeaLab();
  [primary, standby] = await lab.pair('hot-standby', { dhcp4: { subnet4: [{ id: 7, subnet: '10.7.0.0/16' }] } });
  const servers = [primary.endpoint, standby.endpoint];
  const of = { namespace: 'dhcp', pair: 'office', ipFamily: 'IPv4', storage: 'Memfile' } as const;
  source = openLeaseSource({ ...of, servers }, DHCPV4, () => undefined);
  await until('the pair', 30, async () => (await isInOrder(primary)) && (await isInOrder(standby)), 200);
  await put(primary, 1);
  await put(standby, 2);
});
afterAll(async () => {
  await source.close();
  await lab.stop();
});

const counted = async (): Promise<number | undefined> => {
  const usages = await source.usage(() => undefined);
  return usages.find(({ subnetId }) => subnetId === 7)?.assigned;
};

it('the standby counts, while others read from the primary', async () => {
  expect(await counted()).toBe(2);
  expect((await source.page(10)).leases).toHaveLength(1);
});

it('the standby tells who has an address, where nobody waits for it', async () => {
  expect(await source.ofAddresses(['10.7.0.2'])).toHaveLength(1);
  expect(await source.get('10.7.0.2')).toBeUndefined();
});

it('without a standby the server that serves counts', async () => {
  await standby.stop();
  expect(await counted()).toBe(1);
});
