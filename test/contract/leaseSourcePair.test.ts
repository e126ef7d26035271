/** Leases in the memory of a real HotStandby pair: either server tells them, whichever is there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { openLeaseSource } from '../../src/leases/open.ts';
import type { LeaseSource } from '../../src/leases/source.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { type LeaseWriter, leaseWriter } from '../support/leases.ts';
import { until } from '../support/run.ts';

const ADDRESS = '10.7.0.10';

let lab: KeaLab;
let primary: KeaServer;
let standby: KeaServer;
let source: LeaseSource;
let kea: LeaseWriter;

const stateOf = async (server: KeaServer): Promise<string | undefined> => {
  const { 'high-availability': relations } = await server.client.call('status-get', undefined);
  return relations?.[0]?.['ha-servers'].local.state;
};

beforeAll(async () => {
  lab = await startKeaLab();
  const dhcp4 = { subnet4: [{ id: 7, subnet: '10.7.0.0/16' }] };
  [primary, standby] = await lab.pair('hot-standby', { dhcp4 });
  const servers = [standby.endpoint, primary.endpoint];
  source = openLeaseSource(
    { namespace: 'dhcp', pair: 'office', ipFamily: 'IPv4', storage: 'Memfile', servers },
    DHCPV4,
    () => undefined,
  );
  kea = leaseWriter(primary);
  await until('the pair', 30, async () => (await stateOf(primary)) === 'hot-standby', 200);
});
afterAll(async () => {
  await source.close();
  await lab.stop();
});

it('the server that serves is asked, though the other one stands first', async () => {
  // A command's lease, unlike a client's, is not sent to the partner.
  await kea.add({ address: ADDRESS, subnetId: 7, validLifetime: 600 });
  expect(await source.get(ADDRESS)).toMatchObject({ subnetId: 7 });
});

it('the partner is asked when that one is gone', async () => {
  // At its start the standby fetches every lease of its partner.
  await standby.restart();
  await until('the standby', 30, async () => (await stateOf(standby)) === 'hot-standby', 200);
  await kea.close();
  await primary.stop();
  expect(await source.get(ADDRESS)).toMatchObject({ subnetId: 7 });
  expect(await source.page(10)).toMatchObject({ leases: [{ address: ADDRESS }] });
  // A page that one server began the other one ends.
  const selection = { notSubnetIds: [8], now: 0 };
  expect(await source.select(selection, 10, '10.7.0.9')).toMatchObject({ leases: [{ address: ADDRESS }] });
});

it('both are named when neither is there', async () => {
  await standby.stop();
  await expect(source.get(ADDRESS)).rejects.toThrow(/server2: lease4-get: .*; server1: lease4-get: /);
});
