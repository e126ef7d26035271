/**
 * Objects that are larger than anybody can keep in memory of all, or older than a rule: what they cost the others. The operator and the lease
 * API are processes of their own, with a smaller heap than the chart gives them (60% of 512 MiB). 24 objects: a real API server needs 20 MB
 * for each, and a second of a slow disk; half a GB of them is in largeLists.test.ts.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HAPAIRS, HOST_RESERVATIONS, SUBNETS } from '../../src/api/resources.ts';
import { pages } from '../../src/runtime/client.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { parallelEach } from '../../src/runtime/parallel.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { ensureAuthority, issueLeaf } from '../../src/workload/certificates.ts';
import { type CommandProcess, startCommand } from '../support/commandProcess.ts';
import { CRDS, readCrds } from '../support/crds.ts';
import { eventually } from '../support/eventually.ts';
import { imageFlags } from '../support/imageFlags.ts';
import { createNamespace } from '../support/kubernetes.ts';
import { type Lab, SOURCES, SYSTEM, useOperatorBench } from '../support/operatorBench.ts';
import { freePort } from '../support/postgres.ts';

const bench = useOperatorBench();
const EVIL = 'evil';
const COUNT = 24;
/** The old generation has 128 MiB of it. */
const HEAP = imageFlags(214);

const nested = (levels: number, inner: unknown): object => {
  return levels === 0 ? { inner } : { a: nested(levels - 1, inner) };
};

/** About 1 MB of each shape, and what is wrong with it. */
const SHAPES = [
  [
    { d: Array.from({ length: 330_000 }, () => ({})) },
    /spec has \d+ bytes of JSON, and at most 65536 are read: make it/,
  ],
  [{ d: 'x'.repeat(1_000_000) }, /spec has \d+ bytes of JSON, and at most 65536 are read: make it/],
  [nested(200, 'x'.repeat(900_000)), /spec has 20\d levels, and at most 32 are read: nest it less/],
  [{ d: Array.from({ length: 10_000 }, () => 1) }, /spec has \d+ values, and at most 4096 are read: put less/],
] as const;

const running: CommandProcess[] = [];
const directories: string[] = [];
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  running.length = 0;
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});
beforeAll(() => createNamespace(bench.server.client, EVIL));

const startOperator = async (): Promise<CommandProcess> => {
  await bench.stopOperator();
  const args = [
    'operator',
    `--namespace=${SYSTEM}`,
    '--identity=one',
    '--kea-image=docker.io/kea-operator/kea-server:3.0.4',
  ];
  const started = await startCommand(bench.server.kubeconfig, args, true, HEAP);
  running.push(started);
  return started;
};

const createLarge = async (from: number, to: number): Promise<void> => {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  const failed = await parallelEach(numbers, 4, async (n) => {
    const [userContext] = SHAPES[n % SHAPES.length] ?? SHAPES[0];
    await bench.server.client.create<KubeObject>(SUBNETS, {
      metadata: { namespace: EVIL, name: `large-${n}` },
      spec: { haPairRef: { name: 'nobody' }, cidr: `10.9.${n}.0/24`, userContext },
    });
  });
  expect(failed).toEqual([]);
};

/** Each of the large ones says what is wrong with it. They are asked for seldom: each answer has them all. */
const untilJudged = (operator: CommandProcess, count: number): Promise<void> =>
  vi.waitFor(
    async () => {
      expect(operator.lives(), operator.log().slice(-2000)).toBe(true);
      let judged = 0;
      for await (const { items } of pages(bench.server.client, SUBNETS, { namespace: EVIL, limit: 20 })) {
        for (const { metadata, status } of items) {
          const [, says] = SHAPES[Number(metadata.name.slice('large-'.length)) % SHAPES.length] ?? SHAPES[0];
          const accepted = conditionsOf(status).get('Accepted');
          if (accepted === undefined) continue;
          expect(accepted).toMatchObject({ status: 'False', reason: 'InvalidSpec' });
          expect(accepted.message).toMatch(says);
          judged++;
        }
      }
      expect(judged).toBe(count);
    },
    { timeout: 120_000, interval: 2_000 },
  );

/** Served by a row and known to an operator. */
const served = async (): Promise<Lab> => {
  await bench.stopOperator();
  await bench.startOperator();
  const lab = await bench.lab();
  await lab.createSubnet('office', '10.0.0.0/24');
  await lab.createSubnet('guests', '10.0.1.0/24', 'Delete');
  await lab.createHost('printer', 'office', '02:00:5e:10:00:01');
  await lab.write(rowsOf(lab));
  await lab.createPair();
  await untilProgrammed(lab, SUBNETS, 'office');
  return lab;
};
const rowsOf = (lab: Lab) => ({
  subnets: [lab.subnetRow('office', 1, '10.0.0.0/24'), lab.subnetRow('guests', 2, '10.0.1.0/24')],
  hosts: [lab.hostRow('printer', 1, '02:00:5e:10:00:01')],
});
const ROWS = ['02005e100001', '10.0.0.0/24 (1)', '10.0.1.0/24 (2)'];

const untilProgrammed = (lab: Lab, resource: Resource, name: string): Promise<void> =>
  eventually(async () => {
    expect(await lab.condition(resource, name, 'Programmed')).toMatchObject({ status: 'True' });
  }, 60_000);
const untilRefused = (lab: Lab, resource: Resource, name: string, says: string): Promise<void> =>
  eventually(async () => {
    const accepted = await lab.condition(resource, name, 'Accepted');
    expect(accepted).toMatchObject({ status: 'False', reason: 'InvalidSpec' });
    expect(accepted?.message).toContain(says);
  }, 60_000);

const at = (lab: Lab, name: string) => ({ namespace: lab.namespace, name });
const grow = (lab: Lab, name: string): Promise<KubeObject> =>
  bench.server.client.patch<KubeObject>(SUBNETS, at(lab, name), { spec: { userContext: SHAPES[0][0] } });

describe('objects of 1 MB', () => {
  it('that are there when the operator starts, and that come later, are refused; it lives and works for others', async () => {
    const lab = await served();
    await bench.stopOperator();
    await grow(lab, 'guests');
    await createLarge(0, COUNT);
    await lab.createSubnet('fresh', '10.0.2.0/24');
    const fresh = lab.subnetRow('fresh', 3, '10.0.2.0/24');
    await lab.write({ ...rowsOf(lab), subnets: [...rowsOf(lab).subnets, fresh] });

    const operator = await startOperator();
    await untilProgrammed(lab, SUBNETS, 'fresh');
    await untilJudged(operator, COUNT);
    await createLarge(COUNT, COUNT + 8);
    await untilJudged(operator, COUNT + 8);
    expect(await operator.ask('/healthz')).toBe(200);
    expect(await lab.rows()).toEqual([...ROWS, '10.0.2.0/24 (3)']);

    // They go as others do: one that nobody serves, and one with a row and a finalizer.
    await bench.server.client.delete(SUBNETS, { namespace: EVIL, name: 'large-0' });
    await expect(bench.server.client.get(SUBNETS, { namespace: EVIL, name: 'large-0' })).rejects.toThrow('404');
    await untilRefused(lab, SUBNETS, 'guests', 'spec.userContext: with it the spec has');
    await bench.server.client.delete(SUBNETS, at(lab, 'guests'));
    await eventually(async () => {
      await expect(bench.server.client.get(SUBNETS, at(lab, 'guests'))).rejects.toThrow('404');
    }, 60_000);
    expect(await lab.rows()).toEqual([...ROWS.slice(0, 2), '10.0.2.0/24 (3)']);
    expect(await operator.stop()).toBe(0);
  });

  it('cost the lease API nothing but the reading', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kea-operator-bounds-'));
    directories.push(directory);
    const authority = await ensureAuthority('lease API', undefined, Date.now());
    const leaf = await issueLeaf(authority, { commonName: 'leases', dnsNames: ['leases'], use: 'server' }, Date.now());
    await writeFile(join(directory, 'tls.crt'), leaf.cert);
    await writeFile(join(directory, 'tls.key'), leaf.key);
    const port = await freePort();
    const args = ['apiserver', `--lease-sources=${SOURCES}`, `--port=${port}`, `--tls-directory=${directory}`];
    const api = await startCommand(bench.server.kubeconfig, args, true, HEAP);
    running.push(api);
    await eventually(async () => {
      expect(api.lives(), api.log().slice(-2000)).toBe(true);
      expect(await statusOf(port, '/readyz')).toBe(200);
    }, 60_000);
    expect(await api.stop()).toBe(0);
  });
});

const statusOf = (port: number, path: string): Promise<number> =>
  new Promise((resolve) => {
    request({ host: '127.0.0.1', port, path, agent: new Agent({ rejectUnauthorized: false }) }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', () => {
        resolve(0);
      })
      .end();
  });

describe('a stricter rule takes nothing away that serves', () => {
  it('a Subnet that grew beyond the bounds keeps its row, and its reservations theirs, until it is smaller', async () => {
    const lab = await served();
    await grow(lab, 'office');
    await untilRefused(lab, SUBNETS, 'office', 'spec.userContext: with it the spec has');
    expect(await lab.condition(SUBNETS, 'office', 'Programmed')).toMatchObject({
      reason: 'NotAccepted',
      message: expect.stringContaining('what was accepted before goes on serving') as string,
    });
    expect(await lab.condition(HOST_RESERVATIONS, 'printer', 'Programmed')).toMatchObject({ status: 'True' });
    expect(await lab.rows()).toEqual(ROWS);
    await bench.server.client.patch<KubeObject>(SUBNETS, at(lab, 'office'), { spec: { userContext: null } });
    await untilProgrammed(lab, SUBNETS, 'office');
  });

  it('a HAPair that grew beyond the bounds keeps its servers as they are', async () => {
    const lab = await served();
    await lab.startServer();
    const before = await lab.made();
    const option = (code: number) => ({ code, data: 'x'.repeat(4000), csvFormat: false });
    const optionData = Array.from({ length: 20 }, (_, n) => option(100 + n));
    await bench.server.client.patch<KubeObject>(HAPAIRS, at(lab, 'office'), { spec: { dhcp4: { optionData } } });
    await eventually(async () => {
      expect(await lab.pairCondition('Ready')).toMatchObject({
        status: 'False',
        reason: 'InvalidSpec',
        message: expect.stringContaining('spec.dhcp4: with it the spec has') as string,
      });
    });
    await lab.createSubnet('late', '10.0.2.0/24');
    await eventually(async () => {
      expect(await lab.condition(SUBNETS, 'late', 'Programmed')).toMatchObject({
        message: 'waiting for the HAPair, which is rejected itself: see its condition Programmed',
      });
    });
    expect(await lab.made()).toEqual(before);
    expect(await lab.rows()).toEqual(ROWS);
    await bench.server.client.patch<KubeObject>(HAPAIRS, at(lab, 'office'), { spec: { dhcp4: { optionData: null } } });
    await eventually(async () => {
      expect(await lab.pairCondition('Ready')).not.toMatchObject({ reason: 'InvalidSpec' });
    });
  });

  it('a Subnet of a prefix that no host can have, which an older rule let in, keeps its row', async () => {
    const { client } = bench.server;
    const crds = (await readCrds()).filter(({ metadata }) => metadata.name === 'subnets.kea-operator.io');
    for (const crd of crds) await client.apply(CRDS, withoutRule(crd, 'overlaps'), { fieldManager: 'test' });
    const lab = await served();
    await bench.stopOperator();
    await eventually(() => lab.createSubnet('multicast', '224.0.0.0/4'));
    const multicast = lab.subnetRow('multicast', 3, '224.0.0.0/4');
    await lab.write({ ...rowsOf(lab), subnets: [...rowsOf(lab).subnets, multicast] });
    for (const crd of crds) await client.apply(CRDS, crd, { fieldManager: 'test' });
    await bench.startOperator();
    await untilRefused(lab, SUBNETS, 'multicast', 'cidr: 224.0.0.0/4 overlaps 224.0.0.0/4 (multicast)');
    await eventually(async () => {
      await expect(lab.createSubnet('another', '225.0.0.0/8')).rejects.toThrow('no host can have an address');
    });
    expect(await lab.rows()).toEqual([...ROWS, '224.0.0.0/4 (3)']);
  });
});

/** A definition without the rules of a text. */
const withoutRule = <T>(crd: T, text: string): T =>
  JSON.parse(JSON.stringify(crd), (key, value: unknown) =>
    key === 'x-kubernetes-validations' && Array.isArray(value)
      ? value.filter((rule) => !JSON.stringify(rule).includes(text))
      : value,
  ) as T;
