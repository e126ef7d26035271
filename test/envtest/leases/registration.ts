import { expect, it } from 'vitest';
import { API_SERVICE_NAME, API_SERVICES, removeOwnApiService } from '../../../src/apiserver/apiService.ts';
import { withdrawWithNamespace } from '../../../src/apiserver/departure.ts';
import { unlessNotFound } from '../../../src/runtime/errors.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import type { Condition, KubeObject } from '../../../src/runtime/object.ts';
import type { Resource } from '../../../src/runtime/resource.ts';
import { clientOf } from '../../support/chart.ts';
import { sleep, until } from '../../support/run.ts';
import { linesOf } from './asking.ts';
import { SYSTEM, type World } from './world.ts';

/** An APIService, or a namespace. */
type Conditioned = KubeObject<unknown, { conditions?: Condition[] }>;
const NAMESPACES: Resource<Conditioned> = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const says = (object: Conditioned | undefined, type: string, status: string): boolean =>
  object?.status?.conditions?.some((one) => one.type === type && one.status === status) ?? false;
const isUnavailable = (service: Conditioned | undefined): boolean => says(service, 'Available', 'False');
const isStuck = (namespace: Conditioned | undefined): boolean =>
  says(namespace, 'NamespaceDeletionDiscoveryFailure', 'True');

export const registrationTests = (world: () => World): void => {
  const registered = () => unlessNotFound(world().server.client.get(API_SERVICES, { name: API_SERVICE_NAME }));
  // kube-apiserver may take half a minute by itself until it looks again whether it reaches an API.
  const gone = (): Promise<true> => until('the withdrawal', 60, async () => (await registered()) === undefined, 100);
  const there = () => until('the registration', 30, registered, 100);
  const namespace = (name: string) => unlessNotFound(world().server.client.get(NAMESPACES, { name }));
  const remove = (name: string) => world().server.client.delete(NAMESPACES, { name });
  let controller: Promise<void> | undefined;
  const startController = () => (controller ??= world().server.startControllers('namespace-controller'));
  const get = (...args: string[]) => world().kubectl(['get', ...args]);

  it('is not written again when nothing has changed', async () => {
    const before = await there();
    const managed = world().manage({}, 20);
    await sleep(1_500);
    await managed.stop();
    expect((await there()).spec).toEqual(before.spec);
    expect((await there()).metadata.uid).toBe(before.metadata.uid);
  });

  it('is left to the operator that has it by another of the cluster', async () => {
    const before = await there();
    const managed = world().manage({ service: { namespace: 'elsewhere', name: 'others-leases', port: 443 } }, 20);
    await sleep(1_500);
    await managed.stop();
    expect((await there()).spec).toEqual(before.spec);
  });

  it('leaves the words to the built-in leases when it is told to, but keeps its own', async () => {
    const managed = world().manage({ claimShortName: false }, 20);
    await until('the lower priority', 10, async () => (await registered())?.spec.groupPriorityMinimum === 100, 100);
    await until('the built-in leases', 20, async () => (await get('leases', '-n', 'branch')).stdout === '', 200);
    expect((await get('leases', '-n', 'branch')).stderr).toBe('No resources found in branch namespace.\n');
    expect(linesOf((await get('dl', '-n', 'branch')).stdout)).toHaveLength(4);
    expect(linesOf((await get('dhcpleases', '-n', 'branch')).stdout)).toHaveLength(4);
    await managed.stop();
  });

  it('claims them again, and the built-in leases stay reachable by their full name', async () => {
    const managed = world().manage({}, 20);
    await until('the leases', 20, async () => linesOf((await get('leases', '-n', 'branch')).stdout).length === 4, 200);
    const builtIn = await get('leases.coordination.k8s.io', '-n', 'kube-system', '-o', 'name');
    expect(builtIn.stdout).toMatch(/^lease\.coordination\.k8s\.io\/apiserver-/);
    await managed.stop();
  });

  it('is withdrawn when no pod has been ready for half a minute, so that namespaces can go, and comes back with the first that is', async () => {
    await startController();
    await world().namespace('leaving');
    await world().endpoint(false);
    await until('its outage', 20, async () => isUnavailable(await registered()), 100);
    await remove('leaving');
    await until('the namespace to be stuck', 20, async () => isStuck(await namespace('leaving')), 100);
    const managed = world().manage({}, 20);
    await sleep(300);
    expect(await registered()).toBeDefined();
    await gone();
    // The controller waits for twice as long before each next try.
    await until('the end of the namespace', 60, async () => (await namespace('leaving')) === undefined, 200);
    // Without the APIService kubectl's words are the built-in's, and our short names are unknown instead of stale.
    await until(
      'the end of the group',
      20,
      async () => (await get('dl', '-n', 'branch')).stderr.includes('the server doesn\'t have a resource type "dl"'),
      200,
    );
    await world().endpoint(true);
    await there();
    await world().available();
    expect(linesOf((await get('leases', '-n', 'branch')).stdout)).toHaveLength(4);
    await managed.stop();
  });

  it('is withdrawn when the pods are ready but kube-apiserver does not reach them', async () => {
    await world().api().stop(0);
    const managed = world().manage({}, 20);
    await gone();
    await world().startApi();
    await there();
    await world().available();
    await managed.stop();
  });

  it('is taken away first at uninstall, also twice', async () => {
    const { client } = world().server;
    expect(await removeOwnApiService(client, 'elsewhere')).toBe(false);
    expect(await registered()).toBeDefined();
    for (let time = 0; time < 2; time++) expect(await removeOwnApiService(client, SYSTEM)).toBe(true);
    expect(await registered()).toBeUndefined();
    const managed = world().manage({}, 20);
    await there();
    await managed.stop();
  });

  it('an API that stops answers what it was asked, and is not ready from the first moment', async () => {
    await world().available();
    const slow = Array.from({ length: 5 }, () => get('leases', '-n', 'dhcp', '--chunk-size=0', '-o', 'name'));
    await sleep(300);
    const stopped = world().api().stop(2_000);
    expect(world().api().missing()).toBe('the server is stopping');
    for (const { code, stdout } of await Promise.all(slow)) {
      expect(code).toBe(0);
      expect(stdout.trim().split('\n')).toHaveLength(1_200);
    }
    await stopped;
    await world().startApi();
  });

  // The last: nothing of the lease API is left after it.
  it('goes when its namespace is deleted, by an account that goes with that, and every namespace can', async () => {
    await world().available();
    await there();
    const operator = await clientOf(world().server, 'kea-operator');
    const stop = new AbortController();
    const log = createLogger({ level: 'silent' });
    const managed = world().manage({});
    const watching = withdrawWithNamespace({ client: operator, namespace: SYSTEM, log }, stop.signal);
    await startController();
    await remove(SYSTEM);
    await until('the withdrawal', 5, async () => (await registered()) === undefined, 50);
    await world().api().stop(0);
    for (const name of [SYSTEM, 'empty']) {
      if (name !== SYSTEM) await remove(name);
      await until(`the end of ${name}`, 60, async () => (await namespace(name)) === undefined, 200);
    }
    expect(await registered()).toBeUndefined();
    stop.abort();
    await Promise.all([managed.stop(), watching]);
    await operator.close();
  });
};
