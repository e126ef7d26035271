/** What the lease commands ask the lease API to choose. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOST_RESERVATIONS } from '../../src/api/resources.ts';
import { type CliGround, startCliGround } from './cli/ground.ts';
import { linesOf } from './leases/asking.ts';

let ground: CliGround;
beforeAll(async () => {
  ground = await startCliGround();
  await ground.world.server.client.create(HOST_RESERVATIONS, {
    metadata: { name: 'spare', namespace: 'dhcp' },
    spec: {
      subnetRef: { name: 'desks' },
      identifier: { hwAddress: '02:00:00:00:99:99' },
      ipAddress: '10.7.200.1',
      hostname: 'spare-desk',
    },
  });
});
afterAll(() => ground.stop());

/** The names of what a command writes, with its exit code. */
const named = async (...args: readonly string[]): Promise<readonly [number, readonly string[]]> => {
  const { code, stdout, stderr } = await ground.lease([...args, '-o', 'name']);
  expect(stderr.replace(/^Nothing found .*\n|^No leases .*\n/, '')).toBe('');
  const lines = stdout.split('\n').filter((line) => line !== '');
  return [code, lines.map((line) => line.replace(/^.*\//, ''))];
};

describe('find', () => {
  it.each([
    ['an address', '10.7.0.77', ['10.7.0.77']],
    ['an address of IPv6 in another spelling', '2001:DB8:9:0::A', ['2001:db8:9::a']],
    ['an address within a delegated prefix', '2001:db8:8000:1::5', ['2001:db8:8000::-56']],
    ['a prefix', '10.7.0.16/30', ['10.7.0.16', '10.7.0.17', '10.7.0.18', '10.7.0.19']],
    ['a MAC address, of all pairs', '02-00-00-00-00-01', ['10.8.0.1', '10.7.0.1']],
    ['a MAC address as Cisco writes it', '0200.0000.004d', ['10.7.0.77']],
    ['a client identifier', '01:02:00:00:00:00:4d', ['10.7.0.77']],
    ['a DUID', '0x0003000102005e100001', ['2001:db8:8000::-56', '2001:db8:9::a']],
    ['a host name', 'host-77', ['10.7.0.77', ...Array.from({ length: 10 }, (_, n) => `10.7.3.${2 + n}`)]],
    ['a part of a host name', 'ranch', ['10.8.0.1']],
    ['a reservation that nobody uses, by its client', '02:00:00:00:99:99', ['spare']],
    ['a reservation that nobody uses, by its host name', 'spare-d', ['spare']],
    ['nothing', '10.7.99.99', []],
  ])('%s', async (_because, what, expected) => {
    const [code, names] = await named('find', what);
    expect([...names].sort()).toEqual([...expected].sort());
    expect(code).toBe(expected.length === 0 ? 3 : 0);
  });

  it('a Subnet with all of its leases, each once', async () => {
    const [, names] = await named('find', 'desks', '10.7.0.0/16');
    expect(names.filter((name) => name !== 'spare')).toHaveLength(1_200);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('show', () => {
  it('finds a lease that only another namespace has', async () => {
    expect((await ground.lease(['show', '10.8.0.1'])).stdout).toContain('Lease 10.8.0.1 in the namespace branch\n');
  });
});

describe('list', () => {
  it.each([
    ['a pair', ['-A', '--pair', 'memory'], 1],
    ['two pairs', ['-A', '--pair', 'memory,office'], 1_203],
    ['a Subnet', ['--subnet', 'homes'], 2],
    ['a family', ['--family', '6'], 2],
    ['a type', ['--type', 'Prefix'], 1],
    ['a state', ['--state', 'Declined'], 1],
    ['two states', ['--state', 'expired,declined'], 2],
    ['a prefix of addresses', ['--address', '10.7.1.0/24'], 256],
    ['a hardware address', ['--hw-address', '0200.0000.004d'], 1],
    ['the start of a host name', ['--hostname', 'HOST-10*'], 111],
    ['a label selector', ['-A', '-l', 'kea-operator.io/pair!=office'], 1],
    ['a field selector', ['--field-selector', 'spec.subnetId=9'], 2],
    ['several of these', ['--subnet', 'desks', '--state', 'Active', '--address', '10.7.0.0/30'], 1],
    ['nothing', ['--pair', 'nobody'], 0],
  ])('%s', async (_because, flags, count) => {
    const [code, names] = await named('list', ...flags);
    expect([code, names.length]).toEqual([0, count]);
  });

  it('what no lease can be selected by is refused in the words of the API', async () => {
    const { code, stderr } = await ground.lease(['list', '--field-selector', 'spec.color=red']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^The lease API refuses the question: .*spec\.color/)]);
  });
});

describe('release', () => {
  it('shows what it would release', async () => {
    const { code, stdout, stderr } = await ground.lease(['release', '--address', '10.7.0.16/30', '--dry-run']);
    expect([code, stderr]).toEqual([0, '']);
    expect(linesOf(stdout).map(([, address]) => address)).toEqual([
      'ADDRESS',
      '10.7.0.16',
      '10.7.0.17',
      '10.7.0.18',
      '10.7.0.19',
    ]);
  });

  it('takes the right to', async () => {
    await ground.allow('dhcp', 'state.kea-operator.io', 'leases', ['list', 'get']);
    const { code, stderr } = await ground.lease(['release', '10.7.0.16', '--yes'], 'alice');
    expect(code).toBe(1);
    expect(stderr).toContain('resources: [leases/release]\n      verbs: [create]');
    expect(stderr).toContain('0 of 1 lease released, 1 failed.');
  });
});
