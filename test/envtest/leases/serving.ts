/** How the API behaves: its fields and verbs, sources that come and go, its log and figures. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HAPAIRS } from '../../../src/api/resources.ts';
import { SOURCE_SECRETS } from '../../../src/apiserver/sources.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { until } from '../../support/run.ts';
import { askingWith, linesOf } from './asking.ts';
import { SOURCES, type World } from './world.ts';

export const servingTests = (world: () => World, database: () => TestDatabase): void => {
  const { kubectl, refused } = askingWith(world);

  it('explains the fields', async () => {
    const fields = await kubectl('explain', 'leases', '--api-version=state.kea-operator.io/v1alpha1');
    expect(fields).toContain('KIND:       Lease');
    expect(fields).toContain('Lease is one DHCP lease');
    const field = await kubectl('explain', 'leases.spec.hwAddress');
    expect(field).toContain("The client's hardware address");
    expect(await kubectl('explain', 'dl.status', '--recursive')).toContain('lastTransaction');
  });

  it('is described', async () => {
    const text = await kubectl('describe', 'lease', '10.8.0.9', '-n', 'branch');
    expect(text).toMatch(/Hw Address: +02:00:00:00:00:01/);
  });

  it('is listed among the resources, with its names', async () => {
    const resources = linesOf(await kubectl('api-resources', '--api-group=state.kea-operator.io', '-o', 'wide'));
    expect(resources[1]).toEqual([
      'leases',
      'dl,dhcplease,dhcpleases',
      'state.kea-operator.io/v1alpha1',
      'true',
      'Lease',
      'get,list',
    ]);
  });

  it('cannot be watched or changed, and says so', async () => {
    const watched = await refused('get', 'leases', '-n', 'branch', '-w');
    expect(linesOf(watched.stdout)).toHaveLength(4);
    expect(watched.stderr).toContain('(MethodNotAllowed): leases cannot be watched');
    const deleted = await refused('delete', 'lease', '10.8.0.9', '-n', 'branch');
    expect(deleted.stderr).toContain('(MethodNotAllowed): leases are read-only here');
    const lease = {
      apiVersion: 'state.kea-operator.io/v1alpha1',
      kind: 'Lease',
      metadata: { name: '10.8.0.77', namespace: 'branch' },
    };
    const created = await world().kubectl(['create', '-f', '-', '--validate=false'], { input: JSON.stringify(lease) });
    expect(created.stderr).toContain('leases are read-only here');
  });

  it.each([
    [['--field-selector', 'spec.iaid=1'], 'field selector "spec.iaid=1" is not supported: leases can be selected'],
    [['--field-selector', 'spec.hwAddress=nonsense'], 'hwAddress must be 1 to 20 bytes in hexadecimal digits'],
    [['--field-selector', 'spec.state!=Active'], 'field selector "spec.state!=Active" is not supported'],
  ])('refuses the selector %j', async (selector, message) => {
    expect((await refused('get', 'leases', '-n', 'dhcp', ...selector)).stderr).toMatch(
      new RegExp(`\\(BadRequest\\): .*: ${message}`),
    );
  });

  it('takes up a new descriptor and lets go of one that is gone', async () => {
    const login = database().target;
    const at = { namespace: 'empty', pair: 'late' };
    const count = async (): Promise<number> =>
      (await world().kubectl(['get', 'leases', '-n', 'empty', '-o', 'name'])).stdout.split('\n').length - 1;
    await world().pair({ ...at, ipFamily: 'IPv4', storage: 'PostgreSQL', database: { ...login, password: 'wrong' } });
    await until(
      'the wrong password',
      10,
      async () =>
        (await world().kubectl(['get', 'leases', '-n', 'empty'])).stderr.includes('password authentication failed'),
      100,
    );
    await world().pair({ ...at, ipFamily: 'IPv4', storage: 'PostgreSQL', database: login });
    await until('the right password', 10, async () => (await count()) === 1_200, 100);
    // A Secret that outlives its pair shows nothing.
    await world().server.client.delete(HAPAIRS, { namespace: 'empty', name: 'late' });
    await until('the end of the pair', 10, async () => (await count()) === 0, 100);
    await world().server.client.delete(SOURCE_SECRETS, { namespace: SOURCES, name: 'lease-source.empty.late' });
  });

  it('is down while PostgreSQL is, and comes back by itself', async () => {
    await world().postgres.pause();
    expect((await refused('get', 'leases', '-n', 'dhcp')).stderr).toContain(
      'leases of HAPair dhcp/office cannot be read',
    );
    expect(linesOf(await kubectl('get', 'leases', '-n', 'branch'))).toHaveLength(4);
    await world().postgres.resume();
    await until('the leases', 10, async () => (await world().kubectl(['get', 'leases', '-n', 'dhcp'])).code === 0, 100);
  });

  it('does not make kube-apiserver complain', async () => {
    const log = await readFile(join(world().server.directory, 'kube-apiserver.log'), 'utf8');
    const complaints = log.split('\n').filter((line) => line.startsWith('E') && line.includes('state.kea-operator.io'));
    expect(complaints.filter((line) => line.includes('failed to download'))).toEqual([]);
  });

  it('counts what it does', async () => {
    const metrics = await world().registry.metrics();
    expect(metrics).toMatch(/kea_operator_lease_api_requests_total\{verb="list",code="200"\} [1-9]/);
    expect(metrics).toMatch(/kea_operator_lease_api_requests_total\{verb="list",code="503"\} [1-9]/);
    expect(metrics).toMatch(/kea_operator_lease_api_leases_total [1-9]\d{3}/);
    expect(metrics).toMatch(/kea_operator_lease_api_source_failures_total [1-9]/);
  });
};
