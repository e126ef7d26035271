/** What the leases are measured on: kube-apiserver, the lease API as a process of its own, and leases in PostgreSQL and in the memory of a server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { SOURCES, startWorld, type World } from '../envtest/leases/world.ts';
import { tokenOf } from '../support/chart.ts';
import { ROOT } from '../support/cluster.ts';
import { imageFlags } from '../support/imageFlags.ts';
import type { KeaServer } from '../support/kea.ts';
import { freePort, type TestDatabase } from '../support/postgres.ts';
import { run, until } from '../support/run.ts';
import { insertLeases, leaseFile, type SubnetOf, subnetsOfLeases } from './leaseRows.ts';
import { CACHE_THRESHOLD } from './lookups.ts';

/** Where the leases of a store are found. */
export const IN = { PostgreSQL: 'dhcp', Memfile: 'branch' } as const;
export type Store = keyof typeof IN;

export interface LeaseLab {
  readonly world: World;
  readonly database: TestDatabase;
  /** Has all leases in its memory. */
  readonly memory: KeaServer;
  /** Network namespace of DHCP clients, who are served by a server that writes its leases beside all those of the database. */
  readonly netns: string;
  /** Greatest resident set of the lease API since the last call, MiB. */
  readonly peak: () => Promise<number>;
  /** How long it took to write the leases by SQL, and to start a server with them, seconds. */
  readonly insertSeconds: number;
  readonly loadSeconds: number;
}

/** Of the clients that ask meanwhile; no lease that is measured is in it. */
const SERVED = { id: 1000, subnet: '198.19.0.0/16', pools: [{ pool: '198.19.0.1-198.19.255.254' }] };

/** @param stop Collects what is to be ended, the last first. */
export const openLeaseLab = async (
  leases: number,
  say: (line: string) => void,
  stop: (() => Promise<void>)[],
): Promise<LeaseLab> => {
  const subnets = subnetsOfLeases(leases);
  const world = await startWorld();
  stop.push(() => world.stop());
  const now = Math.floor(Date.now() / 1000);

  const database = await world.postgres.database();
  stop.push(() => database.drop());
  let begin = performance.now();
  for (const statement of insertLeases(leases, now)) await database.query(statement);
  const insertSeconds = (performance.now() - begin) / 1000;
  say(`  ${leases} leases in PostgreSQL after ${insertSeconds.toFixed(1)} s`);

  const file = join(world.directory, 'leases4.csv');
  await pipeline(Readable.from(leaseFile(leases, now)), createWriteStream(file));
  begin = performance.now();
  const memory = await world.lab.server('memory', {
    leaseFile: file,
    startSeconds: 300,
    dhcp4: {
      'interfaces-config': { interfaces: [] },
      subnet4: subnets.map(({ id, cidr }) => ({ id, subnet: cidr })),
    },
  });
  const loadSeconds = (performance.now() - begin) / 1000;
  say(`  and in the memory of a server after ${loadSeconds.toFixed(1)} s`);

  // perfdhcp says of itself that it is a relay agent.
  const client = world.lab.network.reserve();
  await world.lab.server('serving', {
    database: { server: world.postgres, database },
    leases: 'postgresql',
    startSeconds: 120,
    dhcp4: {
      subnet4: [{ ...SERVED, relay: { 'ip-addresses': [client.address] } }],
      'valid-lifetime': 3600,
      'cache-threshold': CACHE_THRESHOLD,
      // A line for each packet would cost more than what is measured.
      loggers: [{ name: 'kea-dhcp4', severity: 'WARN', 'output-options': [{ output: 'stdout' }] }],
    },
  });
  await client.join();
  stop.push(() => client.leave());

  await furnish(world, database, memory, subnets);
  const managed = world.manage({});
  await world.available();
  await managed.stop();
  const api = await startApi(world, stop);
  return { world, database, memory, netns: client.namespace, peak: () => peakOf(api), insertSeconds, loadSeconds };
};

const furnish = async (
  world: World,
  database: TestDatabase,
  memory: KeaServer,
  subnets: readonly SubnetOf[],
): Promise<void> => {
  const pairs = { PostgreSQL: 'office', Memfile: 'memory' } as const;
  for (const store of ['PostgreSQL', 'Memfile'] as const) {
    const [namespace, pair] = [IN[store], pairs[store]];
    await world.namespace(namespace);
    for (const { id, cidr } of subnets) {
      await world.subnet({ namespace, name: `net-${id}`, pair, cidr, subnetId: id });
    }
  }
  const ipFamily = 'IPv4';
  await world.pair({
    namespace: IN.PostgreSQL,
    pair: pairs.PostgreSQL,
    ipFamily,
    storage: 'PostgreSQL',
    database: database.target,
  });
  await world.pair({
    namespace: IN.Memfile,
    pair: pairs.Memfile,
    ipFamily,
    storage: 'Memfile',
    servers: [memory.endpoint],
  });
};

/** As the image and the chart run it. */
const FLAGS = imageFlags(512);

/** In the place of the one that tests have in their own process, at its address; gives its process id. */
const startApi = async (world: World, stop: (() => Promise<void>)[]): Promise<number> => {
  const { port } = new URL(world.api().url);
  await world.api().stop(0, 1000);
  await run('npm', ['run', '--silent', 'build'], { cwd: ROOT });
  const home = join(world.directory, 'api');
  await mkdir(home);
  const config = new KubeConfig();
  config.loadFromFile(world.server.kubeconfig);
  config.addUser({ name: 'leases', token: await tokenOf(world.server, 'kea-operator-leases') });
  config.addContext({ name: 'leases', user: 'leases', cluster: config.getCurrentCluster()?.name ?? '' });
  config.setCurrentContext('leases');
  const kubeconfig = join(home, 'kubeconfig');
  await writeFile(kubeconfig, config.exportConfig());

  const metricsPort = await freePort();
  const program = [...FLAGS, join(ROOT, 'dist', 'kea-operator.js'), 'apiserver', `--lease-sources=${SOURCES}`];
  const ports = [`--port=${port}`, `--metrics-port=${metricsPort}`, '--log-level=warn'];
  // The kernel ends it with the process that measures, however that ends.
  const command = ['--pdeathsig', 'KILL', process.execPath, ...program, ...ports, `--tls-directory=${world.directory}`];
  const child = spawn('setpriv', command, {
    env: { ...process.env, KUBECONFIG: kubeconfig, NODE_ENV: 'production', MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  stop.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  await until('the lease API to be ready', 60, async () => {
    if (child.exitCode !== null) throw new Error(`the lease API ended with ${child.exitCode}`);
    return (await fetch(`http://127.0.0.1:${metricsPort}/readyz`)).ok;
  });
  const path = `/apis/state.kea-operator.io/v1alpha1/namespaces/${IN.PostgreSQL}/leases?limit=1`;
  await until('its leases', 30, () => world.server.client.raw({ method: 'GET', path }), 100);
  const { pid } = child;
  if (pid === undefined) throw new Error('the lease API did not start');
  return pid;
};

/** The kernel keeps the greatest value itself, and begins anew where it is told to. */
const peakOf = async (pid: number): Promise<number> => {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  await writeFile(`/proc/${pid}/clear_refs`, '5');
  return Number(kilobytes) / 1024;
};
