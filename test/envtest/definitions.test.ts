/** CustomResourceDefinitions that are deleted, missing, and back, under a running operator. */
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { HAPAIRS, HOST_RESERVATIONS, SUBNETS } from '../../src/api/resources.ts';
import { isNotFound } from '../../src/runtime/errors.ts';
import { CRDS, installCrds } from '../support/crds.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, useOperatorBench } from '../support/operatorBench.ts';

const bench = useOperatorBench();
const PASSES_MS = 3000;
const ROWS = ['02005e100001', '02005e100002', '10.0.0.0/24 (1)', '10.0.1.0/24 (2)'];
const ALL = ['hapairs', 'sharednetworks', 'subnets', 'hostreservations'];

/** Nothing of it has a lease, or protects anything. */
const createChildren = async (lab: Lab): Promise<void> => {
  await lab.createSubnet('office', '10.0.0.0/24', 'Delete');
  await lab.createSubnet('left', '10.0.1.0/24', 'Orphan');
  await createHosts(lab);
};
const createHosts = async (lab: Lab): Promise<void> => {
  await lab.createHost('printer', 'office', '02:00:5e:10:00:01');
  await lab.createHost('scanner', 'office', '02:00:5e:10:00:02');
};

const served = async (): Promise<Lab> => {
  const lab = await bench.lab();
  await createChildren(lab);
  await lab.write({
    subnets: [lab.subnetRow('office', 1, '10.0.0.0/24'), lab.subnetRow('left', 2, '10.0.1.0/24')],
    hosts: [lab.hostRow('printer', 1, '02:00:5e:10:00:01'), lab.hostRow('scanner', 1, '02:00:5e:10:00:02')],
  });
  await lab.createPair();
  await isProgrammed(lab);
  await lab.startServer();
  return lab;
};

const isProgrammed = (lab: Lab): Promise<void> =>
  eventually(async () => {
    expect(await lab.pairCondition('Programmed')).toMatchObject({ status: 'True' });
  });

const rawRows = (lab: Lab) =>
  lab.database.query(
    'SELECT s.*, h.host_id, h.user_context AS host_context FROM dhcp4_subnet s, hosts h ORDER BY 1, h.host_id',
  );

/** Deletes definitions, and waits until they are gone: for which their objects' finalizers have to be let go. */
const deleteCrds = async (plurals: readonly string[]): Promise<void> => {
  for (const plural of plurals) await bench.server.client.delete(CRDS, { name: `${plural}.kea-operator.io` });
  await eventually(async () => {
    const { items } = await bench.server.client.list(CRDS);
    expect(items.filter(({ metadata }) => plurals.includes(metadata.name.split('.')[0] ?? ''))).toEqual([]);
  });
};

const definitionsOf = (lab: Lab) =>
  lab.database.query<{ kind: string; uid: string }>('SELECT kind, uid FROM kea_operator.definition ORDER BY kind');

beforeEach(() => installCrds(bench.server.client));

describe('all definitions', () => {
  it('that are deleted go through, and leave rows and servers; all is taken up when they are back', async () => {
    const lab = await served();
    const [before, objects] = [await rawRows(lab), await lab.made()];
    await deleteCrds(ALL);
    await pause(PASSES_MS);
    expect(await rawRows(lab)).toEqual(before);
    expect(await lab.made()).toEqual(objects);
    await installCrds(bench.server.client);
    await lab.createPair();
    // First the pair alone: none of its objects is back yet.
    await eventually(async () => {
      expect(await lab.pairCondition('Programmed')).toMatchObject({ status: 'False', reason: 'MassDeletionWithheld' });
    }, 60_000);
    await pause(PASSES_MS);
    expect(await rawRows(lab)).toEqual(before);
    await createChildren(lab);
    await isProgrammed(lab);
    expect(await rawRows(lab)).toEqual(before);
    expect(await lab.made()).toEqual(objects);
    expect((await bench.server.client.get(SUBNETS, { namespace: lab.namespace, name: 'left' })).status).toMatchObject({
      subnetId: 2,
    });
    // From now on a deletion is a deletion again.
    await bench.server.client.delete(HOST_RESERVATIONS, { namespace: lab.namespace, name: 'printer' });
    await eventually(async () => {
      expect(await lab.rows()).toEqual(ROWS.slice(1));
    });
  });

  it('that are not there when the operator starts are waited for', async () => {
    const lab = await served();
    await deleteCrds(ALL);
    await bench.restart();
    await pause(PASSES_MS);
    await installCrds(bench.server.client);
    await createChildren(lab);
    await lab.createPair();
    await eventually(async () => {
      expect(await lab.pairCondition('Programmed')).toMatchObject({ status: 'True' });
    }, 60_000);
    expect(await lab.rows()).toEqual(ROWS);
  });
});

describe('one definition', () => {
  it('that is deleted takes its reservations along, and none of their rows; the pair says what is missing', async () => {
    const lab = await served();
    const before = await rawRows(lab);
    await deleteCrds(['hostreservations']);
    await eventually(async () => {
      expect(await lab.pairCondition('Programmed')).toMatchObject({ status: 'Unknown', reason: 'DefinitionMissing' });
    });
    await pause(PASSES_MS);
    expect(await rawRows(lab)).toEqual(before);
    await installCrds(bench.server.client);
    await createHosts(lab);
    await isProgrammed(lab);
    expect(await rawRows(lab)).toEqual(before);
  });

  it('that is made anew at once, while nobody looks, is another one: what it took along is asked for by its number', async () => {
    const lab = await served();
    const known = await definitionsOf(lab);
    await bench.stopOperator();
    await deleteCrds(['hostreservations']);
    await installCrds(bench.server.client);
    await bench.startOperator();
    await eventually(async () => {
      expect(await lab.pairCondition('Programmed')).toMatchObject({ status: 'False', reason: 'MassDeletionWithheld' });
    });
    await pause(PASSES_MS);
    expect(await lab.rows()).toEqual(ROWS);
    expect(await definitionsOf(lab)).toEqual(known);
    const { message = '' } = (await lab.pairCondition('Programmed')) ?? {};
    expect(message).toContain(
      '2 removals are withheld, as the CustomResourceDefinition of HostReservations was made anew',
    );
    const annotations = { 'kea-operator.io/allow-mass-deletion': '2' };
    await bench.server.client.patch(
      HAPAIRS,
      { namespace: lab.namespace, name: 'office' },
      { metadata: { annotations } },
    );
    await eventually(async () => {
      expect(await lab.rows()).toEqual(ROWS.slice(2));
    });
    await eventually(async () => {
      expect(await definitionsOf(lab)).not.toEqual(known);
    });
  });

  it('that is being deleted lets go of its objects, and of no other', async () => {
    const lab = await served();
    const at = { namespace: lab.namespace, name: 'left' };
    const other = 'example.org/other';
    const { metadata } = await bench.server.client.get(SUBNETS, at);
    const finalizers = [...(metadata.finalizers ?? []), other];
    await bench.server.client.patch(SUBNETS, at, { metadata: { finalizers } });
    await bench.server.client.delete(CRDS, { name: 'subnets.kea-operator.io' });
    await eventually(async () => {
      expect((await bench.server.client.get(SUBNETS, at)).metadata.finalizers).toEqual([other]);
      expect(await lab.pairCondition('Programmed')).toMatchObject({ reason: 'DefinitionMissing' });
    });
    expect(await lab.rows()).toEqual(ROWS);
    await bench.server.client.patch(SUBNETS, at, { metadata: { finalizers: [] } });
    await eventually(async () => {
      const gone = await bench.server.client.get(CRDS, { name: 'subnets.kea-operator.io' }).catch(isNotFound);
      expect(gone).toBe(true);
    });
    expect(await lab.rows()).toEqual(ROWS);
  });
});
