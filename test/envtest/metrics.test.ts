/** How Prometheus reads metrics: by what a monitor of the chart says, with a token, and sure of whom it asks. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decoded, SECRETS } from '../../src/workload/objects.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { installRights, renderChart, type Rendered, SYSTEM, tokenOf } from '../support/chart.ts';
import { type CommandProcess, startCommand } from '../support/commandProcess.ts';
import { installCrds } from '../support/crds.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace } from '../support/kubernetes.ts';
import { freePort } from '../support/postgres.ts';

/** What a monitor says of a target, as far as Prometheus goes by it. */
interface Endpoint {
  readonly path: string;
  readonly scheme: string;
  readonly tlsConfig: { readonly ca: { readonly secret: { name: string; key: string } }; readonly serverName: string };
  readonly authorization: { readonly credentials: { readonly name: string } };
}

let server: TestApiServer;
let directory: string;
let objects: readonly Rendered[];
let endpoint: Endpoint;
let processes: readonly (readonly [name: string, port: number])[];
const running: CommandProcess[] = [];

/** With the rights of an account of the release, and no other. */
const kubeconfigOf = async (account: string): Promise<string> => {
  const config = new KubeConfig();
  config.loadFromFile(server.kubeconfig);
  config.addUser({ name: account, token: await tokenOf(server, account) });
  config.addContext({ name: account, user: account, cluster: config.getCurrentCluster()?.name ?? '' });
  config.setCurrentContext(account);
  const path = join(directory, `${account}.kubeconfig`);
  await writeFile(path, config.exportConfig());
  return path;
};

/** A process as its Deployment starts it, but for ports and directories. Gives the port of its metrics. */
const start = async (name: string): Promise<number> => {
  const { spec } = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name) ?? {};
  const { template } = spec as { template: { spec: { containers: { args: string[] }[] } } };
  const [metrics, other] = [await freePort(), await freePort()];
  const args = (template.spec.containers[0]?.args ?? []).map((arg) =>
    arg
      .replace('$(NAMESPACE)', SYSTEM)
      .replace('$(POD_NAME)', 'test')
      .replace('/metrics-tls', join(directory, 'metrics-tls'))
      .replace(/^(--metrics-port)=.*/, `$1=${metrics}`)
      .replace(/^(--internal-port|--port)=.*/, `$1=${other}`)
      .replace('=/tls', `=${join(directory, 'none')}`),
  );
  running.push(await startCommand(await kubeconfigOf(name), args, false));
  return metrics;
};

const read = async (name: string) => decoded(await server.client.get(SECRETS, { namespace: SYSTEM, name }));

beforeAll(async () => {
  server = await startApiServer();
  directory = await mkdtemp(join(tmpdir(), 'kea-metrics-'));
  await installCrds(server.client);
  await createNamespace(server.client, SYSTEM);
  objects = await renderChart({ metrics: { serviceMonitor: { enabled: true } } });
  await installRights(server.client, objects);
  const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor')?.spec as { endpoints: [Endpoint] };
  endpoint = monitor.endpoints[0];
  processes = [
    ['operator', await start('kea-operator')],
    ['lease API', await start('kea-operator-leases')],
  ];
});
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await server.stop();
  await rm(directory, { recursive: true });
});

/** As Prometheus does it: of whom it is not sure, or who does not answer, it learns nothing. */
const scrape = async (port: number, token: string | undefined, ca: string): Promise<readonly [number, string]> => {
  const { path, tlsConfig } = endpoint;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const target = {
    host: '127.0.0.1',
    port,
    path,
    servername: tlsConfig.serverName,
    ca,
    headers,
    agent: false,
  } as const;
  return new Promise((resolve, reject) => {
    request(target, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => {
        resolve([answer.statusCode ?? 0, text]);
      });
    })
      .on('error', reject)
      .end();
  });
};

it('what a monitor names is made by the operator, and no process is believed before it has its certificate', async () => {
  const { name, key } = endpoint.tlsConfig.ca.secret;
  await eventually(async () => {
    expect(Object.keys(await read(name))).toEqual([key]);
  });
  const ca = (await read(name))[key] ?? '';
  for (const [, port] of processes) await expect(scrape(port, undefined, ca)).rejects.toThrow(/certificate/);
});

it('each process is known by that certificate as soon as it has it, and tells whom RBAC lets', async () => {
  const { name, key } = endpoint.tlsConfig.ca.secret;
  const ca = (await read(name))[key] ?? '';
  const { 'tls.crt': cert = '', 'tls.key': privateKey = '' } = await read(name.replace(/-ca$/, '-tls'));
  // As the kubelet does.
  await mkdir(join(directory, 'metrics-tls'));
  await writeFile(join(directory, 'metrics-tls/tls.key'), privateKey);
  await writeFile(join(directory, 'metrics-tls/tls.crt'), cert);
  const token = await tokenOf(server, endpoint.authorization.credentials.name);
  for (const [process, port] of processes) {
    await eventually(async () => {
      expect((await scrape(port, undefined, ca))[0]).toBe(401);
    });
    expect((await scrape(port, await tokenOf(server, 'kea-operator-leases'), ca))[0]).toBe(403);
    const [status, text] = await scrape(port, token, ca);
    expect(status).toBe(200);
    expect(text).toMatch(/^kea_operator_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
    expect(text).toMatch(/^kea_operator_own_certificate_expiry_timestamp_seconds\{certificate="metrics"\} \d+$/m);
    if (process !== 'operator') continue;
    expect(text).toMatch(/^kea_operator_leader 1$/m);
    for (const certificate of ['ca', 'internal']) {
      const series = `kea_operator_own_certificate_expiry_timestamp_seconds{certificate="${certificate}"}`;
      expect(text).toContain(series);
    }
  }
});
