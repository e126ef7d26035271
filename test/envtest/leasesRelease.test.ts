/** Releases through a real kube-apiserver, by the lease API and over mutual TLS by the operator's part, on a real server. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AskOperator, askOperator } from '../../src/release/ask.ts';
import { createReleases } from '../../src/release/releases.ts';
import type { ReleaseRequest } from '../../src/release/request.ts';
import { type ReleaseServer, startReleaseServer } from '../../src/release/server.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { bundleOf, issueLeaf } from '../../src/workload/certificates.ts';
import type { KeaServer } from '../support/kea.ts';
import { type LeaseWriter, leaseWriter } from '../support/leases.ts';
import { until } from '../support/run.ts';
import { BINDINGS, ROLES, SERVICE, startWorld, SYSTEM, type World } from './leases/world.ts';

const ROOT = '/apis/state.kea-operator.io/v1alpha1';
const INTERNAL = `kea-operator-internal.${SYSTEM}.svc`;
const MAC = '02:00:5e:10:00:01';

let world: World;
let kea: KeaServer;
let writer: LeaseWriter;
let operator: ReleaseServer;
let ask: AskOperator | undefined;
const told: string[] = [];
const term = new AbortController();

const identity = async (name: string) => {
  const leaf = { commonName: name, dnsNames: [name], use: 'server' } as const;
  return issueLeaf(world.authority, leaf, Date.now());
};
const startOperator = async (): Promise<void> => {
  const releases = createReleases(
    {
      find: ({ pair }) =>
        pair === 'office'
          ? { servers: [kea.client], missing: [], shared: false }
          : { outcome: 'NotFound', message: `there is no HAPair ${pair}` },
      tell: ({ user }, reason) => told.push(`${reason} ${user}`),
      mustLead: () => undefined,
      clock: systemClock,
      log: createLogger({ level: 'silent' }),
    },
    term.signal,
  );
  operator = await startReleaseServer({
    host: '127.0.0.1',
    port: 0,
    trust: { ...(await identity(INTERNAL)), ca: bundleOf(world.authority) },
    caller: `${SERVICE}.${SYSTEM}.svc`,
    release: (request) => releases.release(request),
    log: createLogger({ level: 'silent' }),
  });
};
const asking = (files: { readonly certFile: string; readonly keyFile: string }, serverName = INTERNAL): AskOperator =>
  askOperator(
    { host: '127.0.0.1', port: operator.port, serverName },
    { ...files, caFile: join(world.directory, 'ca.crt') },
  );

beforeAll(async () => {
  world = await startWorld({
    operator: (request, signal) => ask?.(request, signal) ?? Promise.reject(new Error('there is no operator')),
  });
  await writeFile(join(world.directory, 'ca.crt'), bundleOf(world.authority));
  await world.namespace('dhcp');
  kea = await world.lab.server('memory', { dhcp4: { subnet4: [{ id: 7, subnet: '10.7.0.0/16' }] } });
  writer = leaseWriter(kea);
  const servers = [kea.endpoint];
  await world.pair({ namespace: 'dhcp', pair: 'office', ipFamily: 'IPv4', storage: 'Memfile', servers });
  await startOperator();
  ask = asking(world.certificate);
  const managed = world.manage({});
  await world.available();
  await managed.stop();
});
afterAll(async () => {
  term.abort();
  await operator.close();
  await writer.close();
  await world.stop();
});

const add = (address: string): Promise<void> =>
  writer.add({ address, subnetId: 7, hwAddress: MAC, validLifetime: 3_600 });
const has = async (address: string): Promise<boolean> =>
  (await kea.client.call('lease4-get', { 'ip-address': address })) !== undefined;

const pathOf = (name: string): string => `${ROOT}/namespaces/dhcp/leases/${name}/release`;
/** By kubectl: what it printed, whether it went well or not. */
const release = async (name: string, body: unknown = {}, as: readonly string[] = []): Promise<string> => {
  const input = typeof body === 'string' ? body : JSON.stringify(body);
  const { stdout, stderr } = await world.kubectl(['create', '--raw', pathOf(name), '-f', '-', ...as], { input });
  return stdout + stderr;
};
const of = (spec: object) => ({ apiVersion: 'state.kea-operator.io/v1alpha1', kind: 'LeaseRelease', spec });

it('a lease is released, its client being the one that was meant, in whatever spelling', async () => {
  await add('10.7.0.1');
  expect(JSON.parse(await release('10.7.0.1', of({ hwAddress: '02-00-5E-10-00-01' })))).toMatchObject({
    kind: 'Status',
    status: 'Success',
    code: 201,
    message: `the lease of 10.7.0.1, which ${MAC} had, was released`,
    details: { name: '10.7.0.1', group: 'state.kea-operator.io', kind: 'leases' },
  });
  expect(await has('10.7.0.1')).toBe(false);
  expect(told).toEqual(['LeaseReleased admin']);
  expect(await release('10.7.0.1')).toContain('leases.state.kea-operator.io "10.7.0.1" not found');
});

it('without a body it is whoever has it', async () => {
  await add('10.7.0.2');
  expect(await world.server.client.raw({ method: 'POST', path: pathOf('10.7.0.2') })).toMatchObject({ code: 201 });
  expect(await has('10.7.0.2')).toBe(false);
});

describe('nothing is done', () => {
  beforeAll(() => add('10.7.0.3'));
  it.each<[string, unknown, string | RegExp]>([
    [
      'of another client',
      of({ hwAddress: '02:00:5e:10:00:02' }),
      `(Conflict): the lease of 10.7.0.3 is of another client, ${MAC}`,
    ],
    ['with a condition that is misspelt', of({ hwAdress: MAC }), /\(BadRequest\): .*hwAdress/],
    ['with bytes that are none', of({ clientId: 'me' }), /\(BadRequest\): .*spec.clientId not hexadecimal bytes/],
    ['by another kind', { ...of({}), kind: 'Pod' }, /\(BadRequest\)/],
    ['by what is no object', '[1]', /\(BadRequest\)/],
    ['by what is no JSON', '{{{', 'the body is not JSON'],
    ['by very many words', of({ duid: '00'.repeat(100_000) }), 'more than 64 KiB'],
    ['by very deep words', '['.repeat(60_000), 'the body is not JSON'],
  ])('%s', async (_, body, expected) => {
    const said = await release('10.7.0.3', body);
    if (typeof expected === 'string') expect(said).toContain(expected);
    else expect(said).toMatch(expected);
    expect(await has('10.7.0.3')).toBe(true);
  });

  it('for who may read leases only', async () => {
    const { client } = world.server;
    const at = { name: 'lease-reader', namespace: 'dhcp' };
    const may = (...resources: string[]) => ({
      metadata: at,
      ...{ rules: [{ apiGroups: ['state.kea-operator.io'], resources, verbs: ['get', 'list', 'create'] }] },
    });
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: at.name };
    await client.apply(ROLES, may('leases'), { fieldManager: 'test' });
    await client.apply(BINDINGS, { metadata: at, ...{ roleRef, subjects } }, { fieldManager: 'test' });
    const reads = async () =>
      (await world.kubectl(['get', 'dl', '10.7.0.3', '-n', 'dhcp', '--as', 'alice'])).code === 0;
    await until('the role', 10, reads, 100);
    expect(await release('10.7.0.3', {}, ['--as', 'alice'])).toContain(
      'User "alice" cannot create resource "leases/release" in API group "state.kea-operator.io" in the namespace "dhcp"',
    );
    expect(await has('10.7.0.3')).toBe(true);

    await client.apply(ROLES, may('leases', 'leases/release'), { fieldManager: 'test' });
    const released = async () => (await release('10.7.0.3', {}, ['--as', 'alice'])).includes('"Success"');
    await until('the right', 20, released, 500);
    expect(told.at(-1)).toBe('LeaseReleased alice');
  });

  it('on trial, by another method, or of what is no lease', async () => {
    await add('10.7.0.4');
    const { client } = world.server;
    const dryRun = client.raw({ method: 'POST', path: `${pathOf('10.7.0.4')}?dryRun=All` });
    await expect(dryRun).rejects.toThrow('dryRun is not supported');
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      await expect(client.raw({ method, path: pathOf('10.7.0.4') })).rejects.toMatchObject({ status: 405 });
    }
    for (const name of ['desk', '10.7.0.4-24', '10.07.0.4', 'x'.repeat(400)]) {
      await expect(client.raw({ method: 'POST', path: pathOf(name) })).rejects.toMatchObject({ status: 404 });
    }
    expect(await has('10.7.0.4')).toBe(true);
  });
});

it('it is told by discovery and OpenAPI', async () => {
  const read = async (path: string) => JSON.stringify(await world.server.client.raw({ method: 'GET', path }));
  expect(await read(ROOT)).toContain('"name":"leases/release"');
  expect(await read(`/openapi/v3${ROOT}`)).toContain('/leases/{name}/release');
  const explained = await world.kubectl(['get', '--raw', '/openapi/v2']);
  expect(explained.stdout).toContain('createStateKeaOperatorIoV1alpha1NamespacedLeaseRelease');
});

describe('the operator', () => {
  const request: ReleaseRequest = {
    namespace: 'dhcp',
    pair: 'office',
    ipFamily: 'IPv4',
    address: '10.7.0.5',
    holder: {},
    user: 'eve',
  };
  const files = async (name: string) => {
    const { cert, key } = await identity(name);
    const [certFile, keyFile] = [join(world.directory, `${name}.crt`), join(world.directory, `${name}.key`)];
    await writeFile(certFile, cert);
    await writeFile(keyFile, key);
    return { certFile, keyFile };
  };
  beforeAll(() => add('10.7.0.5'));

  it('listens to the lease API alone, be others of the same authority', async () => {
    const postgres = await files(`kea-operator-postgresql.${SYSTEM}.svc`);
    await expect(asking(postgres)(request)).rejects.toThrow('HTTP status 403');
    const { directory } = world.server;
    const stranger = { certFile: join(directory, 'admin.crt'), keyFile: join(directory, 'admin.key') };
    await expect(asking(stranger)(request)).rejects.toMatchObject({ reason: 'OperatorUnavailable' });
    expect(await has('10.7.0.5')).toBe(true);
  });

  it('is not taken for another', async () => {
    await expect(asking(world.certificate, `other.${SYSTEM}.svc`)(request)).rejects.toThrow(/altnames/);
  });

  it('that is not there is told', async () => {
    await operator.close();
    const said = await release('10.7.0.5');
    expect(said).toMatch(/\(ServiceUnavailable\)|currently unable/);
    const direct = world.server.client.raw({ method: 'POST', path: pathOf('10.7.0.5') });
    await expect(direct).rejects.toThrow(
      /503 ServiceUnavailable: the operator, which carries releases out, gave no answer \(127.0.0.1: connect ECONNREFUSED/,
    );
    await startOperator();
    ask = asking(world.certificate);
    expect(await release('10.7.0.5')).toContain('"Success"');
  });
});
