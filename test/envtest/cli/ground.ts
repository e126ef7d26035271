/** Leases in a real store behind a real kube-apiserver, and the lease commands as processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '../../support/postgres.ts';
import { type Ran, tryRun, until } from '../../support/run.ts';
import { BINDINGS, ROLES, startWorld, type World } from '../leases/world.ts';

export const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

export interface CliGround {
  readonly world: World;
  readonly database: TestDatabase;
  /** A directory for files of a test. */
  readonly directory: string;
  /** Directory with kubectl-kea and kubectl_complete-kea, for PATH. */
  readonly plugins: string;
  /** `kea-operator lease …` to its end; as an administrator, or as alice. */
  lease(args: readonly string[], user?: User): Promise<Ran>;
  /** The same, while it runs. */
  start(args: readonly string[]): ChildProcess;
  /** Gives alice these rights in a namespace, and waits until she has them. */
  allow(namespace: string, group: string, resource: string, verbs: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export type User = 'admin' | 'alice';

/**
 * dhcp/office has 1,200 leases of IPv4, of which the second is over and the third declined, and one address and one prefix of IPv6;
 * branch/memory is of another database with one lease. All of it in PostgreSQL.
 */
export const startCliGround = async (): Promise<CliGround> => {
  const world = await startWorld();
  const database = await world.postgres.database();
  const branch = await world.postgres.database();
  const { directory, server } = world;
  for (const namespace of ['dhcp', 'branch', 'elsewhere']) await world.namespace(namespace);
  await database.query(`
    INSERT INTO lease4 (address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
    SELECT ('10.7.0.0'::inet + n) - '0.0.0.0'::inet, decode('020000' || lpad(to_hex(n), 6, '0'), 'hex'),
      decode('01020000' || lpad(to_hex(n), 6, '0'), 'hex'), 3600, date_trunc('second', now()) + interval '30 minutes',
      7, false, false, 'host-' || n, CASE WHEN n = 3 THEN 1 ELSE 0 END, 0
    FROM generate_series(1, 1200) n`);
  await database.query(
    `UPDATE lease4 SET expire = now() - interval '5 minutes' WHERE address = '10.7.0.2'::inet - '0.0.0.0'::inet`,
  );
  await database.query(`
    INSERT INTO lease6 (address, duid, valid_lifetime, expire, subnet_id, pref_lifetime, lease_type, iaid, prefix_len,
      fqdn_fwd, fqdn_rev, hostname, hwaddr, hwtype, state, pool_id)
    VALUES
      ('2001:db8:9::a', '\\x0003000102005e100001', 3600, now() + interval '1 hour', 9, 1800, 0, 7, 128, false, false, 'cpe', '\\x02005e100001', 1, 0, 0),
      ('2001:db8:8000::', '\\x0003000102005e100001', 3600, now() + interval '1 hour', 9, 1800, 2, 8, 56, false, false, '', NULL, NULL, 0, 0)`);
  await branch.query(`
    INSERT INTO lease4 (address, hwaddr, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
    VALUES ('10.8.0.1'::inet - '0.0.0.0'::inet, '\\x020000000001', 3600, now() + interval '1 hour', 8, false, false, 'host-branch', 0, 0)`);
  const pairs = [
    { namespace: 'dhcp', pair: 'office', ipFamily: 'IPv4', database: database.target },
    { namespace: 'dhcp', pair: 'office', ipFamily: 'IPv6', database: database.target },
    { namespace: 'branch', pair: 'memory', ipFamily: 'IPv4', database: branch.target },
  ] as const;
  for (const pair of pairs) await world.pair({ ...pair, storage: 'PostgreSQL' });
  for (const [name, cidr, subnetId] of [
    ['desks', '10.7.0.0/16', 7],
    ['homes', '2001:db8:9::/64', 9],
  ] as const)
    await world.subnet({ namespace: 'dhcp', name, pair: 'office', cidr, subnetId });
  const managed = world.manage({});
  await world.available();
  await managed.stop();

  const kubeconfig = await writeUsers(server.kubeconfig, directory);
  const plugins = await writePlugins(directory);
  const env = (user: User): NodeJS.ProcessEnv => ({ ...process.env, KUBECONFIG: kubeconfig(user) });
  const lease: CliGround['lease'] = (args, user = 'admin') =>
    tryRun(process.execPath, [MAIN, 'lease', ...args], { env: env(user), timeoutMs: 60_000 });

  return {
    world,
    database,
    directory,
    plugins,
    lease,
    start: (args) => spawn(process.execPath, [MAIN, 'lease', ...args], { env: env('admin') }),
    allow: async (namespace, group, resource, verbs) => {
      const at = { name: `alice-${resource.replace('/', '-')}`, namespace };
      const options = { fieldManager: 'test' };
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: at.name };
      const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }];
      const rules = [{ apiGroups: [group], resources: [resource], verbs }];
      await server.client.apply(ROLES, { metadata: at, ...{ rules } }, options);
      await server.client.apply(BINDINGS, { metadata: at, ...{ roleRef, subjects } }, options);
      const may = ['auth', 'can-i', verbs[0] ?? '', `${resource}.${group}`, '-n', namespace, '--as=alice'];
      await until('the role', 20, async () => (await world.kubectl(may)).code === 0, 100);
    },
    stop: async () => {
      await Promise.all([database.drop(), branch.drop()]);
      await world.stop();
    },
  };
};

interface Config {
  readonly users: readonly { readonly name: string; readonly user: object }[];
  readonly contexts: readonly { readonly name: string; readonly context: object }[];
}

/** A kubeconfig for each user, with the context's namespace. */
const writeUsers = async (kubeconfig: string, directory: string): Promise<(user: User) => string> => {
  const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as Config;
  const file = (user: User): string => join(directory, `kubeconfig-${user}`);
  for (const [user, as] of [
    ['admin', {}],
    ['alice', { as: 'alice' }],
  ] as const) {
    const users = config.users.map((one) => ({ ...one, user: { ...one.user, ...as } }));
    const contexts = config.contexts.map((one) => ({ ...one, context: { ...one.context, namespace: 'dhcp' } }));
    await writeFile(file(user), JSON.stringify({ ...config, users, contexts }));
  }
  return file;
};

/** The program under the name of a plugin, as the single file has it. */
const writePlugins = async (directory: string): Promise<string> => {
  const plugins = join(directory, 'plugins');
  await mkdir(plugins);
  const program = `exec -a kubectl-kea ${process.execPath} ${MAIN}`;
  for (const [name, words] of [
    ['kubectl-kea', '"$@"'],
    ['kubectl_complete-kea', '__complete "$@"'],
  ] as const) {
    await writeFile(join(plugins, name), `#!/bin/bash\n${program} ${words}\n`);
    await chmod(join(plugins, name), 0o755);
  }
  return plugins;
};
