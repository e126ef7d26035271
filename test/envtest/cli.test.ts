/** The lease commands against a real kube-apiserver with the real lease API behind it. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { HOST_RESERVATIONS } from '../../src/api/resources.ts';
import { eventually } from '../support/eventually.ts';
import { binary } from '../support/postgres.ts';
import { tryRun, until } from '../support/run.ts';
import { type CliGround, startCliGround } from './cli/ground.ts';
import { linesOf } from './leases/asking.ts';

let ground: CliGround;
beforeAll(async () => {
  ground = await startCliGround();
});
afterAll(() => ground.stop());

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string }; readonly spec: Record<string, unknown> }[];
}

describe('kea-operator lease', () => {
  it('lists all leases of the namespace of the context, in pages', async () => {
    const { stdout, stderr, code } = await ground.lease(['list', '-o', 'name']);
    expect([code, stderr]).toEqual([0, '']);
    const names = stdout.trimEnd().split('\n');
    expect(names).toHaveLength(1_202);
    expect(names[0]).toBe('lease.state.kea-operator.io/10.7.0.1');
    expect(new Set(names).size).toBe(1_202);
  });

  it.each(['json', 'yaml'])('writes %s that is one List', async (format) => {
    const { stdout } = await ground.lease(['list', '-A', '-o', format]);
    const { items } = parse(stdout) as Listed;
    expect(items).toHaveLength(1_203);
    expect(items.at(-1)?.metadata.name).toBe('2001:db8:8000::-56');
  });

  it('shows a table like that of kubectl', async () => {
    const [head, first, second] = linesOf((await ground.lease(['list', '--limit', '2'])).stdout);
    expect(head).toEqual(['ADDRESS', 'HW-ADDRESS', 'HOSTNAME', 'SUBNET', 'STATE', 'EXPIRES', 'PAIR']);
    expect(first?.slice(0, 5)).toEqual(['10.7.0.1', '02:00:00:00:00:01', 'host-1', 'desks', 'Active']);
    expect(second?.slice(4)).toEqual(['Expired', expect.stringMatching(/^[5-9]m.* ago$/), 'office']);
  });

  it('shows one with what is around it', async () => {
    const { stdout } = await ground.lease(['show', '2001:DB8:8000::/56']);
    expect(stdout).toContain('Lease 2001:db8:8000::/56 in the namespace dhcp\n');
    expect(stdout).toContain("  Subnet:         homes, 2001:db8:9::/64, Kea's id 9");
    expect(stdout).toContain('  Pair:           office, Standalone');
  });

  it('finds by the name of a lease', async () => {
    const { stdout, code } = await ground.lease(['find', '2001:db8:8000::-56', '-n', 'dhcp', '-o', 'name']);
    expect([code, stdout]).toEqual([0, 'lease.state.kea-operator.io/2001:db8:8000::-56\n']);
  });

  it('exports all, in a file', async () => {
    const file = join(ground.directory, 'all.csv');
    const { stderr, code } = await ground.lease(['export', '-A', '-f', file]);
    expect([code, stderr]).toEqual([0, `1203 leases are in ${file}.\n`]);
    const [titles, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\r\n');
    expect(titles).toMatch(/^namespace,name,address,/);
    expect(lines).toHaveLength(1_203);
  });

  it('tells what comes and goes', async () => {
    const watching = ground.start(['watch', '--interval', '1', '-o', 'jsonl']);
    let [out, err] = ['', ''];
    watching.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    watching.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    await until('the first look', 30, () => Promise.resolve(err.includes('Watching 1202 leases')), 50);
    const address = `'10.7.9.1'::inet - '0.0.0.0'::inet`;
    await ground.database.query(`
      INSERT INTO lease4 (address, hwaddr, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
      VALUES (${address}, '\\x02000000aaaa', 3600, now() + interval '1 hour', 7, false, false, 'new', 0, 0)`);
    await until('its coming', 20, () => Promise.resolve(out.includes('"ADDED"')), 50);
    await ground.database.query(`DELETE FROM lease4 WHERE address = ${address}`);
    await until('its going', 20, () => Promise.resolve(out.includes('"DELETED"')), 50);
    watching.kill('SIGINT');
    await once(watching, 'exit');
    expect(watching.exitCode).toBe(130);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('reserve', () => {
  it.each([
    [
      '10.7.0.1',
      [],
      'host-1',
      { subnetRef: { name: 'desks' }, identifier: { hwAddress: '02:00:00:00:00:01' }, ipAddress: '10.7.0.1' },
    ],
    [
      '2001:db8:9::a',
      ['--name', 'cpe-wan', '--hostname', 'cpe'],
      'cpe-wan',
      {
        subnetRef: { name: 'homes' },
        identifier: { duid: '00:03:00:01:02:00:5e:10:00:01' },
        ipAddresses: ['2001:db8:9::a'],
        hostname: 'cpe',
      },
    ],
    [
      '2001:db8:8000::/56',
      [],
      '2001-db8-8000-56',
      {
        subnetRef: { name: 'homes' },
        identifier: { duid: '00:03:00:01:02:00:5e:10:00:01' },
        prefixes: ['2001:db8:8000::/56'],
      },
    ],
  ])('%s is applied, and taken', async (given, flags, name, spec) => {
    const printed = await ground.lease(['reserve', given, ...flags]);
    expect(parse(printed.stdout)).toMatchObject({ metadata: { name, namespace: 'dhcp' }, spec });
    const apply = () => ground.lease(['reserve', given, ...flags, '--apply']);
    const applied = `hostreservation.kea-operator.io/${name} applied\n`;
    expect(await apply()).toMatchObject({ stdout: applied, stderr: '' });
    await eventually(async () => {
      const { stdout, stderr } = await apply();
      expect([stdout, stderr]).toEqual([
        applied,
        `HostReservation ${name} keeps ${given} for this very client already.\n`,
      ]);
    });
    const made = await ground.world.server.client.get(HOST_RESERVATIONS, { namespace: 'dhcp', name });
    expect(made.spec).toEqual(spec);
  });

  it('never takes the reservation of another client over', async () => {
    const { code, stderr } = await ground.lease(['reserve', '10.7.0.9', '--name', 'host-1', '--apply']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('has a HostReservation host-1 already')]);
  });

  it('a declined lease is nobody’s', async () => {
    const { database } = ground;
    await database.query(`UPDATE lease4 SET hwaddr = NULL, client_id = NULL WHERE state = 1`);
    expect((await ground.lease(['reserve', '10.7.0.3'])).stderr).toContain('Lease 10.7.0.3 is declined');
  });
});

describe('a user with few rights', () => {
  it('is told the rule that is missing, and served once it is there', async () => {
    const before = await ground.lease(['list'], 'alice');
    expect(before.code).toBe(1);
    expect(before.stderr).toBe(
      'In the namespace dhcp you may not list leases. It takes a Role with this rule, bound to you:\n    - apiGroups: [state.kea-operator.io]\n      resources: [leases]\n      verbs: [list]\n',
    );
    await ground.allow('dhcp', 'state.kea-operator.io', 'leases', ['list', 'get']);
    expect((await ground.lease(['list', '-o', 'name'], 'alice')).stdout.split('\n')).toHaveLength(1_203);
    expect((await ground.lease(['list', '-A'], 'alice')).stderr).toContain('It takes a ClusterRole with this rule');
  });

  it('finds in the namespace of the context, and sees what it may not read', async () => {
    const { stdout, stderr, code } = await ground.lease(['find', '2001:db8:8000::-56', '-o', 'name'], 'alice');
    expect([code, stdout]).toEqual([0, 'lease.state.kea-operator.io/2001:db8:8000::-56\n']);
    expect(stderr.split('\n')).toEqual([
      'You may not list the leases of all namespaces: only the namespace dhcp is searched. Name another with -n.',
      'Reservations that nobody uses are not shown, as you may not list them.',
      '',
    ]);
    expect((await ground.lease(['show', '10.7.0.1'], 'alice')).stdout).toContain('(you may not read Subnets)');
  });

  it('may not reserve without the right to', async () => {
    const { stderr } = await ground.lease(['reserve', '10.7.0.5', '--apply'], 'alice');
    expect(stderr).toContain('resources: [hostreservations]\n      verbs: [get, patch, create]');
  });
});

describe('kubectl kea', () => {
  const kubectl = async (...args: string[]) => {
    const { world, plugins } = ground;
    const env = { PATH: `${plugins}:${process.env.PATH ?? ''}`, KUBECONFIG: world.server.kubeconfig };
    return tryRun(await binary('kubectl'), args, { env, timeoutMs: 60_000 });
  };

  it('is a plugin', async () => {
    for (const words of [['kea'], ['kea', 'lease']]) {
      const { stdout } = await kubectl(...words, 'list', '-n', 'branch', '-o', 'name');
      expect(stdout).toBe('lease.state.kea-operator.io/10.8.0.1\n');
    }
  });

  it('is completed by kubectl', async () => {
    // What takes longer than a second, as on a busy machine, is left out.
    const completed = (...words: string[]) =>
      until('candidates', 30, async () => {
        const { stdout } = await kubectl('__complete', 'kea', ...words);
        return stdout.startsWith(':') ? undefined : stdout;
      });
    expect(await completed('show', '-n', 'branch', '10')).toMatch(/^10\.8\.0\.1\thost-branch\n:4/);
    expect(await completed('list', '-n', 'dhcp', '--subnet', '')).toMatch(/^desks\nhomes\n:4/);
  });
});

describe('a cluster without the lease API', () => {
  it('is said to have none', async () => {
    const { stderr } = await ground.world.kubectl(['delete', 'apiservice', 'v1alpha1.state.kea-operator.io']);
    expect(stderr).toBe('');
    const said = await until('its absence', 60, async () => {
      const { stderr: words } = await ground.lease(['list']);
      return words.startsWith('This cluster has no lease API') && words;
    });
    expect(said).toContain('there is no APIService v1alpha1.state.kea-operator.io');
  });
});
