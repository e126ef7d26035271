/**
 * A real kube-apiserver on a real etcd, on loopback, with certificates of its own: the ground of the envtest tier.
 * There is no scheduler and no kubelet, and no controller but those that a test starts: nothing is collected, scheduled or run.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import { createKubeClient, type KubeClient, type KubeClientOptions } from '../../src/runtime/client.ts';
import { createConnection } from '../../src/runtime/connection.ts';
import type { NamespacedName } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import {
  apiServerArguments,
  controllerArguments,
  etcdArguments,
  writeCertificates,
  writeKubeconfig,
} from './apiserverFiles.ts';
import { startTcpProxy } from './tcpProxy.ts';

const run = promisify(execFile);

export interface TestApiServer {
  /** A kubeconfig file of a cluster administrator. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:port`; like the kubeconfig through a proxy that can cut and freeze connections. */
  readonly url: string;
  /** The API server itself, past the proxy: for measurements. */
  readonly directUrl: string;
  /** A client of the administrator. */
  readonly client: KubeClient;
  /** Another client, with connections of its own; `direct` past the proxy. It is closed by `stop`. */
  newClient(options?: NewClientOptions): KubeClient;
  /**
   * Holds ca.crt, admin.crt and admin.key; for an aggregated API the front proxy's front-proxy-ca.crt, front-proxy.crt
   * and front-proxy.key; and the logs etcd.log and kube-apiserver.log.
   */
  readonly directory: string;
  /** Kills the API server (SIGKILL) and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and the same etcd, and waits until it is ready. */
  start(): Promise<void>;
  /** kill, a pause, start. */
  restart(options?: { readonly downMs?: number }): Promise<void>;
  /** Breaks every open connection, watches first of all; the API server goes on. */
  cutWatches(): void;
  /** Lets open connections fall silent without closing them, as a lost link would. */
  freeze(): void;
  /** Ends a freeze: the frozen connections break. */
  thaw(): void;
  /** Starts kube-controller-manager with these controllers alone; it ends with `stop`. */
  startControllers(...names: readonly string[]): Promise<void>;
  /** Takes an object out of etcd behind the API server's back, as a restored snapshot does: nobody ever sees it being deleted. */
  loseObject(resource: Resource, at: NamespacedName): Promise<void>;
  /** Makes etcd forget all history: what watches from an old resourceVersion gets 410 after a restart. */
  compact(): Promise<void>;
  /** Ends everything and removes the directory. */
  stop(): Promise<void>;
}

export interface NewClientOptions extends Omit<KubeClientOptions, 'connection'> {
  readonly direct?: boolean;
}

/** Starts etcd and kube-apiserver; some seconds. The programs come from `test/cluster/cluster bin`. */
export const startApiServer = async (): Promise<TestApiServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'envtest-'));
  const children = new Set<ChildProcess>();
  const clients = new Set<KubeClient>();
  const [etcdProgram, apiProgram, [etcdPort, peerPort, apiPort]] = await Promise.all([
    programOf('etcd'),
    programOf('kube-apiserver'),
    freePorts(),
    writeCertificates(directory),
  ]);
  const proxy = await startTcpProxy(apiPort);
  const url = `https://127.0.0.1:${proxy.port}`;
  const kubeconfig = await writeKubeconfig(directory, url);
  const directUrl = `https://127.0.0.1:${apiPort}`;
  const newClient = ({ direct = false, ...options }: NewClientOptions = {}): KubeClient => {
    const load = (): KubeConfig => loadFrom(kubeconfig, direct ? directUrl : url);
    const client = createKubeClient({ ...options, connection: createConnection({ load }) });
    clients.add(client);
    return client;
  };
  const client = newClient();
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const launch = (program: string, log: string, args: readonly string[]): ChildProcess => {
    const child = startProcess(program, join(directory, log), args);
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  // A test run that ends on its own feet takes its servers along.
  const killAll = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', killAll);

  let api: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    if (api !== undefined) return;
    api = launch(apiProgram, 'kube-apiserver.log', apiServerArguments(directory, etcdUrl, apiPort));
    await untilReady(client, api, join(directory, 'kube-apiserver.log'));
  };
  const kill = async (): Promise<void> => {
    const victim = api;
    api = undefined;
    if (victim !== undefined) await endProcess(victim);
  };
  const stop = async (): Promise<void> => {
    process.off('exit', killAll);
    await Promise.all([...clients].map((open) => open.close()));
    await Promise.all([...children].map(endProcess));
    await proxy.close();
    await rm(directory, { recursive: true, force: true });
  };

  try {
    launch(etcdProgram, 'etcd.log', etcdArguments(directory, etcdUrl, `http://127.0.0.1:${peerPort}`));
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kubeconfig,
    url,
    directUrl,
    client,
    newClient,
    directory,
    kill,
    start,
    restart: async ({ downMs = 0 } = {}) => {
      await kill();
      await pause(downMs);
      await start();
    },
    startControllers: async (...names) => {
      const program = await programOf('kube-controller-manager');
      launch(program, 'kube-controller-manager.log', controllerArguments(directory, kubeconfig, names));
    },
    loseObject: ({ group, plural }, { namespace, name }) =>
      removeKey(etcdUrl, `/registry/${group}/${plural}/${namespace ?? ''}/${name}`),
    cutWatches: proxy.cut,
    freeze: proxy.freeze,
    thaw: proxy.thaw,
    compact: () => compactEtcd(etcdUrl),
    stop,
  };
};

const loadFrom = (file: string, server: string): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromFile(file);
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, server }));
  return config;
};

/** Where a program is; it is fetched or built first when it is not there yet, which takes minutes once. */
const programOf = async (name: string): Promise<string> => {
  const cluster = fileURLToPath(new URL('../cluster/cluster', import.meta.url));
  const { stdout } = await run(cluster, ['bin', name]);
  return stdout.trim();
};

const freePorts = async (): Promise<[number, number, number]> => {
  const servers = [createServer(), createServer(), createServer()];
  const ports = servers.map(async (server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  });
  const found = await Promise.all(ports);
  for (const server of servers) server.close();
  return found as [number, number, number];
};

/** setpriv lets the kernel kill the server when this process is killed before it could. */
const startProcess = (program: string, log: string, args: readonly string[]): ChildProcess => {
  const output = openSync(log, 'a');
  try {
    return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
  }
};

const endProcess = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

const READY_MS = 90_000;

/** Ready, and the first namespace is there: a hook makes it after /readyz says yes. */
const untilReady = async (client: KubeClient, api: ChildProcess, log: string): Promise<void> => {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    try {
      await client.raw({ method: 'GET', path: '/readyz', timeoutMs: 2_000 });
      await client.raw({ method: 'GET', path: '/api/v1/namespaces/default', timeoutMs: 2_000 });
      return;
    } catch (error) {
      if (api.exitCode !== null || Date.now() > deadline) {
        const lines = (await readFile(log, 'utf8')).trim().split('\n').slice(-15).join('\n');
        throw new Error(`kube-apiserver is not ready; its log ends with\n${lines}`, { cause: error });
      }
      await pause(100);
    }
  }
};

/** By etcd's JSON gateway. */
const callEtcd = async (etcd: string, path: string, body: object): Promise<unknown> => {
  const answer = await fetch(`${etcd}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const compactEtcd = async (etcd: string): Promise<void> => {
  const { header } = (await callEtcd(etcd, '/v3/kv/range', { key: base64('a') })) as { header: { revision: string } };
  await callEtcd(etcd, '/v3/kv/compaction', { revision: header.revision, physical: true });
};

const removeKey = async (etcd: string, key: string): Promise<void> => {
  const { deleted } = (await callEtcd(etcd, '/v3/kv/deleterange', { key: base64(key) })) as { deleted?: string };
  if (deleted !== '1') throw new Error(`etcd has no key ${key}`);
};
