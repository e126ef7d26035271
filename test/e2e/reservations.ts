import { expect, it } from 'vitest';
import { NAMESPACE, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { askServer, cluster, killOperator, kubectl, sql } from './context.ts';

/** A reservation, and the client that it is for. */
interface Case {
  readonly name: string;
  readonly mac: string;
  readonly spec: object;
  readonly expected: { readonly ip?: string; readonly hostname?: string };
}

const GUESTS = { subnetRef: { name: 'guests' } };
const OUTSIDE: Case = {
  name: 'outside',
  mac: '02:00:5e:20:00:01',
  spec: { ...GUESTS, identifier: { hwAddress: '02:00:5e:20:00:01' }, ipAddress: '203.0.113.200' },
  expected: { ip: '203.0.113.200' },
};
const IN_POOL: Case = {
  name: 'in-pool',
  mac: '02:00:5e:20:00:02',
  spec: { ...GUESTS, identifier: { hwAddress: '02:00:5e:20:00:02' }, ipAddress: '203.0.113.55' },
  expected: { ip: '203.0.113.55' },
};
const BY_CLIENT_ID: Case = {
  name: 'by-client-id',
  mac: '02:00:5e:20:00:03',
  spec: { ...GUESTS, identifier: { clientId: '01:02:00:5e:20:00:03' }, ipAddress: '203.0.113.56' },
  expected: { ip: '203.0.113.56' },
};
/** In the Subnet whose pool its client gets an address of. */
const NAMED: Case = {
  name: 'named',
  mac: '02:00:5e:20:00:04',
  spec: { ...GUESTS, identifier: { hwAddress: '02:00:5e:20:00:04' }, hostname: 'kiosk' },
  expected: { hostname: 'kiosk' },
};
const GLOBAL: Case = {
  name: 'global',
  mac: '02:00:5e:20:00:05',
  spec: {
    haPairRef: { name: 'campus' },
    identifier: { hwAddress: '02:00:5e:20:00:05' },
    ipAddress: '203.0.113.205',
    hostname: 'badge',
  },
  expected: { ip: '203.0.113.205', hostname: 'badge' },
};

const manifestOf = ({ name, spec }: Case): string =>
  JSON.stringify({
    apiVersion: 'kea-operator.io/v1alpha1',
    kind: 'HostReservation',
    metadata: { name, namespace: NAMESPACE },
    spec,
  });

/** The client has an address of a pool when its reservation comes, and asks as soon as that is Programmed. */
const works = async (one: Case): Promise<void> => {
  const before = await cluster.dora(one.name, { mac: one.mac });
  expect(before).not.toMatchObject(one.expected);
  await cluster.apply(manifestOf(one));
  await waitCondition(cluster, `hostreservation/${one.name}`, 'Programmed', { status: 'True' });
  expect(await cluster.dora(one.name, { mac: one.mac })).toMatchObject(one.expected);
};

const remove = async (...cases: readonly Case[]): Promise<void> => {
  const names = cases.map(({ name }) => name);
  await kubectl('delete', 'hostreservation', ...names, '--timeout=60s');
  // An operator that starts gives no lookups up for which there is a row.
  const rows = names.map((name) => `'HostReservation/${NAMESPACE}/${name}'`).join();
  const object = "user_context::json -> 'kea-operator' ->> 'object'";
  await until('their rows to go', 60, async () => {
    return (await sql(`SELECT count(*) FROM hosts WHERE ${object} IN (${rows})`)).trim() === '0';
  });
};

/** What both servers say of the lookups in a Subnet. */
const lookupsOf = async (subnet: string): Promise<readonly string[]> => {
  const id = Number(await kubectl('get', 'subnet', subnet, '-o', 'jsonpath={.status.subnetId}'));
  const answers = (['a', 'b'] as const).map((server) => askServer(server, 'subnet4-get', { id }));
  return (await Promise.all(answers)).map((answer) => {
    const [found] = (answer as { subnet4: readonly Record<string, unknown>[] }).subnet4;
    if (found?.['reservations-in-subnet'] === false) return 'none';
    return found?.['reservations-out-of-pool'] === true ? 'by client' : 'all';
  });
};

const lookUp = async (subnet: string, how: string): Promise<void> => {
  expect(await lookupsOf(subnet)).toEqual([how, how]);
};

/** Where an operator starts it gives up lookups that no reservation asks for. */
const dropLookups = async (): Promise<void> => {
  await killOperator();
  await until('lookups to be given up', 90, async () => (await lookupsOf('guests')).every((how) => how === 'none'));
};

/** Each first reservation works at its client's next DISCOVER after Programmed, however little the servers looked before. */
export const reservations = (): void => {
  it('asks nobody for reservations of a Subnet that has none', () => lookUp('guests', 'none'));

  it('a first one outside the pools works at once, and so does one of a pool after it', async () => {
    await works(OUTSIDE);
    await lookUp('guests', 'by client');
    await works(IN_POOL);
    await lookUp('guests', 'all');
  });

  it('the last one is deleted and made again, and works', async () => {
    await remove(OUTSIDE, IN_POOL);
    await until('an address of the pools to be all that there is', 60, async () => {
      const { ip } = await cluster.dora(OUTSIDE.name, { mac: OUTSIDE.mac });
      return ip !== OUTSIDE.expected.ip;
    });
    await lookUp('guests', 'all');
    await works(OUTSIDE);
    await remove(OUTSIDE);
  });

  it('a first one of a pool by client identifier works at once', async () => {
    await dropLookups();
    await works(BY_CLIENT_ID);
    await lookUp('guests', 'all');
    await remove(BY_CLIENT_ID);
  });

  it('a first one with a host name alone works at once', async () => {
    await dropLookups();
    await kubectl('patch', 'subnet', 'office', '--type=merge', '-p', '{"spec":{"pools":null}}');
    await waitCondition(cluster, 'subnet/office', 'Programmed', { status: 'True' });
    await works(NAMED);
    await lookUp('guests', 'by client');
    await remove(NAMED);
    await kubectl('patch', 'subnet', 'office', '--type=merge', '-p', OFFICE_POOL);
    await waitCondition(cluster, 'subnet/office', 'Programmed', { status: 'True' });
  });

  it('a global one works at once where its SharedNetwork looks for them', async () => {
    await dropLookups();
    await kubectl('patch', 'sharednetwork', 'building-1', '--type=merge', '-p', '{"spec":{"reservationsGlobal":true}}');
    await waitCondition(cluster, 'sharednetwork/building-1', 'Programmed', { status: 'True' });
    await works(GLOBAL);
    await lookUp('guests', 'none');
    await remove(GLOBAL);
    await kubectl('patch', 'sharednetwork', 'building-1', '--type=merge', '-p', '{"spec":{"reservationsGlobal":null}}');
    await waitCondition(cluster, 'sharednetwork/building-1', 'Programmed', { status: 'True' });
  });

  it('one that somebody else writes into the database is found and looked up', async () => {
    const id = await kubectl('get', 'subnet', 'guests', '-o', 'jsonpath={.status.subnetId}');
    const identifier = "decode('02005e200006', 'hex')";
    await sql(
      `INSERT INTO hosts (dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, ipv4_address)
       VALUES (${identifier}, 0, ${id}, inet '203.0.113.206' - inet '0.0.0.0')`,
    );
    await until('the reservation to be looked up', 90, async () => (await lookupsOf('guests'))[0] !== 'none');
    await lookUp('guests', 'by client');
    expect((await cluster.dora('by-hand', { mac: '02:00:5e:20:00:06' })).ip).toBe('203.0.113.206');
    await sql(`DELETE FROM hosts WHERE dhcp_identifier = ${identifier}`);
  });
};

const OFFICE_POOL = JSON.stringify({ spec: { pools: [{ pool: '198.51.100.150-198.51.100.199' }] } });
