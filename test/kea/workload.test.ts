import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { haStateOf, switchedOff } from '../../src/kea/ha.ts';
import { contentOf } from '../../src/kea/json.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { ServerConfig } from '../../src/workload/bootstrap/digest.ts';
import { keptData } from '../../src/workload/bootstrap/files.ts';
import { type Ground, pushBootstrap, runningBootstrap } from '../../src/workload/bootstrap/push.ts';
import type { Footing } from '../../src/workload/carryOut.ts';
import { ensureAuthority } from '../../src/workload/certificates.ts';
import type { ServerContact } from '../../src/workload/convergence.ts';
import { createSettler, type Settled } from '../../src/workload/settle.ts';
import type { Workload, WorkloadServer } from '../../src/workload/workload.ts';
import { configOf } from '../support/keaState.ts';
import { reachState, usePairBench } from '../support/pairGround.ts';
import { run, until } from '../support/run.ts';
import type { RunningPair } from '../support/runningPair.ts';

/** The database holds no subnets. */
const NOTHING: Ground = { subnets: new Set(), given: undefined };

const bench = usePairBench();
const { begin } = bench;
/** The serial number of the certificate that a listener shows. */
const serialOf = (pair: RunningPair, name: string, port: number): Promise<string> => {
  const host = pair.topology.servers.find((server) => server.name === name)?.address ?? '';
  const { ca, client } = pair.control;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ca, cert: client.cert, key: client.key }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw).serialNumber);
      socket.destroy();
    });
    socket.once('error', reject);
  });
};

describe('a pair', () => {
  it('has no database where the server’s certificate is of another authority', async () => {
    bench.target = { ...bench.target, ca: (await ensureAuthority('other', undefined, Date.now())).current.cert };
    const pair = await begin({ mode: 'Standalone' }, ['a']);
    expect(await pair.server('a').pod.log()).toMatch(/certificate verify failed/);
    expect(await bench.database.query(`SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'kea %'`)).toEqual(
      [],
    );
  });

  it('takes backups beside it', async () => {
    const pair = await begin({}, ['a', 'b', 'c']);
    await until(
      'the states',
      20,
      async () => (await pair.states()).join(' ') === 'hot-standby hot-standby backup',
      100,
    );
  });
});

describe('pushBootstrap', () => {
  it('changes a running server and knows it again without config-get', async () => {
    const pair = await begin();
    await reachState(pair, 'hot-standby');
    const client = pair.client('b');
    const before = await runningBootstrap(client, await client.call('status-get', undefined), undefined, Date.now());
    expect(before.digest).toBe(pair.server('b').made.wanted.digest);
    await pair.desired({ dhcp4: { validLifetime: 1234 } });
    const { wanted, stored } = pair.server('b').made;
    expect(await pushBootstrap(client, wanted.config, stored?.config, NOTHING)).toEqual({ kind: 'configured' });
    const now = await runningBootstrap(client, await client.call('status-get', undefined), undefined, Date.now());
    expect(now.digest).toBe(wanted.digest);
    const same = await runningBootstrap(client, await client.call('status-get', undefined), now, Date.now());
    expect(same).toBe(now);
    await reachState(pair, 'hot-standby');
  });

  it('changes nothing when the server refuses, nor while the files are not there', async () => {
    const pair = await begin({ mode: 'Standalone' }, ['a']);
    const one = pair.server('a');
    const { config } = one.made.wanted;
    const wrong = { Dhcp4: { ...config.Dhcp4, 'valid-lifetime': 10, 'min-valid-lifetime': 20 } };
    expect(await pushBootstrap(one.client, wrong, config, NOTHING)).toMatchObject({ kind: 'refused' });
    const moved = JSON.parse(JSON.stringify(config).replaceAll(/-[0-9a-f]{8}\b/g, '-00000000')) as typeof config;
    expect(await pushBootstrap(one.client, moved, config, NOTHING)).toMatchObject({ kind: 'filesPending' });
    const status = await one.client.call('status-get', undefined);
    expect((await runningBootstrap(one.client, status, undefined, Date.now())).digest).toBe(one.made.wanted.digest);
  });

  it('goes back to the former configuration when config-set fails half-way', async () => {
    const pair = await begin();
    await reachState(pair, 'hot-standby');
    const one = pair.server('a');
    const { config } = one.made.wanted;
    // What config-test does not open: the hook’s own certificate.
    const broken = JSON.parse(
      JSON.stringify(config).replace(
        /"cert-file":"[^"]+"(?=,"key-file":"[^"]+","require)/,
        '"cert-file":"/etc/kea/none"',
      ),
    ) as typeof config;
    expect(broken).not.toEqual(config);
    expect(await pushBootstrap(one.client, broken, config, NOTHING)).toMatchObject({ kind: 'failed', restored: true });
    await reachState(pair, 'hot-standby');
  });

  describe('with other interfaces', () => {
    const onInterfaces = (config: ServerConfig, interfaces: readonly string[]): ServerConfig => ({
      Dhcp4: {
        ...config.Dhcp4,
        'interfaces-config': { ...(contentOf(DHCPV4, config)['interfaces-config'] as object), interfaces },
      },
    });
    /** What status-get says of sockets is not to be trusted here. */
    const socketsIn = async (netns: string): Promise<number> =>
      (await run('ip', ['netns', 'exec', netns, 'ss', '-Huln', 'sport = :67'])).split('\n').filter(Boolean).length;

    it('takes one that the node got after its start', async () => {
      const pair = await begin({ mode: 'Standalone' }, ['a']);
      const one = pair.server('a');
      const inside = (...args: string[]) => run('ip', ['-n', one.netns, ...args]);
      await inside('link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'far1');
      await inside('address', 'add', '192.0.2.1/24', 'dev', 'eth1');
      for (const link of ['eth1', 'far1']) await inside('link', 'set', link, 'up');
      const { config } = one.made.wanted;
      const wider = onInterfaces(config, ['eth0', 'eth1']);
      expect(await pushBootstrap(one.client, wider, config, NOTHING)).toEqual({ kind: 'configured' });
      await until('both sockets', 20, async () => (await socketsIn(one.netns)) === 2, 200);
    });

    it('goes back to its former ones where one is not there', async () => {
      const pair = await begin({ mode: 'Standalone' }, ['a']);
      const one = pair.server('a');
      const { config } = one.made.wanted;
      const outcome = await pushBootstrap(one.client, onInterfaces(config, ['eth0', 'nope0']), config, NOTHING);
      expect(outcome).toMatchObject({ kind: 'failed', restored: true });
      expect('message' in outcome && outcome.message).toContain("interface 'nope0' doesn't exist");
      expect(await socketsIn(one.netns)).toBe(1);
    });

    it('tries nothing where something else is wrong too', async () => {
      const pair = await begin({ mode: 'Standalone' }, ['a']);
      const one = pair.server('a');
      const { config } = one.made.wanted;
      const { Dhcp4 } = onInterfaces(config, ['eth0', 'nope0']);
      const wrong = { Dhcp4: { ...Dhcp4, 'valid-lifetime': 10, 'min-valid-lifetime': 20 } };
      expect(await pushBootstrap(one.client, wrong, config, NOTHING)).toMatchObject({ kind: 'refused' });
      expect(await socketsIn(one.netns)).toBe(1);
    });
  });

  it('is switched off by its probe while it has no link, and on again after', async () => {
    const pair = await begin({ mode: 'Standalone' }, ['a']);
    const one = pair.server('a');
    const probe = () => one.pod.exec('/usr/local/bin/kea-probe', 'ready');
    await until('a server that is ready', 20, async () => (await probe()).code === 0, 200);
    await run('ip', ['-n', one.netns, 'link', 'set', 'eth0', 'down']);
    expect(await probe()).toMatchObject({ code: 1, stdout: 'not ready: no link at eth0\n' });
    await run('ip', ['-n', one.netns, 'link', 'set', 'eth0', 'up']);
    const status = await one.client.call('status-get', undefined);
    expect(switchedOff(status)).toContain('no link');
    await until('a server that is ready', 20, async () => (await probe()).code === 0, 200);
    expect(switchedOff(await one.client.call('status-get', undefined))).toBeUndefined();
  });

  it('whose standby is gone without a word serves alone before Kea misses it', async () => {
    const timers = { heartbeatDelay: 1000, maxResponseDelay: 60_000, maxAckDelay: 10_000, maxUnackedClients: 10 };
    const pair = await begin({ ha: timers });
    await reachState(pair, 'hot-standby');
    await run('ip', ['-n', pair.server('b').netns, 'link', 'set', 'eth0', 'down']);
    // Missed after six seconds, seen twice; Kea waits 10 s for the answer to its notification.
    await until(
      'a primary that serves alone',
      40,
      async () => haStateOf(await pair.client('a').call('status-get', undefined)) === 'partner-down',
      500,
    );
  }, 90_000);

  it('takes up renewed certificates without a restart, at the control channel and at the HA listener', async () => {
    const pair = await begin({}, ['a', 'b'], { since: Date.now() - 61 * 86_400_000 });
    await reachState(pair, 'hot-standby');
    const ports = [pair.topology.controlPort, pair.topology.haPort];
    const before = await Promise.all(ports.map((port) => serialOf(pair, 'a', port)));
    const { pid } = await pair.client('a').call('status-get', undefined);
    await pair.desired({});
    for (const { client, made } of pair.servers.values()) {
      expect(await pushBootstrap(client, made.wanted.config, made.stored?.config, NOTHING)).toEqual({
        kind: 'configured',
      });
      await reachState(pair, 'hot-standby');
    }
    // The listener has one connection in waiting that was made with the old certificate.
    await serialOf(pair, 'a', pair.topology.controlPort);
    const after = await Promise.all(ports.map((port) => serialOf(pair, 'a', port)));
    expect(new Set([...before, ...after]).size).toBe(2);
    expect(after[0]).not.toBe(before[0]);
    expect((await pair.client('a').call('status-get', undefined)).pid).toBe(pid);
  });
});

describe('settle', () => {
  /** The workload's part that settle uses, on processes instead of pods. */
  const workloadOf = (
    pair: RunningPair,
    revision: Map<string, number>,
  ): Pick<Workload, 'keep' | 'deletePod' | 'removeFormer'> => ({
    removeFormer: () => Promise.resolve(),
    keep: async (_topology, { server, wanted }) => {
      const one = pair.server(server.name);
      await one.pod.mount(keptData(wanted));
    },
    deletePod: async (_topology, { server }) => {
      const one = pair.server(server.name);
      await one.pod.end();
      await one.pod.start();
      revision.set(server.name, 2);
    },
  });

  const footing: Footing = {
    subnets: new Set(),
    revision: '1',
    given: () => Promise.resolve(undefined),
    checkDatabase: () => Promise.resolve({ kind: 'passed' }),
  };

  const passes = async (pair: RunningPair, wantedRevision: number) => {
    const revision = new Map<string, number>();
    const settler = createSettler(workloadOf(pair, revision), systemClock);
    const pass = async (): Promise<{ settled: Settled; states: readonly string[] }> => {
      const contacts = new Map<string, ServerContact>();
      const servers: WorkloadServer[] = [];
      for (const server of pair.topology.servers) {
        const { client, made } = pair.server(server.name);
        const status = await client.call('status-get', undefined).catch(() => undefined);
        if (status !== undefined) contacts.set(server.name, { client, status, subnets: 0, leaseless: false });
        const ready = status?.sockets?.status === 'ready';
        const templateCurrent = (revision.get(server.name) ?? 1) >= wantedRevision;
        servers.push({ server, ...made, pod: { exists: true, ready, uid: server.name, templateCurrent } });
      }
      const state = {
        servers,
        formers: [],
        schema: { complete: true },
        ownLeases: true,
        certificates: new Map(),
        problems: [],
      };
      const found = { topology: pair.topology, state, contacts, expected: false };
      const looked = await settler.look(found);
      await settler.repair(found, looked);
      const settled = await settler.configure(found, looked, footing);
      return { settled, states: [...contacts.values()].map(({ status }) => haStateOf(status)) };
    };
    const done: string[] = [];
    await until(
      'the servers to settle',
      60,
      async () => {
        const { settled, states } = await pass();
        for (const { reason, server } of settled.done) done.push(`${reason} ${server}`);
        if (settled.refused !== undefined) throw new Error(settled.refused);
        const current = [...settled.servers.values()].every((convergence) => convergence.current === true);
        return current && states.length === 2 && states.every((state) => state === 'hot-standby');
      },
      200,
    );
    return done;
  };

  it('configures one server after the other, and none where nothing has changed', async () => {
    const pair = await begin();
    await reachState(pair, 'hot-standby');
    expect(await passes(pair, 1)).toEqual([]);
    await pair.desired({ dhcp4: { validLifetime: 1234 } });
    expect(await passes(pair, 1)).toEqual(['ServerConfigured b', 'ServerConfigured a']);
    expect((await configOf(pair.client('a')))['valid-lifetime']).toBe(1234);
  });

  it('restarts one server after the other with the partner in charge meanwhile', async () => {
    const pair = await begin();
    await reachState(pair, 'hot-standby');
    await pair.desired({ dhcp4: { validLifetime: 1234 } });
    expect(await passes(pair, 2)).toEqual(['ServerRestarted b', 'ServerRestarted a']);
    expect(await pair.server('b').pod.log()).toMatch(
      /b: server transitions from HOT-STANDBY to PARTNER-IN-MAINTENANCE/,
    );
  });
});
