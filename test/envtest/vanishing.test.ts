/** What vanishes without being deleted, and what is deleted and waits, under a running operator. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { API_VERSION, FINALIZER } from '../../src/api/kind.ts';
import { HAPAIRS, SUBNETS } from '../../src/api/resources.ts';
import { drained } from '../../src/kea/draining.ts';
import { MARKER_KEY } from '../../src/kea/state.ts';
import { removeFinalizer } from '../../src/runtime/finalizer.ts';
import { SECRETS, STATEFUL_SETS } from '../../src/workload/objects.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, SOURCES, SYSTEM, useOperatorBench } from '../support/operatorBench.ts';

const bench = useOperatorBench();

/** Long enough for several passes. */
const PASSES_MS = 3000;

const OFFICE = '10.0.0.0/24 (1)';
const GUESTS = '10.0.1.0/24 (2)';

/** A pair that has served these Subnets: office has a lease, and guests, which protects nothing, has none. */
const served = async (): Promise<Lab> => {
  const lab = await bench.lab();
  await lab.createSubnet('office', '10.0.0.0/24');
  await lab.createSubnet('guests', '10.0.1.0/24', 'Delete');
  await lab.write({
    subnets: [lab.subnetRow('office', 1, '10.0.0.0/24'), lab.subnetRow('guests', 2, '10.0.1.0/24')],
  });
  await lab.lease('10.0.0.5', 1);
  await lab.createPair();
  await eventually(async () => {
    expect(await lab.condition(SUBNETS, 'office', 'Programmed')).toMatchObject({ status: 'True' });
    const said = await lab.database.query(
      `SELECT user_context::json #>> '{${MARKER_KEY},deletionPolicy}' AS policy FROM dhcp4_subnet ORDER BY subnet_id`,
    );
    expect(said).toEqual([{ policy: null }, { policy: 'Delete' }]);
  });
  return lab;
};

const staysWithout = async (lab: Lab, rows: readonly string[]): Promise<void> => {
  await eventually(async () => {
    expect(await lab.pairCondition('Programmed')).toMatchObject({ status: 'False', reason: 'SubnetsVanished' });
  });
  await pause(PASSES_MS);
  expect(await lab.rows()).toEqual(rows);
};

const at = (lab: Lab, name: string) => ({ namespace: lab.namespace, name });

describe('a Subnet that vanishes', () => {
  it('by a finalizer that is taken off keeps its row while it has leases, and until it is named', async () => {
    const lab = await served();
    const office = await bench.server.client.get(SUBNETS, at(lab, 'office'));
    await bench.server.client.delete(SUBNETS, at(lab, 'office'));
    await removeFinalizer(bench.server.client, SUBNETS, office, FINALIZER);
    await staysWithout(lab, [OFFICE, GUESTS]);
    const { message = '' } = (await lab.pairCondition('Ready')) ?? {};
    expect(message).toContain(
      'Subnet lab-1/office (10.0.0.0/24, id 1, 1 active lease) is gone, though nobody deleted it',
    );
    const [, key = '', value = ''] = /--overwrite (\S+)=(\S+)$/.exec(message) ?? [];
    await bench.server.client.patch(HAPAIRS, at(lab, 'office'), { metadata: { annotations: { [key]: value } } });
    await eventually(async () => {
      expect(await lab.rows()).toEqual([GUESTS]);
    });
  });

  it('from a store that lost it finds its row again when it comes back; one that protects nothing is gone', async () => {
    const lab = await served();
    const before = await lab.database.query('SELECT * FROM dhcp4_subnet WHERE subnet_id = 1');
    await bench.stopOperator();
    await bench.server.loseObject(SUBNETS, at(lab, 'office'));
    await bench.server.loseObject(SUBNETS, at(lab, 'guests'));
    await bench.startOperator();
    await staysWithout(lab, [OFFICE]);
    await lab.createSubnet('office', '10.0.0.0/24');
    await eventually(async () => {
      expect((await bench.server.client.get(SUBNETS, at(lab, 'office'))).status).toMatchObject({ subnetId: 1 });
      expect(await lab.pairCondition('Programmed')).toMatchObject({ status: 'True' });
    });
    expect(await lab.database.query('SELECT * FROM dhcp4_subnet WHERE subnet_id = 1')).toEqual(before);
  });

  it('goes when its last lease has ended', async () => {
    const lab = await served();
    await bench.server.loseObject(SUBNETS, at(lab, 'office'));
    await staysWithout(lab, [OFFICE, GUESTS]);
    await lab.endLeases();
    await eventually(async () => {
      expect(await lab.rows()).toEqual([GUESTS]);
    }, 60_000);
  });
});

describe('a Subnet that is deleted', () => {
  it('is drained once it says so and a server takes it, over a restart of the operator, and goes with its last lease', async () => {
    const lab = await served();
    const { client } = bench.server;
    const holds = (reason: string, message: RegExp) =>
      eventually(async () => {
        expect(await lab.condition(SUBNETS, 'office', 'Ready')).toMatchObject({
          status: 'Unknown',
          reason,
          message: expect.stringMatching(message) as string,
        });
      }, 60_000);
    await client.delete(SUBNETS, at(lab, 'office'));
    await holds('LeasesActive', /^1 lease is active/);
    await client.patch(SUBNETS, at(lab, 'office'), { spec: { deletionPolicy: 'Drain' } });
    await holds('Reconciling', /^waiting for a server that answers/);
    expect(await lab.rows()).toEqual([OFFICE, GUESTS]);

    // As the operator writes it where a server has tried it.
    const { body, marker } = lab.subnetRow('office', 1, '10.0.0.0/24');
    const row = { body: drained(body), ...(marker && { marker }) };
    await lab.write({ subnets: [row, lab.subnetRow('guests', 2, '10.0.1.0/24')] });
    await holds('Draining', /^1 lease is left, and it ends by \d{4}-/);
    await bench.stopOperator();
    await bench.startOperator();
    await pause(PASSES_MS);
    expect(await lab.rows()).toEqual([OFFICE, GUESTS]);
    await lab.endLeases();
    await eventually(async () => {
      await expect(client.get(SUBNETS, at(lab, 'office'))).rejects.toThrow('404');
    }, 60_000);
    expect(await lab.rows()).toEqual([GUESTS]);
  });
});

describe('a HAPair', () => {
  const running = async (): Promise<Lab> => {
    const lab = await served();
    await lab.startServer();
    return lab;
  };
  const leaseSource = (lab: Lab) => ({ namespace: SOURCES, name: `lease-source.${lab.namespace}.office` });

  it('that is deleted in the foreground keeps its servers until its last child is gone; then they go, and it', async () => {
    const lab = await running();
    const before = await lab.made();
    await bench.server.client.delete(HAPAIRS, at(lab, 'office'), { propagationPolicy: 'Foreground' });
    await eventually(async () => {
      expect(await lab.pairCondition('Ready')).toMatchObject({ reason: 'ReferencesExist' });
    });
    await pause(PASSES_MS);
    expect(await lab.made()).toEqual(before);
    for (const name of ['office', 'guests']) await bench.server.client.delete(SUBNETS, at(lab, name));
    await eventually(async () => {
      expect(await lab.made()).toEqual([]);
      await expect(bench.server.client.get(HAPAIRS, at(lab, 'office'))).rejects.toThrow('404');
      await expect(bench.server.client.get(SECRETS, leaseSource(lab))).rejects.toThrow('404');
    });
    expect(await lab.rows()).toEqual([]);
  });

  it('that vanishes leaves its servers, and takes them up unchanged when it is made again', async () => {
    const lab = await running();
    const before = await lab.made();
    const pair = await bench.server.client.get(HAPAIRS, at(lab, 'office'));
    await bench.server.client.delete(HAPAIRS, pair.metadata, { propagationPolicy: 'Foreground' });
    await removeFinalizer(bench.server.client, HAPAIRS, pair, FINALIZER);
    await eventually(async () => {
      await expect(bench.server.client.get(SECRETS, leaseSource(lab))).rejects.toThrow('404');
    });
    await pause(PASSES_MS);
    expect(await lab.made()).toEqual(before);
    await lab.createPair();
    await eventually(async () => {
      expect(await lab.pairCondition('Programmed')).toMatchObject({ status: 'True' });
      expect((await bench.server.client.get(SECRETS, leaseSource(lab))).data).toHaveProperty(['source.json']);
    });
    expect(await lab.made()).toEqual(before);
    expect(await lab.rows()).toEqual([OFFICE, GUESTS]);
  });

  it('that vanishes while no operator runs leaves no credentials to the lease API', async () => {
    const lab = await running();
    await bench.stopOperator();
    const pair = await bench.server.client.get(HAPAIRS, at(lab, 'office'));
    await bench.server.client.delete(HAPAIRS, pair.metadata);
    await removeFinalizer(bench.server.client, HAPAIRS, pair, FINALIZER);
    await bench.startOperator();
    await eventually(async () => {
      await expect(bench.server.client.get(SECRETS, leaseSource(lab))).rejects.toThrow('404');
    });
  });

  it('that is paused is known to the lease API also where an earlier version told that of it beside its own Secrets', async () => {
    const lab = await running();
    const told = await eventually(() => bench.server.client.get(SECRETS, leaseSource(lab)));
    await bench.stopOperator();
    const { name, labels = {} } = told.metadata;
    const earlier = { namespace: SYSTEM, name };
    const { data = {} } = told;
    await bench.server.client.create(SECRETS, { metadata: { ...earlier, labels }, data });
    await bench.server.client.delete(SECRETS, leaseSource(lab));
    await bench.server.client.patch(HAPAIRS, at(lab, 'office'), { spec: { paused: true } });
    await bench.startOperator();
    await eventually(async () => {
      expect((await bench.server.client.get(SECRETS, leaseSource(lab))).data).toEqual(data);
      await expect(bench.server.client.get(SECRETS, earlier)).rejects.toThrow('404');
    });
  });

  it('that is paused loses the owner references of version 0.1 all the same', async () => {
    const lab = await running();
    await bench.stopOperator();
    const { metadata } = await bench.server.client.get(HAPAIRS, at(lab, 'office'));
    const owner = {
      apiVersion: API_VERSION,
      kind: 'HAPair',
      name: 'office',
      uid: metadata.uid ?? '',
      controller: true,
    };
    const set = at(lab, 'office-a');
    await bench.server.client.patch(STATEFUL_SETS, set, { metadata: { ownerReferences: [owner] } });
    await bench.server.client.patch(HAPAIRS, at(lab, 'office'), { spec: { paused: true } });
    await bench.startOperator();
    await eventually(async () => {
      expect((await bench.server.client.get(STATEFUL_SETS, set)).metadata.ownerReferences).toBeUndefined();
    });
  });
});

describe('a subnet id', () => {
  it('is not given twice where the database is restored from a dump that does not know it', async () => {
    const lab = await served();
    const greatest = async () => (await bench.server.client.get(HAPAIRS, at(lab, 'office'))).status?.greatestSubnetId;
    await eventually(async () => {
      expect(await greatest()).toBe(2);
    });
    await lab.write({ subnets: [lab.subnetRow('office', 1, '10.0.0.0/24'), lab.subnetRow('late', 9, '10.9.0.0/24')] });
    await lab.poke();
    await eventually(async () => {
      expect(await greatest()).toBe(9);
    });
    // As the dump had it: without the row, the entry of the ledger, and any other trace.
    await lab.database
      .query(`SET kea.disable_audit = 'true'; DELETE FROM dhcp4_subnet WHERE subnet_id = 9; DELETE FROM kea_operator.subnet_id WHERE subnet_id = 9;
      UPDATE kea_operator.writes SET count = count + 1 WHERE family = 4`);
    await lab.createSubnet('new', '10.7.0.0/24');
    await eventually(async () => {
      expect((await bench.server.client.get(SUBNETS, at(lab, 'new'))).status).toMatchObject({ subnetId: 10 });
    });
    expect(await greatest()).toBe(10);
    const status = { status: { greatestSubnetId: 3 } };
    const lower = bench.server.client.patch(HAPAIRS, at(lab, 'office'), status, { subresource: 'status' });
    await expect(lower).rejects.toThrow('greatestSubnetId must not decrease');
  });
});
