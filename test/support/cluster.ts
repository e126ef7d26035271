import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type Ran, run, type RunOptions, tryRun } from './run.ts';

/** Top of the checkout. */
export const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'test', 'cluster', 'cluster');

/** A lease as the DHCP client saw it. */
export interface ClientLease {
  readonly ip: string;
  readonly router: string;
  readonly server: string;
  readonly dns: string;
  readonly lease: number;
  readonly hostname: string;
}

/** What a client of DHCPv6 got: an address, a prefix, or both. */
export interface ClientLease6 {
  readonly ip: string;
  readonly prefix: string;
  readonly dns: string;
  /** The server's DUID. */
  readonly server: string;
}

/** The embedded cluster (test/cluster/cluster) of one state directory, or kind where KIND=1. */
export interface Cluster {
  readonly dir: string;
  /** Shows its progress: the first time on a machine Kubernetes is built, which takes minutes. */
  up(nodes: number): Promise<void>;
  down(): Promise<void>;
  isUp(): Promise<boolean>;
  /** Runs the program with any of its words. */
  run(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Starts the program with any of its words, to be talked with. */
  start(args: readonly string[]): ChildProcessByStdio<Writable, Readable, null>;
  kubectl(args: readonly string[], options?: RunOptions): Promise<string>;
  tryKubectl(args: readonly string[], options?: RunOptions): Promise<Ran>;
  helm(args: readonly string[], options?: RunOptions): Promise<string>;
  json<T = unknown>(args: readonly string[]): Promise<T>;
  apply(manifest: string): Promise<string>;
  /** Leaves a client behind that keeps its lease, as a real one does; gives the lease. */
  join(client: string): Promise<ClientLease>;
  /** Tells such a client to renew now: first at its server, then at whichever answers. */
  renew(client: string): Promise<ClientLease>;
  /** An address and a prefix of DHCPv6, as a router asks for them. One that has some already asks for the same again. */
  dhcp6(client: string): Promise<ClientLease6>;
  /** The same by another client, dhcpcd, which stays; with lines of its configuration. */
  join6(client: string, ...configuration: readonly string[]): Promise<ClientLease6>;
  /** One DISCOVER-OFFER-REQUEST-ACK by a client of the LAN, as which hardware address it likes. */
  dora(client: string, options?: { readonly mac?: string; readonly requested?: string }): Promise<ClientLease>;
}

/** The words `name=value` of what a client printed; empty where there is none of the name, the last where there are several. */
const wordsIn = (printed: string): ((name: string) => string) => {
  const words = new Map([...printed.matchAll(/(\w+)=(\S*)/g)].map((m) => [m[1] ?? '', m[2] ?? '']));
  return (name) => words.get(name) ?? '';
};

/** Reads `LEASE BOUND6 ip=… lease=… dns=… server=…` and the same with `prefix=…`. */
export const parseLease6 = (printed: string): ClientLease6 => {
  const word = wordsIn(printed);
  return { ip: word('ip'), prefix: word('prefix'), dns: word('dns'), server: word('server') };
};

/** Reads `LEASE bound ip=… mask=… router=… server=… lease=… dns=…`. */
export const parseLease = (printed: string): ClientLease => {
  const line = /^LEASE (?:bound|renew) (.*)$/m.exec(printed)?.[1];
  if (line === undefined) throw new Error(`the client got no lease:\n${printed.trim()}`);
  const word = wordsIn(line);
  return {
    ip: word('ip'),
    router: word('router'),
    server: word('server'),
    dns: word('dns'),
    lease: Number(word('lease')),
    hostname: word('hostname'),
  };
};

export const openCluster = (dir: string): Cluster => {
  const env = { KEA_CLUSTER_DIR: dir };
  const program = (args: readonly string[], options: RunOptions = {}) =>
    run(PROGRAM, args, { ...options, env: { ...env, ...options.env } });
  const kubectl = (args: readonly string[], options?: RunOptions) => program(['kubectl', ...args], options);
  return {
    dir,
    up: async (nodes) => {
      await program(['up', '--nodes', String(nodes)], { echo: true });
    },
    down: async () => {
      await program(['down']);
    },
    isUp: async () => (await tryRun(PROGRAM, ['status'], { env })).code === 0,
    run: program,
    start: (args) => spawn(PROGRAM, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] }),
    kubectl,
    tryKubectl: (args, options = {}) =>
      tryRun(PROGRAM, ['kubectl', ...args], { ...options, env: { ...env, ...options.env } }),
    helm: (args, options) => program(['helm', ...args], options),
    json: async <T>(args: readonly string[]) => JSON.parse(await kubectl([...args, '-o', 'json'])) as T,
    apply: (manifest) => kubectl(['apply', '-f', '-'], { input: manifest }),
    join: async (client) => parseLease(await program(['client', client, 'dhcp', '--daemon', '--wait', '30'])),
    renew: async (client) => parseLease(await program(['client', client, 'dhcp', '--renew', '--wait', '30'])),
    dhcp6: async (client) => parseLease6(await program(['client', client, 'dhcp6'], { timeoutMs: 60_000 })),
    join6: async (client, ...configuration) =>
      parseLease6(await program(['client', client, 'dhcpcd', '--wait', '40', ...configuration])),
    dora: async (client, options = {}) => {
      if (options.mac !== undefined) {
        await program(['client', client, 'ip', 'link', 'set', 'eth0', 'address', options.mac]);
      }
      const args = ['client', client, 'dhcp', ...(options.requested === undefined ? [] : ['-r', options.requested])];
      return parseLease(await program(args, { timeoutMs: 60_000 }));
    },
  };
};
