import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeaClient, KeaEndpoint } from '../../src/kea/client.ts';
import { connectKea } from '../../src/kea/connect.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { Family } from '../../src/kea/family.ts';
import { optionRules } from '../../src/kea/optionTable.ts';
import { createAuthority } from './certificates.ts';
import { type NetworkMember, openNetwork, type TestNetwork } from './network.ts';
import { binary, type TestDatabase, type TestPostgres } from './postgres.ts';
import { until } from './run.ts';

type Json = Readonly<Record<string, unknown>>;

export interface KeaServerOptions {
  /** Left out: DHCPv4. */
  readonly family?: Family;
  /** Presented to the configuration backend; needs a database. */
  readonly serverTag?: string;
  /** Configuration backend and hosts; leases stay in memory files unless `leases` says otherwise. */
  readonly database?: { readonly server: TestPostgres; readonly database: TestDatabase };
  readonly leases?: 'memfile' | 'postgresql';
  /** Hook libraries beside the ones every server has, with their parameters. */
  readonly hooks?: readonly { readonly library: string; readonly parameters?: Json }[];
  /** Copied to where it keeps its leases, before it starts for the first time; of many it takes longer to start. */
  readonly leaseFile?: string;
  readonly startSeconds?: number;
  /** In its certificate, where that is to be another than its own: then nobody waits for it to answer. */
  readonly certificateAddress?: string;
  /** Merged into Dhcp4 of a server of DHCPv4, into Dhcp6 of one of DHCPv6. */
  readonly dhcp4?: Json;
  readonly dhcp6?: Json;
}

/** A real kea-dhcp4, or kea-dhcp6, in its own network namespace and root filesystem, with the HTTPS control socket alone. */
export interface KeaServer {
  readonly name: string;
  /** On the lab's network: DHCP and control channel. */
  readonly address: string;
  /** Where relays reach it by IPv6, if it is one of DHCPv6. */
  readonly address6: string;
  readonly endpoint: KeaEndpoint;
  readonly client: KeaClient;
  /** What it was started with: the argument of config-set. */
  readonly config: { readonly Dhcp4: Json; readonly Dhcp6?: never } | { readonly Dhcp6: Json; readonly Dhcp4?: never };
  /** Stops and starts it; its lease files stay. */
  restart(): Promise<void>;
  /** What it logged so far. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

type Mode = 'hot-standby' | 'load-balancing';

/** Kea servers on a network of their own, which the test process is on too. Everything is gone after `stop`. */
export interface KeaLab {
  readonly network: TestNetwork;
  server(name: string, options?: KeaServerOptions): Promise<KeaServer>;
  /** Two servers of which each takes over for the other. */
  pair(mode: Mode, options?: KeaServerOptions): Promise<readonly [KeaServer, KeaServer]>;
  /** The same with a third, which hears of every lease and answers nobody. */
  withBackup(options?: KeaServerOptions): Promise<readonly [KeaServer, KeaServer, KeaServer]>;
  stop(): Promise<void>;
}

const CONTROL_PORT = 8000;
const HA_PORT = 8001;
const HOOKS = ['lease_cmds', 'stat_cmds', 'host_cmds', 'subnet_cmds'];
const AUTH = { user: 'operator', password: 'correct-horse' };

export const startKeaLab = async (): Promise<KeaLab> => {
  const rootfs = await binary('kea-rootfs');
  const dir = await mkdtemp(join(tmpdir(), 'kea-operator-kea-'));
  const network = await openNetwork();
  const authority = await createAuthority();
  const identity = await authority.issue('operator');
  const servers: KeaServer[] = [];

  const start = async (name: string, options: KeaServerOptions, member = network.reserve()): Promise<KeaServer> => {
    const { family = DHCPV4 } = options;
    const { address, address6 } = member;
    const home = join(dir, name);
    for (const part of ['etc', 'run', 'lib', 'log']) await mkdir(join(home, part), { recursive: true });
    await chmod(join(home, 'run'), 0o750);
    const { cert, key } = await authority.issue(name, options.certificateAddress ?? address);
    await writeFile(join(home, 'etc/ca.crt'), authority.ca);
    await writeFile(join(home, 'etc/server.crt'), cert);
    await writeFile(join(home, 'etc/server.key'), key);
    const config = family.version === 4 ? { Dhcp4: dhcp4(address, options) } : { Dhcp6: dhcp6(member, options) };
    await writeFile(join(home, 'etc/kea.json'), JSON.stringify(config, undefined, 1));
    if (options.leaseFile !== undefined) {
      await copyFile(options.leaseFile, join(home, `lib/leases${family.version}.csv`));
    }
    await member.join(family.version);

    const endpoint: KeaEndpoint = {
      name,
      url: `https://${address}:${CONTROL_PORT}/`,
      tls: { ca: authority.ca, ...identity },
      auth: AUTH,
    };
    const logFile = join(home, 'server.log');
    let child: ChildProcess | undefined;
    let client = connectKea(endpoint, family);
    const run = async (): Promise<void> => {
      child = spawn('sh', ['-c', SCRIPT], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          HOME_DIR: home,
          ROOT: rootfs,
          NETNS: member.namespace,
          DAEMON: family.daemon,
          SOCKETS: options.database?.server.socketDir ?? '',
        },
      });
      const sink = createWriteStream(logFile, { flags: 'a' });
      child.stdout?.pipe(sink, { end: false });
      child.stderr?.pipe(sink, { end: false });
      const started = child;
      const answers = async (): Promise<unknown> => {
        if (started.exitCode !== null) return 'ended';
        if (options.certificateAddress === undefined) return client.call('status-get', undefined);
        return (await readFile(logFile, 'utf8')).includes(`${family.messageLogger.toUpperCase()}_STARTED`);
      };
      await until(`${family.daemon} ${name}`, options.startSeconds ?? 20, answers, 30);
      if (started.exitCode === null) return;
      throw new Error(`${family.daemon} ${name} ended:\n${(await readFile(logFile, 'utf8')).slice(-3000)}`);
    };
    const end = async (): Promise<void> => {
      await client.close();
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      if (child?.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await ended;
    };
    await run();
    const server: KeaServer = {
      name,
      address,
      address6,
      endpoint,
      get client() {
        return client;
      },
      config,
      async restart() {
        await end();
        client = connectKea(endpoint, family);
        await run();
      },
      log: () => readFile(logFile, 'utf8'),
      async stop() {
        await end();
        await member.leave();
      },
    };
    servers.push(server);
    return server;
  };

  /** Servers that work together, server1, server2 and so on, in these roles. */
  const together = <Roles extends readonly string[]>(
    mode: Mode,
    roles: Roles,
    options: KeaServerOptions,
  ): Promise<{ [Role in keyof Roles]: KeaServer }> => {
    const members = roles.map((role, index) => ({ role, name: `server${index + 1}`, member: network.reserve() }));
    const peers = members.map(({ role, name, member }) => ({
      name,
      role,
      url: `http://${member.address}:${HA_PORT}/`,
    }));
    return Promise.all(
      members.map(({ name, member }) => {
        const ha = { library: 'libdhcp_ha.so', parameters: haParameters(name, mode, peers) };
        return start(name, { ...options, hooks: [...(options.hooks ?? []), ha] }, member);
      }),
    ) as Promise<{ [Role in keyof Roles]: KeaServer }>;
  };

  return {
    network,
    server: (name, options = {}) => start(name, options),
    pair: (mode, options = {}) =>
      together(mode, ['primary', mode === 'hot-standby' ? 'standby' : 'secondary'] as const, options),
    withBackup: (options = {}) => together('hot-standby', ['primary', 'standby', 'backup'] as const, options),
    async stop() {
      await Promise.allSettled(servers.map((server) => server.stop()));
      await network.close();
      await authority.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/**
 * The server's mounts are made in a mount namespace of its own, so that they end with it and several servers share one root
 * filesystem. Every step execs the next: the process that the test knows is the server itself, and it is killed when the test process dies.
 */
const SCRIPT = `exec setpriv --pdeathsig KILL nsenter --net="/run/netns/$NETNS" unshare --mount sh -ec '
  mount --rbind /dev "$ROOT/dev"
  mount -t proc proc "$ROOT/proc"
  mount -t tmpfs tmpfs "$ROOT/tmp"
  mount --bind "$HOME_DIR/etc" "$ROOT/etc/kea"
  mount --bind "$HOME_DIR/run" "$ROOT/run/kea"
  mount --bind "$HOME_DIR/lib" "$ROOT/var/lib/kea"
  mount --bind "$HOME_DIR/log" "$ROOT/var/log/kea"
  if [ -n "$SOCKETS" ]; then mkdir "$ROOT/tmp/pg" && mount --bind "$SOCKETS" "$ROOT/tmp/pg"; fi
  exec chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin KEA_PIDFILE_DIR=/run/kea KEA_LOCKFILE_DIR=/run/kea $DAEMON -c /etc/kea/kea.json
'`;

const dhcp4 = (address: string, options: KeaServerOptions): Json => ({
  'interfaces-config': { interfaces: ['eth0'], 'dhcp-socket-type': 'raw' },
  ...common(address, options),
  ...options.dhcp4,
});

/** Relays reach a server at an address that it names only. */
const dhcp6 = ({ address, address6 }: NetworkMember, options: KeaServerOptions): Json => ({
  'interfaces-config': { interfaces: ['eth0', `eth0/${address6}`] },
  ...common(address, options),
  ...options.dhcp6,
});

const common = (address: string, options: KeaServerOptions): Json => {
  const { family = DHCPV4, database, serverTag, leases = 'memfile', hooks = [] } = options;
  const postgresql = database && {
    type: 'postgresql',
    host: '/tmp/pg',
    port: database.server.port,
    name: database.database.target.name,
    user: database.database.target.user,
    password: database.database.target.password,
    'on-fail': 'serve-retry-continue',
    'retry-on-startup': true,
    'max-reconnect-tries': 100,
    'reconnect-wait-time': 200,
  };
  const libraries = [...(database ? ['pgsql'] : []), ...HOOKS].map((name) => ({ library: `libdhcp_${name}.so` }));
  return {
    'control-sockets': [
      {
        'socket-type': 'https',
        'socket-address': address,
        'socket-port': CONTROL_PORT,
        'trust-anchor': '/etc/kea/ca.crt',
        'cert-file': '/etc/kea/server.crt',
        'key-file': '/etc/kea/server.key',
        'cert-required': true,
        authentication: { type: 'basic', realm: 'kea', clients: [AUTH] },
      },
    ],
    'lease-database':
      leases === 'postgresql' && postgresql
        ? postgresql
        : { type: 'memfile', persist: true, name: `/var/lib/kea/leases${family.version}.csv` },
    ...(postgresql
      ? {
          'hosts-database': postgresql,
          'config-control': { 'config-databases': [postgresql], 'config-fetch-wait-time': 0 },
        }
      : {}),
    ...(serverTag === undefined ? {} : { 'server-tag': serverTag }),
    'hooks-libraries': [...libraries, ...hooks],
    'option-def': optionRules(family).own,
    loggers: [{ name: family.daemon, severity: 'INFO', 'output-options': [{ output: 'stdout' }] }],
  };
};

const haParameters = (name: string, mode: string, peers: readonly Json[]): Json => ({
  'high-availability': [
    {
      'this-server-name': name,
      mode,
      'heartbeat-delay': 500,
      'max-response-delay': 3000,
      'max-ack-delay': 1000,
      'max-unacked-clients': 0,
      'multi-threading': {
        'enable-multi-threading': true,
        'http-dedicated-listener': true,
        'http-listener-threads': 2,
        'http-client-threads': 2,
      },
      peers,
    },
  ],
});
