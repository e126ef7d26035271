/** The version that landed before, upgraded by helm while its clients renew. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../support/cluster.ts';
import {
  forgetRelease,
  installOperator,
  loadImages,
  makeNamespace,
  NAMESPACE,
  SYSTEM,
  upgradeOperator,
  waitCondition,
} from '../support/install.ts';
import { run, until } from '../support/run.ts';
import { askServer, bringUpCampus, cluster, kubectl, subnetIds } from './context.ts';

/** Where that version is checked out; `landed` names its commit, and is moved on by the change that lands after it. */
const CHECKOUT = join(ROOT, '.cluster', 'landed');
/** Its images beside those of this version, which have the same names. */
const TAG = 'landed';
const IMAGES = ['operator', 'kea-server'] as const;
const NODES = ['node1', 'node2', 'node3'] as const;
/** Kept renewing through the upgrade. */
const RENEWING = ['scanner', 'terminal'] as const;

const COMMIT = readFileSync(join(ROOT, 'test/e2e/landed'), 'utf8').trim();
/** A shallow clone, or an archive, does not have it. */
const isKnown = spawnSync('git', ['-C', ROOT, 'cat-file', '-e', `${COMMIT}^{commit}`]).status === 0;

const checkOut = async (): Promise<void> => {
  if (existsSync(CHECKOUT)) await run('git', ['-C', ROOT, 'worktree', 'remove', '--force', CHECKOUT]);
  await run('git', ['-C', ROOT, 'worktree', 'prune']);
  await run('git', ['-C', ROOT, 'worktree', 'add', '--detach', CHECKOUT, COMMIT]);
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: CHECKOUT });
};

/** Builds its images, and gives them a tag of their own in every node. */
const loadLanded = async (): Promise<void> => {
  const printed = await run(join(CHECKOUT, 'test/cluster/cluster'), ['images', 'operator', 'kea']);
  await cluster.run(['load', ...printed.split('\n').filter((line) => line.endsWith('.tar'))]);
  const version = (JSON.parse(await readFile(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string }).version;
  for (const node of NODES) {
    for (const image of IMAGES) {
      const name = `docker.io/kea-operator/${image}`;
      const tag = image === 'operator' ? version : '3.0.4';
      const ctr = ['exec', node, 'ctr', '-n', 'k8s.io', 'images', 'tag', '--force'];
      await cluster.run([...ctr, `${name}:${tag}`, `${name}:${TAG}`]);
    }
  }
};

const leases = async (): Promise<readonly string[]> => {
  const printed = await cluster.kubectl(['get', 'leases.state.kea-operator.io', '-n', NAMESPACE, '-o', 'name']);
  return printed.trim().split('\n').sort();
};

/** Addresses that a server knows as given out. */
const addressesOf = async (server: 'a' | 'b'): Promise<readonly string[]> => {
  const answer = (await askServer(server, 'lease4-get-all')) as {
    readonly leases: readonly { 'ip-address': string }[];
  };
  return answer.leases.map((lease) => lease['ip-address']).sort();
};

export const upgrade = (): void => {
  if (!isKnown) {
    it.skip(`needs commit ${COMMIT}: fetch the whole history`);
    return;
  }
  beforeAll(async () => {
    await checkOut();
    await loadLanded();
    await cluster.helm(['uninstall', 'kea-operator', '-n', SYSTEM, '--ignore-not-found', '--wait', '--timeout', '5m']);
    // It does not know the tables of a later version.
    await forgetRelease(cluster);
    await installOperator(cluster, [`image.tag=${TAG}`, `keaImage.tag=${TAG}`], join(CHECKOUT, 'charts/kea-operator'));
    await loadImages(cluster);
    await makeNamespace(cluster);
    await bringUpCampus();
  });
  afterAll(async () => {
    await run('git', ['-C', ROOT, 'worktree', 'remove', '--force', CHECKOUT]);
  });

  it('loses no lease and no id, and its clients go on renewing', async () => {
    const given = await Promise.all(RENEWING.map((client) => cluster.join(client)));
    const [leasesBefore, idsBefore] = [await leases(), await subnetIds()];
    await upgradeOperator(cluster, { values: ['image.tag=,keaImage.tag=3.0.4'], reuse: '--reset-then-reuse-values' });
    let renewed = 0;
    await until(
      'both servers to run the new image',
      240,
      async () => {
        for (const [index, client] of RENEWING.entries()) {
          // One that nobody answers at its first try asks again: it has its address all the time.
          expect((await cluster.renew(client)).ip).toBe(given[index]?.ip);
          renewed++;
        }
        const images = await kubectl('get', 'pods', '-o', 'jsonpath={.items[*].spec.containers[0].image}');
        return images.split(' ').every((image) => image.endsWith('kea-server:3.0.4'));
      },
      1000,
    );
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
    expect(renewed).toBeGreaterThan(RENEWING.length);
    expect(await leases()).toEqual(expect.arrayContaining([...leasesBefore]));
    expect(await subnetIds()).toBe(idsBefore);
    for (const server of ['a', 'b'] as const) {
      expect(await addressesOf(server)).toEqual(expect.arrayContaining(given.map(({ ip }) => ip)));
    }
  });

  it('takes changes as before', async () => {
    await kubectl('patch', 'subnet', 'office', '--type=merge', '-p', '{"spec":{"renewTimer":700}}');
    await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' }, 60);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 60);
  });
};
